using System.Numerics;

namespace Stepwise.Answers.Mathematics;

/// <summary>Exact values of expressions of plain numbers.</summary>
internal static class Simplifier
{
    private const int MaxExponent = 1 << 14;

    /// <summary>The value of an expression where it is a fraction; <see langword="null"/> where it is none, or none that is plain to see.</summary>
    /// <param name="expression">The expression.</param>
    /// <param name="point">The values of its variables.</param>
    public static Rational? Number(MathExpression expression, IReadOnlyDictionary<string, Rational> point)
    {
        switch (expression)
        {
            case Constant c:
                return c.Value;
            case Symbol s:
                return point.TryGetValue(s.Name, out Rational value) ? value : null;
            case Sum sum:
                return Fold(sum.Terms, 0, Rational.Add, point);
            case Product product:
                return Fold(product.Factors, 1, Rational.Multiply, point);
            case Power power:
                return Number(power.Exponent, point) is { } exponent && Number(power.Base, point) is { } a ? Power(a, exponent) : null;
            case Application { Function: Function.Abs, Arguments: [var argument] }:
                return Number(argument, point)?.Abs();
            default:
                return null;
        }
    }

    /// <summary>A power where it is a fraction: of a whole exponent, or a root that comes out even.</summary>
    public static Rational? Power(Rational a, Rational exponent)
    {
        if (exponent.Denominator > 64 || BigInteger.Abs(exponent.Numerator) > MaxExponent || (a.Numerator.IsZero && exponent.Numerator.Sign <= 0))
        {
            return null;
        }

        int index = (int)exponent.Denominator, power = (int)BigInteger.Abs(exponent.Numerator);
        if (index > 1)
        {
            if (Root(a.Numerator, index) is not { } top || Root(a.Denominator, index) is not { } bottom)
            {
                return null;
            }

            a = Rational.Create(top, bottom)!.Value;
        }

        if (Math.Max(a.Numerator.GetBitLength(), a.Denominator.GetBitLength()) * power > Rational.MaxBits)
        {
            return null;
        }

        BigInteger numerator = BigInteger.Pow(a.Numerator, power), denominator = BigInteger.Pow(a.Denominator, power);
        return exponent.Numerator.Sign < 0 ? Rational.Create(denominator, numerator) : Rational.Create(numerator, denominator);
    }

    /// <summary>The root of a whole number where it is one; an odd root of a negative number is negative.</summary>
    private static BigInteger? Root(BigInteger n, int index)
    {
        if (n.Sign < 0)
        {
            return index % 2 == 0 ? null : -Root(-n, index);
        }

        if (n.IsZero || n.IsOne)
        {
            return n;
        }

        BigInteger low = BigInteger.One, high = BigInteger.One << (((int)n.GetBitLength() / index) + 1);
        while (low < high)
        {
            BigInteger middle = (low + high + 1) >> 1;
            (low, high) = BigInteger.Pow(middle, index) <= n ? (middle, high) : (low, middle - 1);
        }

        return BigInteger.Pow(low, index) == n ? low : null;
    }

    private static Rational? Fold(
        IReadOnlyList<MathExpression> parts, Rational start, Func<Rational, Rational, Rational?> combine, IReadOnlyDictionary<string, Rational> point)
    {
        Rational? total = start;
        foreach (MathExpression part in parts)
        {
            total = total is { } a && Number(part, point) is { } b ? combine(a, b) : null;
        }

        return total;
    }
}
