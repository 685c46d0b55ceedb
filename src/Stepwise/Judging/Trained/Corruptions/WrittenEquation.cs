using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.RegularExpressions;
using Stepwise.Answers;

namespace Stepwise.Judging.Trained.Corruptions;

/// <summary>
/// An equation that a step writes out without parentheses or words in it: numbers with + − * / between them, and a result, <c>48/2 = 24</c>.
/// </summary>
internal sealed partial class WrittenEquation
{
    // Longer decimals are not what people write.
    private const int MaxDecimals = 4;

    private readonly string _text;
    private readonly Group[] _operands;
    private readonly Group[] _operators;
    private readonly Group _result;

    private WrittenEquation(string text, Match match)
    {
        _text = text;
        _operands = [match.Groups["first"], .. match.Groups["next"].Captures.Select(capture => Of(capture))];
        _operators = [.. match.Groups["op"].Captures.Select(capture => Of(capture))];
        _result = new(match.Groups["result"].Index, match.Groups["result"].Length);
    }

    /// <summary>The equations of a step.</summary>
    public static IReadOnlyList<WrittenEquation> In(string text) => [.. Pattern().Matches(text).Select(match => new WrittenEquation(text, match))];

    /// <summary>The operands as written, without signs of money.</summary>
    public IReadOnlyList<string> Operands => [.. _operands.Select(Text)];

    /// <summary>The operators, each one of <c>+ - * /</c>.</summary>
    public IReadOnlyList<char> Operators => [.. _operators.Select(Operator)];

    /// <summary>The result as written.</summary>
    public string Result => Text(_result);

    /// <summary>Whether exact arithmetic finds the equation right.</summary>
    public bool IsTrue => Value(Operands, Operators) is { } value && value.Equals(Numerals.Value(Result));

    /// <summary>The step with another result, also where it repeats it afterwards; <see langword="null"/> where that is the same number.</summary>
    public string? WithResult(string other) => Numerals.Value(other).Equals(Numerals.Value(Result))
        ? null
        : string.Concat(_text.AsSpan(0, _result.Start), other, Numerals.Replace(_text[(_result.Start + _result.Length)..], Result, other));

    /// <summary>
    /// The step with other operands and operators, and the result that follows from them; <see langword="null"/> where the equation was not true, the
    /// result is the same number or one that is not written as a short decimal.
    /// </summary>
    public string? With(IReadOnlyList<string> operands, IReadOnlyList<char> operators)
    {
        if (!IsTrue || Value(operands, operators) is not { } value || Written(value) is not { } result || WithResult(result) is not { } changed)
        {
            return null;
        }

        // The left side stands before the result, so that its places are the same in the changed text.
        StringBuilder text = new(changed);
        for (int i = _operands.Length - 1; i >= 0; i--)
        {
            Replace(text, _operands[i], operands[i]);
            if (i > 0 && operators[i - 1] != Operator(_operators[i - 1]))
            {
                Replace(text, _operators[i - 1], operators[i - 1].ToString());
            }
        }

        return text.ToString();
    }

    /// <summary>A whole number or a short decimal, at least 0; <see langword="null"/> for another.</summary>
    public static string? Written(Rational value)
    {
        if (value.Numerator.Sign < 0)
        {
            return null;
        }

        BigInteger scaled = value.Numerator, power = 1;
        int decimals = 0;
        while (!(scaled % value.Denominator).IsZero)
        {
            if (++decimals > MaxDecimals)
            {
                return null;
            }

            scaled *= 10;
            power *= 10;
        }

        scaled /= value.Denominator;
        BigInteger whole = BigInteger.DivRem(scaled, power, out BigInteger rest);
        return whole.ToString(CultureInfo.InvariantCulture)
            + (decimals == 0 ? "" : "." + rest.ToString(CultureInfo.InvariantCulture).PadLeft(decimals, '0'));
    }

    private static Rational? Value(IReadOnlyList<string> operands, IReadOnlyList<char> operators)
    {
        string left = string.Concat(operands.Select((operand, i) => (i == 0 ? "" : operators[i - 1].ToString()) + operand));
        return Equality.Find(left + "=0") is [{ Left: { } expression }] ? expression.Value : null;
    }

    private static void Replace(StringBuilder text, Group place, string by) => text.Remove(place.Start, place.Length).Insert(place.Start, by);

    private static Group Of(Capture capture) => new(capture.Index, capture.Length);

    private string Text(Group place) => _text.Substring(place.Start, place.Length);

    private char Operator(Group place) => _text[place.Start] switch
    {
        'x' or '×' or '*' => '*',
        '÷' or '/' => '/',
        var sign => sign,
    };

    /// <summary>A place in the text.</summary>
    private readonly record struct Group(int Start, int Length)
    {
        public static implicit operator Group(System.Text.RegularExpressions.Group group) => new(group.Index, group.Length);
    }

    [GeneratedRegex(
        @"(?<![\d.,)])\$?(?<first>\d[\d,]*(?:\.\d+)?)(?:\s*(?<op>[-+*/x×÷])\s*\$?(?<next>\d[\d,]*(?:\.\d+)?))+"
        + @"\s*=\s*\$?(?<result>\d[\d,]*(?:\.\d+)?)(?!\s*[-+*/x×÷%]|\d)",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Pattern();
}
