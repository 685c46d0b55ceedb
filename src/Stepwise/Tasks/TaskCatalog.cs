using Stepwise.Options;
using Stepwise.Tasks.Chains;
using Stepwise.Tasks.Code;
using Stepwise.Tasks.Commands;
using Stepwise.Tasks.Mathematics;

namespace Stepwise.Tasks;

/// <summary>The tasks that a recipe can name.</summary>
public sealed class TaskCatalog : IPartCatalog
{
    /// <inheritdoc/>
    public static IReadOnlyList<PartEntry> Entries { get; } =
    [
        new("chained-arithmetic", new ChainedArithmeticOptions(), "A start value and operations, solved one per line.", "ours"),
        new("gsm8k", new Gsm8kOptions(), "Word problems in the format of GSM8K's public files.", "arXiv 2110.14168"),
        new("math", new MathOptions(), "Problems of mathematics from a file, with answers of any form.", "ours"),
        new("command", new CommandTaskOptions(), "Problems of a file, verified by a program of yours in any language.", "ours"),
        new("code", new CodeOptions(), "Programs, run against tests in a sandbox.", "arXiv 2107.03374"),
        new("own", new OwnTaskOptions(), "A task of the program that carries the recipe out.", "ours"),
    ];
}
