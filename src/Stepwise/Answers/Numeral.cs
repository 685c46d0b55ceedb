using System.Text;

namespace Stepwise.Answers;

/// <summary>A numeral: digits, grouped by thousands or not, with decimals or not.</summary>
/// <param name="Value">Its value; <see langword="null"/> for what only looks like one (<c>3,5</c>, <c>2:30</c>, <c>1.2.3</c>, <c>007</c>).</param>
/// <param name="End">One past its last character.</param>
/// <param name="Decimals">Digits after the decimal point.</param>
/// <param name="Grouping">What groups its digits.</param>
/// <param name="CutOff">Whether an ellipsis follows, which belongs to it.</param>
internal readonly record struct Numeral(Rational? Value, int End, int Decimals, Numeral.Separator Grouping, bool CutOff)
{
    private const string Ellipsis = "...";

    // Digits beyond this are left out: no text is read that has so many in a number with a value.
    private const int MaxKept = 5000;

    private static readonly string[] CommaSigns = ["{,}", "\\!,\\!", ",\\! ", ",\\!", ","];
    private static readonly string[] SpaceSigns = ["\\,", "\\ ", "\\;", "\\:", "~", "\u00A0", "\u2009", "\u202F", " "];

    /// <summary>What groups digits by thousands.</summary>
    internal enum Separator
    {
        None,

        /// <summary>Commas, which in brackets may be those of a list.</summary>
        Comma,
        Space,
    }

    /// <summary>Reads what begins at a digit, or at a point before one; never past <see cref="Rational.MaxDigits"/> digits for a value.</summary>
    public static Numeral Read(ReadOnlySpan<char> text, int start)
    {
        StringBuilder digits = new();
        int end = Whole(text, start, bare: true, digits, out Separator grouping);
        bool padded = digits.Length > 1 && text[start] == '0';
        if (At(text, end) == '.' && char.IsAsciiDigit(At(text, end + 1)))
        {
            digits.Append('.');
            end = Digits(text, end + 1, digits);
        }

        int dots = At(text, end) == '…' ? 1 : text[end..].StartsWith(Ellipsis) ? Ellipsis.Length : 0;
        end += dots;
        bool joined = At(text, end) is '.' or ':' && At(text, end + 1) is var next && (char.IsAsciiDigit(next) || (next == '.' && At(text, end) == '.'));
        while (At(text, end) is '.' or ',' && char.IsAsciiDigit(At(text, end + 1)))
        {
            joined = true;
            end = Digits(text, end + 1, digits: null);
        }

        int decimals = 0;
        bool readable = !padded && !joined && digits.Length <= Rational.MaxDigits;
        return new(readable ? Rational.Parse(digits.ToString(), out decimals) : null, end, decimals, grouping, dots > 0);
    }

    /// <summary>Reads digits in groups of exactly three, or in none.</summary>
    /// <param name="text">The text.</param>
    /// <param name="start">Where they begin.</param>
    /// <param name="bare">Whether a comma or space alone may group them.</param>
    /// <param name="digits">Where to put them.</param>
    /// <param name="grouping">What groups them.</param>
    /// <returns>One past the last.</returns>
    public static int Whole(ReadOnlySpan<char> text, int start, bool bare, StringBuilder digits, out Separator grouping)
    {
        grouping = Separator.None;
        int end = Digits(text, start, digits);
        if (end - start is >= 1 and <= 3 && text[start] != '0')
        {
            grouping = Group(text, CommaSigns, bare, digits, ref end) ? Separator.Comma
                : Group(text, SpaceSigns, bare, digits, ref end) ? Separator.Space
                : Separator.None;
        }

        return end;
    }

    /// <summary>Reads digits.</summary>
    /// <returns>One past the last.</returns>
    public static int Digits(ReadOnlySpan<char> text, int index, StringBuilder? digits)
    {
        for (; char.IsAsciiDigit(At(text, index)); index++)
        {
            if (digits?.Length < MaxKept)
            {
                digits.Append(text[index]);
            }
        }

        return index;
    }

    private static char At(ReadOnlySpan<char> text, int index) => index < text.Length ? text[index] : '\0';

    private static bool Group(ReadOnlySpan<char> text, string[] signs, bool bare, StringBuilder digits, ref int end)
    {
        bool any = false;
        while (Sign(text, signs, bare, end) is var length and > 0)
        {
            any = true;
            end = Digits(text, end + length, digits);
        }

        return any;
    }

    private static int Sign(ReadOnlySpan<char> text, string[] signs, bool bare, int index)
    {
        foreach (string sign in signs)
        {
            int next = index + sign.Length;

            // 3 100/200 is a mixed number, 17 000/5 is none.
            bool mixed = sign is " " && At(text, next) != '0' && At(text, next + 3) == '/';
            if ((bare || sign is not ("," or " ")) && text[index..].StartsWith(sign) && IsGroup(text, next) && !mixed)
            {
                return sign.Length;
            }
        }

        return 0;
    }

    private static bool IsGroup(ReadOnlySpan<char> text, int index) =>
        char.IsAsciiDigit(At(text, index)) && char.IsAsciiDigit(At(text, index + 1)) && char.IsAsciiDigit(At(text, index + 2))
        && !char.IsAsciiDigit(At(text, index + 3));
}
