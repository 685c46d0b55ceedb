using Stepwise.Options;
using Stepwise.Tasks.Chains;
using Stepwise.Tasks.Code;
using Stepwise.Tasks.WordProblems;

namespace Stepwise.Tasks;

/// <summary>The tasks that a recipe can name.</summary>
public sealed class TaskCatalog : IPartCatalog
{
    /// <inheritdoc/>
    public static IReadOnlyList<PartEntry> Entries { get; } =
    [
        new("chained-arithmetic", new ChainedArithmeticOptions(), "A start value and operations, solved one per line.", "ours"),
        new("gsm8k", new Gsm8kOptions(), "Word problems in the format of GSM8K's public files.", "arXiv 2110.14168"),
        new("code", new CodeOptions(), "Programs, run against tests in a sandbox.", "arXiv 2107.03374"),
        new("own", new OwnTaskOptions(), "A task of the program that carries the recipe out.", "ours"),
    ];
}
