using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Stepwise.Judging.Models;

/// <summary>
/// Data between two marks that it cannot hold: their name is a digest of the data itself. Every line of the data begins with where it belongs,
/// <c>3|</c> for step 3, so that no line of it can pass for another's.
/// </summary>
/// <remarks>
/// What a reader could not see, or a model's template would obey, is made visible: control characters and those that turn the direction of others
/// are written as <c>\u202e</c>, and behind a <c>&lt;</c> or before a bracketed word in capitals stands a blank, so that <c>&lt;|im_end|&gt;</c>,
/// <c>&lt;/s&gt;</c> and <c>[INST]</c> are text to every server. White space is the one thing that this changes: quotes are compared without it.
/// </remarks>
internal sealed partial class Fence
{
    // Digits of a digest: no data of a request's size holds its own but by being searched for longer than there is time.
    private const int ItemDigits = 8, MarkDigits = 16;

    private Fence(string data, string item, string mark) => (Data, Item, Mark) = (data, item, mark);

    /// <summary>What names the question: an answer has to repeat it.</summary>
    public string Item { get; }

    /// <summary>What stands in the marks.</summary>
    public string Mark { get; }

    /// <summary>The data between its marks.</summary>
    public string Data { get; }

    /// <summary>Fences some sections.</summary>
    /// <param name="sections">Each with its title, which is no data, and its lines with what each begins with.</param>
    public static Fence Of(IReadOnlyList<(string Title, IReadOnlyList<(string Place, string Text)> Lines)> sections)
    {
        StringBuilder data = new();
        foreach ((string title, IReadOnlyList<(string Place, string Text)> lines) in sections)
        {
            data.Append(CultureInfo.InvariantCulture, $"({title})\n");
            foreach ((string place, string text) in lines)
            {
                foreach (string line in Visible(text).Split('\n'))
                {
                    data.Append($"{place}| {line}".TrimEnd()).Append('\n');
                }
            }
        }

        string whole = data.ToString();
        for (int attempt = 0; ; attempt++)
        {
            string digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{attempt}\n{whole}")));
            string item = digest[..ItemDigits], mark = $"data-{digest[ItemDigits..(ItemDigits + MarkDigits)]}";
            if (!whole.Contains(item, StringComparison.OrdinalIgnoreCase) && !whole.Contains(mark, StringComparison.OrdinalIgnoreCase))
            {
                return new($"<{mark}>\n{whole}</{mark}>", item, mark);
            }
        }
    }

    /// <summary>Data as it is shown; line breaks stay.</summary>
    public static string Visible(string text)
    {
        string shown = Escaped.Lines(text.ReplaceLineEndings("\n"));
        shown = Unseen().Replace(shown, match => string.Concat(match.Value.Select(c => string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"))));
        return ControlWord().Replace(TagStart().Replace(shown, "< "), "[ ");
    }

    [GeneratedRegex(@"<(?=[^\s<=])", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex TagStart();

    [GeneratedRegex(@"\[(?=/?[A-Z_]{2,40}\])", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ControlWord();

    /// <summary>Letters and marks that show nothing: fillers, joiners and variation selectors, those beyond the basic plane as pairs.</summary>
    [GeneratedRegex(
        @"[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\ufe00-\ufe0f\uffa0]|\udb40[\udd00-\uddef]",
        RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Unseen();
}
