using Stepwise.Engine.Memory;

namespace Stepwise.Engine.Tests.Kernels;

/// <summary>Native memory filled with seeded numbers, and what tests ask of it.</summary>
internal sealed unsafe class Block : IDisposable
{
    // Room that no kernel may touch, behind the end.
    private const int Guard = 64;
    private const float GuardValue = 1234.5f;
    private readonly NativeBuffer<float> _buffer;

    public Block(int length)
    {
        Length = length;
        _buffer = new NativeBuffer<float>(length + Guard);
        _buffer.Span[length..].Fill(GuardValue);
    }

    public int Length { get; }

    public float* Pointer => _buffer.Pointer;

    public Span<float> Span => _buffer.Span[..Length];

    /// <summary>Standard normal numbers times a factor.</summary>
    public static Block Normal(ulong seed, int length, double factor = 1.0)
    {
        Block block = new(length);
        for (int i = 0; i < length; i++)
        {
            block.Span[i] = (float)(factor * CounterRandom.Normal(seed, (ulong)i));
        }

        return block;
    }

    public Block Copy()
    {
        Block copy = new(Length);
        Span.CopyTo(copy.Span);
        return copy;
    }

    public double[] ToDouble()
    {
        double[] values = new double[Length];
        for (int i = 0; i < Length; i++)
        {
            values[i] = Span[i];
        }

        return values;
    }

    /// <summary>Same bits everywhere.</summary>
    public void ShouldBeSameBitsAs(Block other)
    {
        other.Length.ShouldBe(Length);
        for (int i = 0; i < Length; i++)
        {
            if (BitConverter.SingleToInt32Bits(Span[i]) != BitConverter.SingleToInt32Bits(other.Span[i]))
            {
                Assert.Fail($"Element {i} of {Length}: {Span[i]:R} and {other.Span[i]:R} are not the same bits.");
            }
        }
    }

    /// <summary>The largest difference from expected values, relative to the largest of them (or
    /// <paramref name="atLeast"/>); nothing behind the end was touched.</summary>
    public double ErrorFrom(ReadOnlySpan<double> expected, double atLeast = 1e-30)
    {
        expected.Length.ShouldBe(Length);
        double worst = 0;
        double largest = atLeast;
        for (int i = 0; i < Length; i++)
        {
            double difference = Math.Abs(Span[i] - expected[i]);
            worst = double.IsNaN(difference) ? double.PositiveInfinity : Math.Max(worst, difference);
            largest = Math.Max(largest, Math.Abs(expected[i]));
        }

        foreach (float guard in _buffer.Span[Length..])
        {
            guard.ShouldBe(GuardValue);
        }

        return worst / largest;
    }

    public void Dispose() => _buffer.Dispose();
}

/// <summary>Central differences of a double-precision function.</summary>
internal static class FiniteDifference
{
    /// <summary>d loss / d x, where loss() reads x.</summary>
    public static double[] Gradient(double[] x, Func<double> loss)
    {
        const double Step = 1e-5;
        double[] gradient = new double[x.Length];
        for (int i = 0; i < x.Length; i++)
        {
            double value = x[i];
            x[i] = value + Step;
            double above = loss();
            x[i] = value - Step;
            double below = loss();
            x[i] = value;
            gradient[i] = (above - below) / (2 * Step);
        }

        return gradient;
    }

    public static double Dot(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        double sum = 0;
        for (int i = 0; i < x.Length; i++)
        {
            sum += x[i] * y[i];
        }

        return sum;
    }
}
