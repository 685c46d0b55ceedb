namespace Stepwise.Options;

/// <summary>The formula of a part as people are shown it: what its documentation has, in one line.</summary>
/// <param name="text">The formula.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class FormulaAttribute(string text) : Attribute
{
    /// <summary>The formula.</summary>
    public string Text { get; } = text;
}
