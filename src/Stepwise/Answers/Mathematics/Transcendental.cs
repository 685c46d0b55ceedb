using System.Numerics;

namespace Stepwise.Answers.Mathematics;

/// <summary>
/// Exponential, logarithm, sine, cosine and arc tangent of balls. Each series is summed in fixed point with <see cref="Guard"/> bits more than
/// asked for; what is cut off, some units per term, stays below 2^(20 − guard) of the last bit asked for.
/// </summary>
internal static class Transcendental
{
    private const int Guard = 48;

    // Beyond this an exponential has no size to compute with, and a period no digits left.
    private const int MaxArgument = 40;

    private static readonly Lock Gate = new();

    private static (int Bits, BigInteger Value) _pi;

    private static (int Bits, BigInteger Value) _ln2;

    public static Ball Pi(int bits) => Settled(FixedPi(bits + Guard), bits, bits + Guard, BigFloat.Zero, 0);

    /// <summary>e^x; |e^(x ± r) − e^x| ≤ 2 r e^x for r ≤ 1.</summary>
    public static Ball Exp(Ball x, int bits)
    {
        Bound(x, 16);
        int work = bits + Guard + 16;
        BigInteger value = x.Mid.ToFixed(work);
        BigInteger ln2 = FixedLn2(work);
        BigInteger k = RoundedQuotient(value, ln2);
        const int Halvings = 8;
        BigInteger r = (value - (k * ln2)) >> Halvings;
        BigInteger sum = BigInteger.One << work, term = sum;
        for (int n = 1; !term.IsZero && n < 1000; n++)
        {
            term = ((term * r) >> work) / n;
            sum += term;
        }

        for (int i = 0; i < Halvings; i++)
        {
            sum = (sum * sum) >> work;
        }

        BigFloat mid = new(sum, (int)k - work);
        BigFloat spread = x.Radius.IsZero ? BigFloat.Zero : x.Radius * BigFloat.PowerOfTwo(mid.Magnitude + 1);
        return Ball.Rounded(mid, spread + BigFloat.PowerOfTwo(mid.Magnitude - bits), bits);
    }

    /// <summary>ln x of a positive number; its radius is at most r / (x − r).</summary>
    public static Ball Log(Ball x, int bits)
    {
        int work = bits + Guard;
        int k = x.Mid.Magnitude;
        BigInteger m = (x.Mid * BigFloat.PowerOfTwo(-k)).ToFixed(work), one = BigInteger.One << work;
        if (m * 10 < one * 7)
        {
            (m, k) = (m << 1, k - 1);
        }

        // ln m = 2 artanh((m − 1) / (m + 1)).
        BigInteger y = ((m - one) << work) / (m + one), square = (y * y) >> work, sum = BigInteger.Zero, term = y;
        for (int n = 1; !term.IsZero && n < 2000; n += 2)
        {
            sum += term / n;
            term = (term * square) >> work;
        }

        BigFloat least = x.Mid - x.Radius;
        BigFloat spread = x.Radius.IsZero ? BigFloat.Zero : x.Radius * BigFloat.PowerOfTwo(1 - least.Magnitude);
        return Settled((sum << 1) + (k * FixedLn2(work)), bits, work, spread, 8);
    }

    public static Ball Sin(Ball x, int bits) => SinCos(x, bits).Sin;

    public static Ball Cos(Ball x, int bits) => SinCos(x, bits).Cos;

    /// <summary>Sine and cosine; their radius is at most that of x.</summary>
    public static (Ball Sin, Ball Cos) SinCos(Ball x, int bits)
    {
        if (x.IsZero)
        {
            return (Ball.Zero, Ball.One);
        }

        Bound(x, MaxArgument);
        int work = bits + Guard, reduced = work + MaxArgument;
        BigInteger half = FixedPi(reduced) >> 1, value = x.Mid.ToFixed(reduced);
        BigInteger k = RoundedQuotient(value, half);
        BigInteger r = (value - (k * half)) >> MaxArgument, square = (r * r) >> work;
        BigInteger sin = r, cos = BigInteger.One << work, sinTerm = r, cosTerm = cos;
        for (int n = 1; n < 1000 && !(sinTerm.IsZero && cosTerm.IsZero); n += 2)
        {
            cosTerm = -(((cosTerm * square) >> work) / (n * (n + 1)));
            sinTerm = -(((sinTerm * square) >> work) / ((n + 1) * (n + 2)));
            cos += cosTerm;
            sin += sinTerm;
        }

        (BigInteger s, BigInteger c) = (int)(((k % 4) + 4) % 4) switch
        {
            0 => (sin, cos),
            1 => (cos, -sin),
            2 => (-sin, -cos),
            _ => (-cos, sin),
        };
        return (Settled(s, bits, work, x.Radius, 8), Settled(c, bits, work, x.Radius, 8));
    }

