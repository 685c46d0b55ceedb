using System.Diagnostics;
using Stepwise.Engine.Memory;

namespace Stepwise.Engine.Kernels;

/// <summary>The rate of y[M, N] = x[M, K] · W[K, N] with packed weights, to be held against <see cref="FmaPeak"/>.</summary>
public sealed unsafe class MatMulRate : IDisposable
{
    private readonly Workers _workers;
    private readonly PackedMatrix _weight;
    private readonly NativeBuffer<float> _x;
    private readonly NativeBuffer<float> _y;
    private readonly int _m;

    /// <summary>Makes the operands, with random numbers.</summary>
    /// <param name="m">Rows M, at least 1.</param>
    /// <param name="n">Columns N, at least 1.</param>
    /// <param name="k">Length K of the inner products, at least 1.</param>
    /// <param name="threads">Number of threads, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is below 1.</exception>
    public MatMulRate(int m, int n, int k, int threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(m, 1);
        _m = m;
        _workers = new Workers(threads);
        _weight = new PackedMatrix(k, n);
        _x = new NativeBuffer<float>((long)m * k);
        _y = new NativeBuffer<float>((long)m * n);
        using NativeBuffer<float> weight = new((long)n * k);
        Fill(weight, 1);
        Fill(_x, 2);
        _weight.PackTransposed(_workers, weight.Pointer, k);
    }

    /// <summary>Measures the rate: the best of several runs, with as many operations as those of <see cref="FmaPeak"/>.</summary>
    /// <param name="runs">Number of runs, at least 1.</param>
    /// <returns>10⁹ floating-point operations per second over all threads (a multiply-add counts as two).</returns>
    /// <exception cref="ArgumentOutOfRangeException">The argument is below 1.</exception>
    public double Measure(int runs = 5)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(runs, 1);
        double best = 0, work = 2.0 * _m * _weight.N * _weight.K;
        int products = (int)Math.Ceiling(FmaPeak.RunWork(_workers.Count) / work);
        for (int run = 0; run < runs; run++)
        {
            long start = Stopwatch.GetTimestamp();
            for (int i = 0; i < products; i++)
            {
                MatMul.Multiply(_workers, _x.Pointer, _weight.K, _weight, _y.Pointer, _weight.N, _m);
            }

            best = Math.Max(best, products * work / Stopwatch.GetElapsedTime(start).TotalSeconds / 1e9);
        }

        return best;
    }

    /// <summary>Ends the threads and gives the memory back.</summary>
    public void Dispose()
    {
        _workers.Dispose();
        _weight.Dispose();
        _x.Dispose();
        _y.Dispose();
    }

    private static void Fill(NativeBuffer<float> buffer, ulong key)
    {
        for (nint i = 0; i < buffer.Length; i++)
        {
            buffer.Pointer[i] = (float)CounterRandom.Uniform(key, (ulong)i) - 0.5f;
        }
    }
}
