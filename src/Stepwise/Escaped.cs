using System.Globalization;
using System.Text;

namespace Stepwise;

/// <summary>
/// Text from outside (a file, a hub, a model, the command line) made fit to be shown: what a terminal would obey, or a reader could not see,
/// is written as <c>\u001b</c>.
/// </summary>
public static class Escaped
{
    private const string Cut = " … ";

    /// <summary>The text in one line; of a longer one the middle is left out, as a message ends in what to do.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="limit">The most characters of the text that are looked at, above 3; escaped ones take six each.</param>
    public static string Line(string text, int limit)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(limit, Cut.Length);
        if (text.Length <= limit)
        {
            return Of(text, keepsLines: false);
        }

        int shown = limit - Cut.Length, tail = shown / 3;
        return Of(text.AsSpan(0, shown - tail), keepsLines: false) + Cut + Of(text.AsSpan(text.Length - tail), keepsLines: false);
    }

    /// <summary>The whole text; line breaks and tabs stay.</summary>
    /// <param name="text">Any text.</param>
    public static string Lines(string text) => Of(text, keepsLines: true);

    private static string Of(ReadOnlySpan<char> text, bool keepsLines)
    {
        StringBuilder shown = new(text.Length);
        while (text.Length > 0)
        {
            bool whole = Rune.DecodeFromUtf16(text, out Rune rune, out int length) == System.Buffers.OperationStatus.Done;
            ReadOnlySpan<char> character = text[..length];
            if (whole && (IsVisible(rune) || (keepsLines && rune.Value is '\n' or '\t')))
            {
                shown.Append(character);
            }
            else
            {
                foreach (char c in character)
                {
                    shown.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
                }
            }

            text = text[length..];
        }

        return shown.ToString();
    }

    /// <summary>Not a control character, none that turns the direction of others or joins them unseen, and no line break.</summary>
    private static bool IsVisible(Rune rune) => Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
}
