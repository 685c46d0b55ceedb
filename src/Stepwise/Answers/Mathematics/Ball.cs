using System.Numerics;

namespace Stepwise.Answers.Mathematics;

/// <summary>
/// A real number that is known up to a radius: |x − mid| ≤ radius. Every operation returns a ball that holds the result of all numbers of its
/// operands' balls, so that a ball without 0 is a proof that a number is not 0.
/// </summary>
/// <param name="Mid">The middle.</param>
/// <param name="Radius">At least 0.</param>
internal readonly record struct Ball(BigFloat Mid, BigFloat Radius)
{
    public static readonly Ball Zero;

    public static readonly Ball One = Exact(BigFloat.One);

    /// <summary>Whether it is 0 and nothing else.</summary>
    public bool IsZero => Mid.IsZero && Radius.IsZero;

    public bool IsExact => Radius.IsZero;

    /// <summary>Whether it may be 0.</summary>
    public bool HoldsZero => !(Mid.Abs() > Radius);

    /// <summary>The sign of all its numbers; 0 where they have not one.</summary>
    public int Sign => HoldsZero ? 0 : Mid.Sign;

    /// <summary>No number of the ball is smaller in size than this.</summary>
    private BigFloat Least => Mid.Abs() - Radius;

    private BigFloat Most => Mid.Abs() + Radius;

    public static Ball Exact(BigFloat value) => new(value, BigFloat.Zero);

    public static Ball Of(Rational value, int bits)
    {
        if (value.Denominator.IsPowerOfTwo)
        {
            return Rounded(new(value.Numerator, 1 - (int)value.Denominator.GetBitLength()), BigFloat.Zero, bits);
        }

        return Divide(Exact(new(value.Numerator, 0)), Exact(new(value.Denominator, 0)), bits);
    }

    /// <summary>A ball of a middle with a mantissa of so many bits.</summary>
    public static Ball Rounded(BigFloat mid, BigFloat radius, int bits)
    {
        BigFloat rounded = mid.Round(bits, out BigFloat error);
        return new(rounded, (radius + error).RoundUp());
    }

    public static Ball operator -(Ball a) => a with { Mid = -a.Mid };

    public static Ball Add(Ball a, Ball b, int bits) => Rounded(a.Mid + b.Mid, a.Radius + b.Radius, bits);

    public static Ball Multiply(Ball a, Ball b, int bits) =>
        Rounded(a.Mid * b.Mid, (a.Mid.Abs() * b.Radius) + (b.Most * a.Radius), bits);

    /// <summary>The quotient: its radius is at most (|a| rb + |b| ra) / (|b| (|b| − rb)).</summary>
    /// <exception cref="UndefinedException">The divisor may be 0.</exception>
    public static Ball Divide(Ball a, Ball b, int bits)
    {
        if (b.HoldsZero)
        {
            throw b.IsZero ? new UndefinedException("division by 0") : new OutOfBoundsException("a divisor cannot be told from 0");
        }

        BigFloat quotient = Quotient(a.Mid, b.Mid, bits);
        BigFloat spread = (a.Mid.Abs() * b.Radius) + (b.Mid.Abs() * a.Radius);
        BigFloat radius = spread.IsZero
            ? BigFloat.Zero
            : Quotient(spread.RoundUp(), b.Mid.Abs() * b.Least, 32) + BigFloat.PowerOfTwo(spread.Magnitude - b.Mid.Magnitude - b.Least.Magnitude - 26);
        return Rounded(quotient, radius + (quotient.IsZero ? BigFloat.Zero : BigFloat.PowerOfTwo(quotient.Magnitude - bits)), bits);
    }

    /// <summary>The square root of what is not negative.</summary>
    public static Ball Sqrt(Ball a, int bits)
    {
        if (a.IsZero)
        {
            return Zero;
        }

        if (a.HoldsZero)
        {
            return new(BigFloat.Zero, Root(a.Most, 32).RoundUp() + BigFloat.PowerOfTwo((a.Most.Magnitude / 2) - 20));
        }

        BigFloat root = Root(a.Mid, bits);
        bool exact = a.IsExact && (a.Mid - (root * root)).IsZero;
        // |√x − √m| ≤ r / √m, and √m is at least 2^((k−1)/2) for a magnitude k.
        BigFloat spread = a.IsExact ? BigFloat.Zero : a.Radius * BigFloat.PowerOfTwo(1 - ((a.Least.Magnitude - 2) >> 1));
        return Rounded(root, exact ? BigFloat.Zero : spread + BigFloat.PowerOfTwo(root.Magnitude - bits), bits);
    }

    public static Ball Abs(Ball a) => a.Mid.Sign < 0 ? -a : a;

    /// <summary>The whole number below, if it is one for all numbers of the ball.</summary>
    public BigInteger? Floor()
    {
        BigInteger low = (Mid - Radius).Floor();
        return low == (Mid + Radius).Floor() ? low : null;
    }

    private static BigFloat Quotient(BigFloat a, BigFloat b, int bits)
    {
        int shift = Math.Max(0, bits + 2 + (int)BigInteger.Abs(b.Mantissa).GetBitLength() - (int)BigInteger.Abs(a.Mantissa).GetBitLength());
        return new((a.Mantissa << shift) / b.Mantissa, a.Exponent - shift - b.Exponent);
    }

    private static BigFloat Root(BigFloat a, int bits)
    {
        int shift = Math.Max(0, (2 * bits) + 4 - (int)a.Mantissa.GetBitLength());
        shift += (a.Exponent - shift) & 1;
        return new(IntegerRoot(a.Mantissa << shift), (a.Exponent - shift) >> 1);
    }

    /// <summary>The largest whole number whose square is not greater, by Newton's iteration from above.</summary>
    private static BigInteger IntegerRoot(BigInteger n)
    {
        if (n.IsZero)
        {
            return n;
        }

        BigInteger root = BigInteger.One << (((int)n.GetBitLength() + 1) / 2);
        while (true)
        {
            BigInteger next = (root + (n / root)) >> 1;
            if (next >= root)
            {
                return root;
            }

            root = next;
        }
    }
}
