using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Stepwise.Engine.Memory;

namespace Stepwise.Engine.Kernels;

/// <summary>The rate at which memory is read in order: the limit of work that uses each weight once, such as decoding one sample.</summary>
public static unsafe class ReadBandwidth
{
    /// <summary>Beyond the last cache of nearly all processors.</summary>
    private const long Bytes = 512 << 20;

    private const int Items = 1024;
    private const int FloatsPerItem = (int)(Bytes / sizeof(float) / Items);

    /// <summary>Measures the rate: a sum over 512 MiB, the best of several runs.</summary>
    /// <param name="threads">Number of threads, at least 1.</param>
    /// <param name="runs">Number of runs, at least 1.</param>
    /// <returns>10⁹ bytes per second over all threads.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is below 1.</exception>
    public static double Measure(int threads, int runs = 5)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(runs, 1);
        using Workers workers = new(threads);
        using NativeBuffer<float> memory = new(Bytes / sizeof(float));
        memory.Span.Fill(1f); // A page that nobody wrote may not be memory yet.
        double best = 0;
        for (int run = 0; run < runs; run++)
        {
            SumKernel kernel = new() { Memory = memory.Pointer };
            long start = Stopwatch.GetTimestamp();
            workers.For(ref kernel, Items, Math.Max(1, Items / threads / 4));
            best = Math.Max(best, Bytes / Stopwatch.GetElapsedTime(start).TotalSeconds / 1e9);
        }

        return best;
    }

    private struct SumKernel : IRangeKernel
    {
        public float* Memory;
        private float _sink;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int start, int end, int worker)
        {
            Vector512<float> a = default, b = default, c = default, d = default;
            float* at = Memory + ((nint)start * FloatsPerItem);
            for (float* last = Memory + ((nint)end * FloatsPerItem); at < last; at += 4 * Lanes.Count)
            {
                a += Vector512.Load(at);
                b += Vector512.Load(at + Lanes.Count);
                c += Vector512.Load(at + (2 * Lanes.Count));
                d += Vector512.Load(at + (3 * Lanes.Count));
            }

            _sink = Lanes.Sum(a + b + c + d);
        }
    }
}
