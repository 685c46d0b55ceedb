using System.Text;

namespace Stepwise.Engine.Templates;

/// <summary>Operations on texts as Python's <c>str</c> has them, which templates are written for.</summary>
internal static class PythonText
{
    /// <summary>Whether Python counts a character as white space: what .NET does, and the four separators U+001C to U+001F.</summary>
    public static bool IsSpace(char c) => char.IsWhiteSpace(c) || c is >= '\u001C' and <= '\u001F';

    /// <summary>Removes characters from the beginning.</summary>
    /// <param name="text">The text.</param>
    /// <param name="characters">Those to remove; <see langword="null"/> for white space.</param>
    public static string StripStart(string text, string? characters = null)
    {
        int start = 0;
        while (start < text.Length && Strips(text[start], characters))
        {
            start++;
        }

        return text[start..];
    }

    /// <summary>Removes characters from the end.</summary>
    /// <param name="text">The text.</param>
    /// <param name="characters">Those to remove; <see langword="null"/> for white space.</param>
    public static string StripEnd(string text, string? characters = null)
    {
        int end = text.Length;
        while (end > 0 && Strips(text[end - 1], characters))
        {
            end--;
        }

        return text[..end];
    }

    /// <summary>The words between white space.</summary>
    public static IReadOnlyList<string> Words(string text)
    {
        List<string> words = [];
        for (int at = 0; at < text.Length;)
        {
            int start = at;
            while (at < text.Length && !IsSpace(text[at]))
            {
                at++;
            }

            if (at > start)
            {
                words.Add(text[start..at]);
            }

            at++;
        }

        return words;
    }

    /// <summary>Every word's first letter a capital, its others small; a word is a run of letters.</summary>
    public static string Title(string text)
    {
        StringBuilder title = new(text.Length);
        bool inWord = false;
        foreach (char c in text)
        {
            title.Append(inWord ? char.ToLowerInvariant(c) : char.ToUpperInvariant(c));
            inWord = char.IsLetter(c);
        }

        return title.ToString();
    }

    /// <summary>The first character a capital, the others small.</summary>
    public static string Capitalize(string text) =>
        text.Length == 0 ? "" : char.ToUpperInvariant(text[0]) + text[1..].ToLowerInvariant();

    /// <summary>The characters (code points), each as a text.</summary>
    public static string[] Characters(string text) => [.. text.EnumerateRunes().Select(rune => rune.ToString())];

    /// <summary>Number of characters (code points).</summary>
    public static int Length(string text) =>
        text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF') ? text.EnumerateRunes().Count() : text.Length;

    private static bool Strips(char c, string? characters) =>
        characters is null ? IsSpace(c) : characters.Contains(c, StringComparison.Ordinal);
}
