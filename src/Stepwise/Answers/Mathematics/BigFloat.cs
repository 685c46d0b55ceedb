using System.Numerics;

namespace Stepwise.Answers.Mathematics;

/// <summary>A dyadic number m · 2^e of bounded size.</summary>
/// <param name="Mantissa">m.</param>
/// <param name="Exponent">e.</param>
internal readonly record struct BigFloat(BigInteger Mantissa, int Exponent)
{
    // 2^65536 has some 20,000 digits: what is larger or smaller is not computed with.
    private const int MaxMagnitude = 1 << 16;

    public static readonly BigFloat Zero;

    public static readonly BigFloat One = new(BigInteger.One, 0);

    public bool IsZero => Mantissa.IsZero;

    public int Sign => Mantissa.Sign;

    /// <summary>The least k with |x| ≤ 2^k; for 0 the least there is.</summary>
    public int Magnitude => IsZero ? int.MinValue : Exponent + (int)BigInteger.Abs(Mantissa).GetBitLength();

    public BigFloat Abs() => this with { Mantissa = BigInteger.Abs(Mantissa) };

    public static BigFloat PowerOfTwo(int exponent) => new(BigInteger.One, exponent);

    public static BigFloat operator -(BigFloat a) => a with { Mantissa = -a.Mantissa };

    public static BigFloat operator +(BigFloat a, BigFloat b)
    {
        if (a.IsZero || b.IsZero)
        {
            return a.IsZero ? b : a;
        }

        int exponent = Math.Min(a.Exponent, b.Exponent);
        return new BigFloat((a.Mantissa << (a.Exponent - exponent)) + (b.Mantissa << (b.Exponent - exponent)), exponent).Checked();
    }

    public static BigFloat operator -(BigFloat a, BigFloat b) => a + (-b);

    public static BigFloat operator *(BigFloat a, BigFloat b) => new BigFloat(a.Mantissa * b.Mantissa, a.Exponent + b.Exponent).Checked();

    public static bool operator <(BigFloat a, BigFloat b) => (a - b).Sign < 0;

    public static bool operator >(BigFloat a, BigFloat b) => b < a;

    /// <summary>The nearest number of at most so many bits, and what it may differ by at most.</summary>
    /// <param name="bits">Bits of the mantissa.</param>
    /// <param name="error">At least the difference.</param>
    public BigFloat Round(int bits, out BigFloat error)
    {
        int excess = (int)BigInteger.Abs(Mantissa).GetBitLength() - bits;
        if (excess <= 0)
        {
            error = Zero;
            return this;
        }

        error = PowerOfTwo(Exponent + excess);
        return new(Mantissa >> excess, Exponent + excess);
    }

    /// <summary>A number of few bits that is at least as large; for radii, which are not negative.</summary>
    public BigFloat RoundUp()
    {
        const int Bits = 30;
        int excess = (int)Mantissa.GetBitLength() - Bits;
        return excess <= 0 ? this : new((Mantissa >> excess) + 1, Exponent + excess);
    }

    /// <summary>The value times 2^<paramref name="bits"/>, rounded down to a whole number.</summary>
    public BigInteger ToFixed(int bits) => Exponent + bits >= 0 ? Mantissa << (Exponent + bits) : Mantissa >> -(Exponent + bits);

    /// <summary>The largest whole number that is not greater.</summary>
    public BigInteger Floor() => ToFixed(0);

    private BigFloat Checked() =>
        IsZero ? Zero : Math.Abs((long)Magnitude) > MaxMagnitude ? throw new OutOfBoundsException("a number is too large or too small to compute with") : this;
}
