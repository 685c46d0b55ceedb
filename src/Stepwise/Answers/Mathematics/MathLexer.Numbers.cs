using System.Globalization;
using System.Numerics;
using System.Text;

namespace Stepwise.Answers.Mathematics;

/// <summary>This part reads numerals: grouped digits, decimals, periods, powers of ten.</summary>
internal sealed partial class MathLexer
{
    private const int MaxExponent = 2000;

    private void Number()
    {
        int start = _position;
        StringBuilder whole = new(), decimals = new();

        // A comma or space alone in brackets separates.
        _position = Numeral.Whole(_text, start, bare: _brackets == 0, whole, out Numeral.Separator grouping);
        bool decorated = grouping != Numeral.Separator.None;
        string period = "";
        if (Current == '.' && (char.IsAsciiDigit(At(_position + 1)) || IsPeriod(_position + 1)))
        {
            decorated = true;
            _position = Numeral.Digits(_text, _position + 1, decimals);
            period = Period(decimals);
        }
        else if (Current == '.' && whole.Length > 0 && At(_position + 1) is '\0' or ' ' or '}' or ')' or '$' or '/' && At(_position + 1) != '.')
        {
            _position++;
        }

        int exponent = Exponent();
        decorated |= exponent != 0;
        Add(new MathToken(MathTokenKind.Number, _text[start.._position], _spaced)
        {
            Value = Value(whole, decimals, period, exponent),
            Decorated = decorated,
        });
    }

    private bool IsPeriod(int index) =>
        string.CompareOrdinal(_text, index, "\\overline{", 0, 10) == 0 || string.CompareOrdinal(_text, index, "\\dot{", 0, 5) == 0
        || string.CompareOrdinal(_text, index, "\\bar{", 0, 5) == 0;

    /// <summary>The digits that go on without end: under a line, or those that an ellipsis continues.</summary>
    private string Period(StringBuilder decimals)
    {
        if (IsPeriod(_position))
        {
            _position = _text.IndexOf('{', _position);
            string period = Argument();
            return period.Length > 0 && period.All(char.IsAsciiDigit) ? period : throw new MalformedException("a repeating decimal without digits");
        }

        int dots = Starts("...") ? 3 : Starts("\\ldots") ? 6 : Starts("\\dots") || Starts("\\cdots") ? Starts("\\dots") ? 5 : 6 : 0;
        string digits = decimals.ToString();
        for (int length = 1; dots > 0 && length * 2 <= Math.Min(digits.Length, 40); length++)
        {
            string tail = digits[^length..];
            if (digits.EndsWith(tail + tail, StringComparison.Ordinal))
            {
                _position += dots;
                return tail;
            }
        }

        return "";
    }

    /// <summary>The power of ten after e, in a number such as <c>1.5e-3</c>.</summary>
    private int Exponent()
    {
        int index = _position + (Current == ' ' && At(_position + 1) is 'e' or 'E' ? 1 : 0);
        if (At(index) is not ('e' or 'E'))
        {
            return 0;
        }

        index++;
        bool negative = At(index) == '-';
        index += At(index) is '+' or '-' ? 1 : 0;
        int end = index;
        while (char.IsAsciiDigit(At(end)))
        {
            end++;
        }

        if (end == index)
        {
            return 0;
        }

        ReadOnlySpan<char> digits = _text.AsSpan(index, end - index).TrimStart('0');
        int value = digits.IsEmpty ? 0 : digits.Length <= 4 ? int.Parse(digits, CultureInfo.InvariantCulture) : MaxExponent + 1;
        _position = end;
        return value > MaxExponent ? throw new OutOfBoundsException("an exponent is too large to compute with") : negative ? -value : value;
    }

    private static Rational Value(StringBuilder whole, StringBuilder decimals, string period, int exponent)
    {
        BigInteger digits = Parse($"{whole}{decimals}");
        BigInteger denominator = BigInteger.Pow(10, decimals.Length);
        if (period.Length > 0)
        {
            // d.p with a period of k digits: (dp − d) / (10^k − 1).
            BigInteger nines = BigInteger.Pow(10, period.Length) - 1;
            digits = (digits * nines) + Parse(period);
            denominator *= nines;
        }

        BigInteger scale = BigInteger.Pow(10, Math.Abs(exponent));
        return Rational.Create(exponent > 0 ? digits * scale : digits, exponent < 0 ? denominator * scale : denominator)
            ?? throw new OutOfBoundsException("a number has too many digits");
    }

    private static BigInteger Parse(string digits) => digits.Length == 0 ? BigInteger.Zero
        : BigInteger.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture);
}
