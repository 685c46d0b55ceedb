using Stepwise.Options;

namespace Stepwise.Tasks.Code;

/// <summary>The forms of code problems that a recipe can name.</summary>
public sealed class CodeFormCatalog : IPartCatalog
{
    /// <inheritdoc/>
    public static IReadOnlyList<PartEntry> Entries { get; } =
    [
        new("mbpp", new Mbpp(), "A text and assert statements that call a function, as in MBPP's file.", "arXiv 2108.07732"),
        new("humaneval", new HumanEval(), "A signature with its docstring, and a function that checks, as in HumanEval's file.", "arXiv 2107.03374"),
        new("input-output", new InputOutput(), "A question, and pairs of standard input and standard output.", "arXiv 2105.09938"),
    ];
}
