namespace Stepwise.Engine.Templates;

/// <summary>Where a template comes from, for messages.</summary>
/// <param name="File">The file that holds it.</param>
internal sealed record TemplateSource(string File)
{
    /// <summary>The deepest nesting of a template's parts, and of the calls and values while it is rendered.</summary>
    public const int MaxDepth = 200;

    public InputException Error(int line, string problem) => new($"{File}: chat template, line {line}: {problem}.");
}
