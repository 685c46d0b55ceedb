using Stepwise.Options;

namespace Stepwise.Judging.Trained.Corruptions;

/// <summary>The ways in which a step goes wrong.</summary>
public sealed class CorruptionCatalog : IPartCatalog
{
    /// <inheritdoc/>
    public static IReadOnlyList<PartEntry> Entries { get; } =
    [
        new("number", new NumberCorruption(), "A wrong result.", "ours"),
        new("operator", new OperatorCorruption(), "Another operator, and the result that follows.", "ours"),
        new("referent", new ReferentCorruption(), "Another number of the question or an earlier result, and the result that follows.", "ours"),
        new("copy", new CopyCorruption(), "An operand copied wrong, and the result that follows.", "ours"),
        new("swap", new SwapCorruption(), "Two operands exchanged, and the result that follows.", "ours"),
        new("unit", new UnitCorruption(), "Another unit of the same kind.", "ours"),
        new("skip", new SkipCorruption(), "A step left out on which the next one rests.", "ours"),
        new("premature", new PrematureCorruption(), "The answer before the last steps.", "ours"),
        new("answer", new AnswerCorruption(), "A wrong final answer.", "ours"),
    ];
}
