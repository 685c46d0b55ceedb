using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace Stepwise.Answers.Mathematics;

/// <summary>Brings the characters of an answer into one spelling and takes off what stands around it.</summary>
internal static class Spelling
{
    /// <summary>The longest answer that is read, in characters.</summary>
    public const int MaxLength = 2000;

    private static readonly (string Open, string Close)[] Wrappers =
    [
        ("$$", "$$"), ("$", "$"), ("\\(", "\\)"), ("\\[", "\\]"), ("**", "**"), ("__", "__"), ("`", "`"), ("\"", "\""), ("*", "*"),
        ("\\boxed{", "}"), ("\\fbox{", "}"), ("\\displaystyle ", ""), ("\\textbf{", "}"), ("\\text{", "}"), ("\\mathbf{", "}"), ("\\mathrm{", "}"),
        ("\\mbox{", "}"),
    ];

    /// <summary>An answer in one spelling: one sign for each meaning, powers and indices as LaTeX writes them, no character that is not seen.</summary>
    /// <exception cref="OutOfBoundsException">It is too long.</exception>
    public static string Of(string text)
    {
        if (text.Length > MaxLength)
        {
            throw new OutOfBoundsException($"the answer is longer than {MaxLength} characters");
        }

        StringBuilder plain = new(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (Notation.Superscripts.ContainsKey(c))
            {
                i = Raised(text, i, "^{", Notation.Superscripts, plain);
            }
            else if (Notation.Subscripts.ContainsKey(c))
            {
                i = Raised(text, i, "_{", Notation.Subscripts, plain);
            }
            else if (c > '\u007F' && !Notation.Characters.ContainsKey(c) && Usual(text, i, out char usual) is var length and > 0)
            {
                plain.Append(usual);
                i += length - 1;
            }
            else if (Notation.Characters.TryGetValue(c, out string? spelling))
            {
                plain.Append(spelling).Append(spelling[0] == '\\' && char.IsLetter(spelling[^1]) ? " " : "");
            }
            else if (!IsUnseen(c))
            {
                plain.Append(c);
            }
        }

        return plain.ToString();
    }

    /// <summary>An answer without what stands around it: dollars, boxes, bold marks, quotes, a closing period.</summary>
    public static string Unwrapped(string text)
    {
        string inner = text;
        do
        {
            text = inner;
            inner = Ended(text.Trim());
            foreach ((string open, string close) in Wrappers)
            {
                if (inner.Length >= open.Length + close.Length && inner.StartsWith(open, StringComparison.Ordinal)
                    && inner.EndsWith(close, StringComparison.Ordinal) && IsAround(inner, open, close))
                {
                    inner = inner[open.Length..^close.Length];
                }
            }
        }
        while (inner.Length < text.Length);

        return inner;
    }

    private static string Ended(string text)
    {
        if (text.EndsWith("\\.", StringComparison.Ordinal))
        {
            return text[..^2];
        }

        bool dots = text.EndsWith("..", StringComparison.Ordinal) && !text.EndsWith("....", StringComparison.Ordinal);
        bool ends = text.Length > 1 && text[^1] is '.' or ',' or ';' or ':' && !dots && !text.EndsWith(".m.", StringComparison.OrdinalIgnoreCase);
        return ends ? text[..^1].TrimEnd() : text;
    }

    /// <summary>Whether the last closing sign belongs to the first opening one.</summary>
    private static bool IsAround(string text, string open, string close)
    {
        string inner = text[open.Length..^close.Length];
        if (close is not "}")
        {
            return close.Length == 0 || (!inner.Contains(close, StringComparison.Ordinal) && !inner.EndsWith('\\'));
        }

        return Braces.Close(text, open.Length, text.Length) == text.Length - 1;
    }

    private static int Raised(
        string text, int index, string open, FrozenDictionary<char, char> map, StringBuilder plain)
    {
        plain.Append(open);
        for (; index < text.Length && map.TryGetValue(text[index], out char c); index++)
        {
            plain.Append(c);
        }

        plain.Append('}');
        return index - 1;
    }

    /// <summary>A digit or letter of another face or script as the usual one; how many characters it takes, 0 for what is none.</summary>
    private static int Usual(string text, int index, out char usual)
    {
        char c = text[index];
        usual = c is >= '\uFF01' and <= '\uFF5E' ? (char)(c - '\uFF01' + '!') : char.IsDigit(c) ? (char)('0' + (int)char.GetNumericValue(c)) : '\0';
        if (usual == '\0' && index + 1 < text.Length && char.IsSurrogatePair(text[index], text[index + 1]))
        {
            // Mathematical alphabets of 52 letters from U+1D400 on, and five sets of ten digits from U+1D7CE on.
            int code = char.ConvertToUtf32(text, index);
            int letter = (code - 0x1D400) % 52;
            usual = code is >= 0x1D7CE and <= 0x1D7FF ? (char)('0' + ((code - 0x1D7CE) % 10))
                : code is >= 0x1D400 and < 0x1D6A4 ? (char)(letter < 26 ? 'A' + letter : 'a' + letter - 26)
                : '\0';
            return usual == '\0' ? 0 : 2;
        }

        return usual == '\0' ? 0 : 1;
    }

    private static bool IsUnseen(char c) => char.GetUnicodeCategory(c) is UnicodeCategory.Format;
}
