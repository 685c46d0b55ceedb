using System.Text;

namespace Stepwise.Answers;

/// <summary>A numeral: digits, grouped by thousands or not, with decimals or not.</summary>
/// <param name="Value">Its value; <see langword="null"/> for what only looks like one (<c>3,5</c>, <c>2:30</c>, <c>1.2.3</c>, <c>007</c>).</param>
/// <param name="End">One past its last character.</param>
/// <param name="Commas">Whether commas group its digits.</param>
/// <param name="Spaces">Whether spaces group its digits.</param>
internal readonly record struct Numeral(Rational? Value, int End, bool Commas, bool Spaces)
{
    private const string Ellipsis = "...";


    private static readonly string[] CommaSigns = ["{,}", ",\\!", "\\!,\\!", ","];
    private static readonly string[] SpaceSigns = [" ", "\\,", "\\ ", "\\;", "\\:", "~", "\u00A0", "\u2009", "\u202F"];

    /// <summary>Digits after the decimal point.</summary>
    public int Decimals { get; private init; }

    /// <summary>Whether an ellipsis follows, which belongs to it.</summary>
    public bool CutOff { get; private init; }

    /// <summary>Reads what begins at a digit, or at a point before one; never past <see cref="Rational.MaxDigits"/> digits for a value.</summary>
    public static Numeral Read(ReadOnlySpan<char> text, int start)
    {
        StringBuilder digits = new();
        int end = Digits(text, start, digits);
        int first = end - start;
        bool commas = false, spaces = false;
        if (first is >= 1 and <= 3 && text[start] != '0')
        {
            commas = Group(text, CommaSigns, digits, ref end);
            spaces = !commas && Group(text, SpaceSigns, digits, ref end);
        }

        if (At(text, end) == '.' && char.IsAsciiDigit(At(text, end + 1)))
        {
            digits.Append('.');
            end = Digits(text, end + 1, digits);
        }

        bool padded = first > 1 && text[start] == '0';
        int dots = At(text, end) == '…' ? 1 : text[end..].StartsWith(Ellipsis) ? Ellipsis.Length : 0;
        end += dots;
        bool joined = At(text, end) == '.' && At(text, end + 1) == '.';
        joined |= At(text, end) == ':' && char.IsAsciiDigit(At(text, end + 1));
        while (At(text, end) is '.' or ',' && char.IsAsciiDigit(At(text, end + 1)))
        {
            joined = true;
            end = Digits(text, end + 1, digits: null);
        }

        bool readable = !padded && !joined && digits.Length <= Rational.MaxDigits;
        int decimals = 0;
        Rational? value = readable ? Rational.Parse(digits.ToString(), out decimals) : null;
        return new(value, end, commas, spaces) { Decimals = decimals, CutOff = dots > 0 };
    }

    private static char At(ReadOnlySpan<char> text, int index) => index < text.Length ? text[index] : '\0';

    private static int Digits(ReadOnlySpan<char> text, int index, StringBuilder? digits)
    {
        for (; char.IsAsciiDigit(At(text, index)); index++)
        {
            if (digits?.Length <= Rational.MaxDigits)
            {
                digits.Append(text[index]);
            }
        }

        return index;
    }

    /// <summary>Groups of exactly three digits, each after one of the signs.</summary>
    private static bool Group(ReadOnlySpan<char> text, string[] signs, StringBuilder digits, ref int end)
    {
        bool any = false;
        while (Sign(text, signs, end) is var length and > 0)
        {
            any = true;
            end = Digits(text, end + length, digits);
        }

        return any;
    }

    private static int Sign(ReadOnlySpan<char> text, string[] signs, int index)
    {
        foreach (string sign in signs)
        {
            int next = index + sign.Length;
            if (next + 3 <= text.Length && text[index..].StartsWith(sign) && Digits(text, next, digits: null) == next + 3)
            {
                return sign.Length;
            }
        }

        return 0;
    }
}
