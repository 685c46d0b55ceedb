using System.Globalization;
using System.Text;

namespace Stepwise.Engine.Tokenizers;

/// <summary>
/// Cuts text into the words that byte-pair merges never cross. Each instance computes, in linear time, what a regular expression of its
/// reference tokenizer matches.
/// </summary>
internal sealed class PreTokenizer
{
    /// <summary><c>'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+</c></summary>
    public static readonly PreTokenizer Gpt2 = new(static (text, start) => Gpt2End(text, start, singleDigits: false));

    /// <summary>Every digit alone first, then <see cref="Gpt2"/> on what lies between.</summary>
    public static readonly PreTokenizer SingleDigitsGpt2 = new(static (text, start) => Gpt2End(text, start, singleDigits: true));

    /// <summary>
    /// <c>(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+</c>
    /// </summary>
    public static readonly PreTokenizer Qwen2 = new(static (text, start) => Llama3End(text, start, digits: 1));

    /// <summary>As <see cref="Qwen2"/>, with <c>\p{N}{1,3}</c> for <c>\p{N}</c>.</summary>
    public static readonly PreTokenizer Llama3 = new(static (text, start) => Llama3End(text, start, digits: 3));

    private static readonly Kind[] AsciiKinds = [.. Enumerable.Range(0, 128).Select(code => KindOf(new Rune(code)))];

    private static readonly string[] Contractions = ["s", "t", "re", "ve", "m", "ll", "d"];

    private readonly WordEnd _wordEnd;

    private PreTokenizer(WordEnd wordEnd) => _wordEnd = wordEnd;

    private delegate int WordEnd(ReadOnlySpan<char> text, int start);

    private enum Kind
    {
        Letter,
        Number,
        Space,
        Other,
    }

    /// <summary>Where the word that begins at a position ends.</summary>
    /// <param name="text">The text.</param>
    /// <param name="start">A position in it, at which the word before ended.</param>
    public int End(ReadOnlySpan<char> text, int start) => _wordEnd(text, start);

    private static int Gpt2End(ReadOnlySpan<char> text, int start, bool singleDigits)
    {
        Kind first = KindAt(text, start, out int length);
        if (singleDigits && first == Kind.Number)
        {
            return start + length;
        }

        if (text[start] == '\'' && Contraction(text[(start + 1)..], ignoreCase: false) is > 0 and int contraction)
        {
            return start + 1 + contraction;
        }

        if (first != Kind.Space)
        {
            return RunEnd(text, start, first);
        }

        Kind next = KindAt(text, start + 1, out _);
        return text[start] == ' ' && start + 1 < text.Length && next != Kind.Space && !(singleDigits && next == Kind.Number)
            ? RunEnd(text, start + 1, next)
            : SpaceEnd(text, start, singleDigits);
    }

    private static int Llama3End(ReadOnlySpan<char> text, int start, int digits)
    {
        if (text[start] == '\'' && Contraction(text[(start + 1)..], ignoreCase: true) is > 0 and int contraction)
        {
            return start + 1 + contraction;
        }

        Kind first = KindAt(text, start, out int length);
        if (first == Kind.Letter)
        {
            return RunEnd(text, start, Kind.Letter);
        }

        if (first == Kind.Number)
        {
            return NumberEnd(text, start, digits);
        }

        int second = start + length;
        Kind next = second < text.Length ? KindAt(text, second, out _) : Kind.Space;
        if (next == Kind.Letter && text[start] is not ('\r' or '\n'))
        {
            return RunEnd(text, second, Kind.Letter);
        }

        if (first == Kind.Other || (text[start] == ' ' && next == Kind.Other))
        {
            int end = RunEnd(text, first == Kind.Other ? start : second, Kind.Other);
            int rest = text[end..].IndexOfAnyExcept('\r', '\n');
            return rest < 0 ? text.Length : end + rest;
        }

        int lineEnd = text[start..RunEnd(text, start, Kind.Space)].LastIndexOfAny('\r', '\n');
        return lineEnd >= 0 ? start + lineEnd + 1 : SpaceEnd(text, start, beforeNumber: false);
    }

    /// <summary>
    /// <c>\s+(?!\S)|\s+</c>: a run of spaces leaves its last one to the word behind it, if there is one and the run has more than one.
    /// </summary>
    private static int SpaceEnd(ReadOnlySpan<char> text, int start, bool beforeNumber)
    {
        int end = RunEnd(text, start, Kind.Space);
        bool textEnds = end == text.Length || (beforeNumber && KindAt(text, end, out _) == Kind.Number);
        return textEnds || end - start == 1 ? end : end - 1;
    }

    private static int NumberEnd(ReadOnlySpan<char> text, int start, int digits)
    {
        int end = start;
        for (int i = 0; i < digits && end < text.Length && KindAt(text, end, out int length) == Kind.Number; i++)
        {
            end += length;
        }

        return end;
    }

    private static int RunEnd(ReadOnlySpan<char> text, int start, Kind kind)
    {
        int end = start;
        while (end < text.Length && KindAt(text, end, out int length) == kind)
        {
            end += length;
        }

        return end;
    }

    /// <summary>Length of the contraction that the text begins with, 0 where it does not; U+017F is the other small s.</summary>
    private static int Contraction(ReadOnlySpan<char> text, bool ignoreCase)
    {
        foreach (string ending in Contractions)
        {
            if (text.StartsWith(ending, ignoreCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal)
                || (ignoreCase && ending is "s" && text.StartsWith('\u017F')))
            {
                return ending.Length;
            }
        }

        return 0;
    }

    private static Kind KindAt(ReadOnlySpan<char> text, int position, out int length)
    {
        if (position >= text.Length)
        {
            length = 0;
            return Kind.Space;
        }

        char first = text[position];
        if (char.IsAscii(first))
        {
            length = 1;
            return AsciiKinds[first];
        }

        _ = Rune.DecodeFromUtf16(text[position..], out Rune rune, out length);
        return KindOf(rune);
    }

    private static Kind KindOf(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        <= UnicodeCategory.OtherLetter => Kind.Letter,
        UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => Kind.Number,
        _ => Rune.IsWhiteSpace(rune) ? Kind.Space : Kind.Other,
    };
}
