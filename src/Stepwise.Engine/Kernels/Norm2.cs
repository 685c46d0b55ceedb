using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Stepwise.Engine.Kernels;

/// <summary>Sums over a flat block in double precision, cut into blocks of fixed size so that the bits do not depend on the threads.</summary>
internal static unsafe class Norm2
{
    /// <summary>Elements per partial sum.</summary>
    internal const int BlockElements = 16384;

    /// <summary>Σ x². Infinite or NaN where the block holds such a value.</summary>
    /// <param name="workers">The threads; their shared scratch memory is used.</param>
    /// <param name="x">[count].</param>
    /// <param name="count">Number of elements.</param>
    public static double SumOfSquares(Workers workers, float* x, long count)
    {
        int blocks = Blocks(count);
        double* partial = (double*)workers.SharedScratch(2L * blocks);
        SquareKernel kernel = new() { X = x, Count = count, Partial = partial };
        workers.For(ref kernel, blocks, 1);
        return Total(partial, blocks);
    }

    /// <summary>The number of partial sums for <paramref name="count"/> elements.</summary>
    internal static int Blocks(long count) => checked((int)((count + BlockElements - 1) / BlockElements));

    /// <summary>Adds partial sums in order.</summary>
    internal static double Total(double* partial, int count)
    {
        double sum = 0;
        for (int i = 0; i < count; i++)
        {
            sum += partial[i];
        }

        return sum;
    }

    /// <summary>Adds the squares of 16 lanes to two sums of 8 lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void AddSquares(Vector512<float> value, ref Vector512<double> low, ref Vector512<double> high)
    {
        (Vector512<double> a, Vector512<double> b) = Vector512.Widen(value);
        low = Vector512.FusedMultiplyAdd(a, a, low);
        high = Vector512.FusedMultiplyAdd(b, b, high);
    }

    /// <summary>The sum of eight lanes by a fixed tree.</summary>
    internal static double Sum(Vector512<double> value)
    {
        Vector256<double> four = value.GetLower() + value.GetUpper();
        return (four[0] + four[2]) + (four[1] + four[3]);
    }

    private struct SquareKernel : IRangeKernel
    {
        public float* X;
        public long Count;
        public double* Partial;

        public readonly void Run(int start, int end, int worker)
        {
            for (int block = start; block < end; block++)
            {
                float* x = X + ((nint)block * BlockElements);
                int count = (int)Math.Min(BlockElements, Count - ((long)block * BlockElements));
                Vector512<double> low = default;
                Vector512<double> high = default;
                int i = 0;
                for (; i <= count - Lanes.Count; i += Lanes.Count)
                {
                    AddSquares(Vector512.Load(x + i), ref low, ref high);
                }

                if (i < count)
                {
                    AddSquares(Lanes.LoadTail(x + i, count - i), ref low, ref high);
                }

                Partial[block] = Sum(low + high);
            }
        }
    }
}
