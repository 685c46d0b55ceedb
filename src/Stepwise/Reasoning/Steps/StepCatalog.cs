using Stepwise.Options;

namespace Stepwise.Reasoning.Steps;

/// <summary>The ways to cut a response into steps that a recipe can name; a task may have one of its own instead.</summary>
public sealed class StepCatalog : IPartCatalog
{
    /// <inheritdoc/>
    public static IReadOnlyList<PartEntry> Entries { get; } =
    [
        new("sentences", new Sentences(), "Lines, and the sentences of a line.", "arXiv 2505.11595"),
        new("lines", new Lines(), "Lines.", "ours"),
        new("paragraphs", new Paragraphs(), "What blank lines part.", "arXiv 2412.06559"),
        new("markers", new Markers(), "From a line Step n: to the next.", "ours"),
        new("tags", new Tags(), "What stands between <step> and </step>.", "ours"),
    ];
}