    /// <summary>arctan x; its radius is at most that of x.</summary>
    public static Ball Atan(Ball x, int bits)
    {
        if (x.IsZero)
        {
            return Ball.Zero;
        }

        if (x.Mid.Magnitude > 1)
        {
            // arctan x = ± π/2 − arctan 1/x.
            Ball quarter = Ball.Multiply(Pi(bits), Ball.Exact(BigFloat.PowerOfTwo(-1)), bits);
            return Ball.Add(x.Mid.Sign < 0 ? -quarter : quarter, -Atan(Ball.Divide(Ball.One, x, bits), bits), bits);
        }

        // arctan x = 2 arctan(x / (1 + √(1 + x²))), three times.
        const int Halvings = 3;
        Ball reduced = Ball.Exact(x.Mid);
        int more = bits + 16;
        for (int i = 0; i < Halvings; i++)
        {
            Ball root = Ball.Sqrt(Ball.Add(Ball.One, Ball.Multiply(reduced, reduced, more), more), more);
            reduced = Ball.Divide(reduced, Ball.Add(Ball.One, root, more), more);
        }

        int work = bits + Guard;
        BigInteger y = reduced.Mid.ToFixed(work), square = (y * y) >> work, sum = BigInteger.Zero, term = y;
        for (int n = 1; !term.IsZero && n < 2000; n += 2)
        {
            sum += term / n;
            term = -((term * square) >> work);
        }

        return Settled(sum << Halvings, bits, work, (reduced.Radius * BigFloat.PowerOfTwo(Halvings)) + x.Radius, 8);
    }

    private static Ball Settled(BigInteger value, int bits, int work, BigFloat spread, int loss) =>
        Ball.Rounded(new(value, -work), spread + BigFloat.PowerOfTwo(20 + loss - work), bits);

    private static void Bound(Ball x, int magnitude)
    {
        if (x.Mid.Magnitude > magnitude || x.Radius.Magnitude > 0)
        {
            throw new OutOfBoundsException("the argument of a function is too large to compute with");
        }
    }

    private static BigInteger RoundedQuotient(BigInteger a, BigInteger b)
    {
        BigInteger doubled = (a << 1) + b;
        BigInteger quotient = BigInteger.DivRem(doubled, b << 1, out BigInteger rest);
        return rest.Sign < 0 ? quotient - 1 : quotient;
    }

    private static BigInteger FixedPi(int bits)
    {
        lock (Gate)
        {
            if (_pi.Bits < bits)
            {
                // Machin: π = 16 arctan 1/5 − 4 arctan 1/239.
                int work = bits + 64;
                _pi = (work, (16 * InverseAtan(5, work)) - (4 * InverseAtan(239, work)));
            }

            return _pi.Value >> (_pi.Bits - bits);
        }
    }

    private static BigInteger FixedLn2(int bits)
    {
        lock (Gate)
        {
            if (_ln2.Bits < bits)
            {
                // ln 2 = 2 artanh 1/3.
                int work = bits + 64;
                BigInteger term = (BigInteger.One << work) / 3, sum = BigInteger.Zero;
                for (int n = 1; !term.IsZero; n += 2)
                {
                    sum += term / n;
                    term /= 9;
                }

                _ln2 = (work, sum << 1);
            }

            return _ln2.Value >> (_ln2.Bits - bits);
        }
    }

    private static BigInteger InverseAtan(int n, int work)
    {
        BigInteger term = (BigInteger.One << work) / n, sum = BigInteger.Zero;
        for (int k = 1; !term.IsZero; k += 2)
        {
            sum += (k & 2) == 0 ? term / k : -(term / k);
            term /= n * n;
        }

        return sum;
    }
}
