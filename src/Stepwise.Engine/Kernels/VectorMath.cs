using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Stepwise.Engine.Kernels;

/// <summary>The exponential function and reductions on <see cref="Lanes"/>.</summary>
internal static unsafe class VectorMath
{
    // Above 88.73 the result overflows, below -103.98 it rounds to 0; the clamp keeps the exponent arithmetic in range.
    private const float ExpHigh = 89f;
    private const float ExpLow = -104.5f;

    // 1.5 · 2²³: adding it rounds to an integer and leaves that integer in the low bits.
    private const float RoundingShift = 12582912f;

    /// <summary>e^x per lane, at most 2 ulp off; 0 at −∞, ∞ above 88.73, NaN at NaN.</summary>
    /// <remarks>x = n·ln 2 + r; e^r by a polynomial of degree 7 (Cody and Waite reduction, coefficients of Cephes expf).</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Exp(Vector512<float> x)
    {
        Vector512<float> high = Vector512.Create(ExpHigh);
        Vector512<float> low = Vector512.Create(ExpLow);
        x = Vector512.ConditionalSelect(Vector512.GreaterThan(x, high), high, x);
        x = Vector512.ConditionalSelect(Vector512.LessThan(x, low), low, x);
        Vector512<float> shifted = Vector512.FusedMultiplyAdd(x, Vector512.Create(1.44269504f), Vector512.Create(RoundingShift));
        Vector512<float> n = shifted - Vector512.Create(RoundingShift);
        Vector512<float> r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-0.693359375f), x);
        r = Vector512.FusedMultiplyAdd(n, Vector512.Create(2.12194440e-4f), r);

        Vector512<float> p = Vector512.Create(1.9875691500e-4f);
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1.3981999507e-3f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(8.3334519073e-3f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(4.1665795894e-2f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1.6666665459e-1f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(5.0000001201e-1f));
        p = Vector512.FusedMultiplyAdd(p, r * r, r) + Vector512<float>.One;

        // 2ⁿ as a product of two powers, so that results below the smallest normal number round once and 2¹²⁸ overflows to ∞.
        Vector512<int> exponent = shifted.AsInt32() - Vector512.Create(RoundingShift).AsInt32();
        Vector512<int> half = Vector512.ShiftRightArithmetic(exponent, 1);
        Vector512<int> bias = Vector512.Create(127);
        Vector512<float> first = Vector512.ShiftLeft(half + bias, 23).AsSingle();
        Vector512<float> second = Vector512.ShiftLeft(exponent - half + bias, 23).AsSingle();
        return p * first * second;
    }

    /// <summary>1 / (1 + e^−x) per lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Sigmoid(Vector512<float> x) => Vector512<float>.One / (Vector512<float>.One + Exp(-x));

    /// <summary>The sum of <paramref name="count"/> values.</summary>
    public static float Sum(float* x, int count)
    {
        Vector512<float> sum = default;
        int i = 0;
        for (; i <= count - Lanes.Count; i += Lanes.Count)
        {
            sum += Vector512.Load(x + i);
        }

        return Lanes.Sum(i < count ? sum + Lanes.LoadTail(x + i, count - i) : sum);
    }

    /// <summary>The inner product of <paramref name="count"/> pairs.</summary>
    public static float Dot(float* x, float* y, int count)
    {
        Vector512<float> sum = default;
        int i = 0;
        for (; i <= count - Lanes.Count; i += Lanes.Count)
        {
            sum = Vector512.FusedMultiplyAdd(Vector512.Load(x + i), Vector512.Load(y + i), sum);
        }

        if (i < count)
        {
            sum = Vector512.FusedMultiplyAdd(Lanes.LoadTail(x + i, count - i), Lanes.LoadTail(y + i, count - i), sum);
        }

        return Lanes.Sum(sum);
    }

    /// <summary>The largest of <paramref name="count"/> values; −∞ for none. NaN entries have no defined place.</summary>
    public static float Max(float* x, int count)
    {
        Vector512<float> best = Vector512.Create(float.NegativeInfinity);
        int i = 0;
        for (; i <= count - Lanes.Count; i += Lanes.Count)
        {
            best = Lanes.Max(Vector512.Load(x + i), best);
        }

        return Lanes.Max(i < count ? Lanes.Max(Lanes.LoadTail(x + i, count - i, float.NegativeInfinity), best) : best);
    }
}
