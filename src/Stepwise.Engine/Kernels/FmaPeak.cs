using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Stepwise.Engine.Kernels;

/// <summary>The rate of fused multiply-adds that the processor reaches without touching memory: what every kernel is measured against.</summary>
public static class FmaPeak
{
    private const int Rounds = 200_000;

    // 20 chains of 16 lanes, 10 of 8 four times, or 20 of 4 four times.
    private const int LanesPerRound = 320;
    private const int ItemsPerThread = 8;

    /// <summary>Measures the peak: independent chains on the widest registers, more than are in flight, the best of several runs.</summary>
    /// <param name="threads">Number of threads, at least 1.</param>
    /// <param name="runs">Number of runs, at least 1.</param>
    /// <returns>10⁹ floating-point operations per second over all threads (a multiply-add counts as two).</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is below 1.</exception>
    public static double Measure(int threads, int runs = 5)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(runs, 1);
        using Workers workers = new(threads);
        double best = 0;
        for (int run = 0; run < runs; run++)
        {
            ChainKernel kernel = default;
            long start = Stopwatch.GetTimestamp();
            workers.For(ref kernel, ItemsPerThread * threads, 1);
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            best = Math.Max(best, RunWork(threads) / seconds / 1e9);
        }

        return best;
    }

    /// <summary>Floating-point operations of one run.</summary>
    internal static double RunWork(int threads) => (double)ItemsPerThread * threads * Rounds * LanesPerRound * 2;

    private struct ChainKernel : IRangeKernel
    {
        private float _sink;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int start, int end, int worker)
        {
            for (int i = start; i < end; i++)
            {
                _sink = Vector512.IsHardwareAccelerated ? Chains512() : Vector256.IsHardwareAccelerated ? Chains256() : Chains128();
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
        private static float Chains512()
        {
            Vector512<float> a = Vector512.Create(0.5f);
            Vector512<float> b = Vector512.Create(1f);
            Vector512<float> c0 = b, c1 = b, c2 = b, c3 = b;
            Vector512<float> c4 = b, c5 = b, c6 = b, c7 = b;
            Vector512<float> c8 = b, c9 = b, c10 = b, c11 = b;
            Vector512<float> c12 = b, c13 = b, c14 = b, c15 = b;
            Vector512<float> c16 = b, c17 = b, c18 = b, c19 = b;
            for (int i = 0; i < Rounds; i++)
            {
                c0 = Vector512.FusedMultiplyAdd(c0, a, b);
                c1 = Vector512.FusedMultiplyAdd(c1, a, b);
                c2 = Vector512.FusedMultiplyAdd(c2, a, b);
                c3 = Vector512.FusedMultiplyAdd(c3, a, b);
                c4 = Vector512.FusedMultiplyAdd(c4, a, b);
                c5 = Vector512.FusedMultiplyAdd(c5, a, b);
                c6 = Vector512.FusedMultiplyAdd(c6, a, b);
                c7 = Vector512.FusedMultiplyAdd(c7, a, b);
                c8 = Vector512.FusedMultiplyAdd(c8, a, b);
                c9 = Vector512.FusedMultiplyAdd(c9, a, b);
                c10 = Vector512.FusedMultiplyAdd(c10, a, b);
                c11 = Vector512.FusedMultiplyAdd(c11, a, b);
                c12 = Vector512.FusedMultiplyAdd(c12, a, b);
                c13 = Vector512.FusedMultiplyAdd(c13, a, b);
                c14 = Vector512.FusedMultiplyAdd(c14, a, b);
                c15 = Vector512.FusedMultiplyAdd(c15, a, b);
                c16 = Vector512.FusedMultiplyAdd(c16, a, b);
                c17 = Vector512.FusedMultiplyAdd(c17, a, b);
                c18 = Vector512.FusedMultiplyAdd(c18, a, b);
                c19 = Vector512.FusedMultiplyAdd(c19, a, b);
            }

            return Lanes.Sum(c0 + c1 + c2 + c3 + c4 + c5 + c6 + c7 + c8 + c9
                + c10 + c11 + c12 + c13 + c14 + c15 + c16 + c17 + c18 + c19);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
        private static float Chains256()
        {
            Vector256<float> a = Vector256.Create(0.5f);
            Vector256<float> b = Vector256.Create(1f);
            Vector256<float> c0 = b, c1 = b, c2 = b, c3 = b;
            Vector256<float> c4 = b, c5 = b, c6 = b, c7 = b;
            Vector256<float> c8 = b, c9 = b;
            for (int i = 0; i < 4 * Rounds; i++)
            {
                c0 = Vector256.FusedMultiplyAdd(c0, a, b);
                c1 = Vector256.FusedMultiplyAdd(c1, a, b);
                c2 = Vector256.FusedMultiplyAdd(c2, a, b);
                c3 = Vector256.FusedMultiplyAdd(c3, a, b);
                c4 = Vector256.FusedMultiplyAdd(c4, a, b);
                c5 = Vector256.FusedMultiplyAdd(c5, a, b);
                c6 = Vector256.FusedMultiplyAdd(c6, a, b);
                c7 = Vector256.FusedMultiplyAdd(c7, a, b);
                c8 = Vector256.FusedMultiplyAdd(c8, a, b);
                c9 = Vector256.FusedMultiplyAdd(c9, a, b);
            }

            return Vector256.Sum(c0 + c1 + c2 + c3 + c4 + c5 + c6 + c7 + c8 + c9);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
        private static float Chains128()
        {
            Vector128<float> a = Vector128.Create(0.5f);
            Vector128<float> b = Vector128.Create(1f);
            Vector128<float> c0 = b, c1 = b, c2 = b, c3 = b;
            Vector128<float> c4 = b, c5 = b, c6 = b, c7 = b;
            Vector128<float> c8 = b, c9 = b, c10 = b, c11 = b;
            Vector128<float> c12 = b, c13 = b, c14 = b, c15 = b;
            Vector128<float> c16 = b, c17 = b, c18 = b, c19 = b;
            for (int i = 0; i < 4 * Rounds; i++)
            {
                c0 = Vector128.FusedMultiplyAdd(c0, a, b);
                c1 = Vector128.FusedMultiplyAdd(c1, a, b);
                c2 = Vector128.FusedMultiplyAdd(c2, a, b);
                c3 = Vector128.FusedMultiplyAdd(c3, a, b);
                c4 = Vector128.FusedMultiplyAdd(c4, a, b);
                c5 = Vector128.FusedMultiplyAdd(c5, a, b);
                c6 = Vector128.FusedMultiplyAdd(c6, a, b);
                c7 = Vector128.FusedMultiplyAdd(c7, a, b);
                c8 = Vector128.FusedMultiplyAdd(c8, a, b);
                c9 = Vector128.FusedMultiplyAdd(c9, a, b);
                c10 = Vector128.FusedMultiplyAdd(c10, a, b);
                c11 = Vector128.FusedMultiplyAdd(c11, a, b);
                c12 = Vector128.FusedMultiplyAdd(c12, a, b);
                c13 = Vector128.FusedMultiplyAdd(c13, a, b);
                c14 = Vector128.FusedMultiplyAdd(c14, a, b);
                c15 = Vector128.FusedMultiplyAdd(c15, a, b);
                c16 = Vector128.FusedMultiplyAdd(c16, a, b);
                c17 = Vector128.FusedMultiplyAdd(c17, a, b);
                c18 = Vector128.FusedMultiplyAdd(c18, a, b);
                c19 = Vector128.FusedMultiplyAdd(c19, a, b);
            }

            return Vector128.Sum(c0 + c1 + c2 + c3 + c4 + c5 + c6 + c7 + c8 + c9
                + c10 + c11 + c12 + c13 + c14 + c15 + c16 + c17 + c18 + c19);
        }
    }
}
