namespace Stepwise;

/// <summary>A name or a value from outside for a message: in quotes, cut, and escaped as by <see cref="Escaped"/>.</summary>
public static class Quoted
{
    private const int Limit = 100;

    /// <summary>The text in quotes.</summary>
    /// <param name="text">Any text; the first 100 characters are shown.</param>
    public static string Of(string text) => $"\"{Escaped.Line(text, Limit)}\"";
}
