using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Stepwise.Engine.Kernels;

/// <summary>What is done to two flat blocks of a length at once; cut into blocks of fixed size so that the bits do not depend on the threads.</summary>
internal static unsafe class FlatBlocks
{
    /// <summary>Σ xy, in double precision.</summary>
    /// <param name="workers">The threads; their shared scratch memory is used.</param>
    /// <param name="x">[count].</param>
    /// <param name="y">[count].</param>
    /// <param name="count">Number of elements.</param>
    public static double Dot(Workers workers, float* x, float* y, long count)
    {
        int blocks = Norm2.Blocks(count);
        double* partial = (double*)workers.SharedScratch(2L * blocks);
        DotKernel kernel = new() { X = x, Y = y, Count = count, Partial = partial };
        workers.For(ref kernel, blocks, 1);
        return Norm2.Total(partial, blocks);
    }

    /// <summary>x ← decay · x + (1 − decay) · y.</summary>
    /// <param name="workers">The threads.</param>
    /// <param name="x">[count].</param>
    /// <param name="y">[count].</param>
    /// <param name="decay">In [0, 1].</param>
    /// <param name="count">Number of elements.</param>
    public static void Blend(Workers workers, float* x, float* y, double decay, long count)
    {
        BlendKernel kernel = new() { X = x, Y = y, Count = count, Old = (float)decay, New = (float)(1 - decay) };
        workers.For(ref kernel, Norm2.Blocks(count), 1);
    }

    /// <summary>y ← x as it was, x ← x + multiple · y as it was.</summary>
    /// <param name="workers">The threads.</param>
    /// <param name="x">[count].</param>
    /// <param name="y">[count]; does not overlap x.</param>
    /// <param name="multiple">The factor; with 0 x stays as it is, bit for bit.</param>
    /// <param name="count">Number of elements.</param>
    public static void AddAndRemember(Workers workers, float* x, float* y, float multiple, long count)
    {
        RememberKernel kernel = new() { X = x, Y = y, Count = count, Multiple = multiple };
        workers.For(ref kernel, Norm2.Blocks(count), 1);
    }

    /// <summary>x ← y and y ← x.</summary>
    /// <param name="workers">The threads.</param>
    /// <param name="x">[count].</param>
    /// <param name="y">[count]; does not overlap x.</param>
    /// <param name="count">Number of elements.</param>
    public static void Swap(Workers workers, float* x, float* y, long count)
    {
        SwapKernel kernel = new() { X = x, Y = y, Count = count };
        workers.For(ref kernel, Norm2.Blocks(count), 1);
    }

    /// <summary>The elements of a block of the range.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (nint Start, int Count) Elements(int block, long count)
    {
        nint start = (nint)block * Norm2.BlockElements;
        return (start, (int)Math.Min(Norm2.BlockElements, count - start));
    }

    private struct DotKernel : IRangeKernel
    {
        public float* X;
        public float* Y;
        public long Count;
        public double* Partial;

        public readonly void Run(int start, int end, int worker)
        {
            for (int block = start; block < end; block++)
            {
                (nint first, int count) = Elements(block, Count);
                float* x = X + first, y = Y + first;
                Vector512<double> low = default;
                Vector512<double> high = default;
                int i = 0;
                for (; i <= count - Lanes.Count; i += Lanes.Count)
                {
                    AddProducts(Vector512.Load(x + i), Vector512.Load(y + i), ref low, ref high);
                }

                if (i < count)
                {
                    AddProducts(Lanes.LoadTail(x + i, count - i), Lanes.LoadTail(y + i, count - i), ref low, ref high);
                }

                Partial[block] = Norm2.Sum(low + high);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void AddProducts(Vector512<float> x, Vector512<float> y, ref Vector512<double> low, ref Vector512<double> high)
        {
            (Vector512<double> a, Vector512<double> b) = Vector512.Widen(x);
            (Vector512<double> c, Vector512<double> d) = Vector512.Widen(y);
            low = Vector512.FusedMultiplyAdd(a, c, low);
            high = Vector512.FusedMultiplyAdd(b, d, high);
        }
    }

    private struct BlendKernel : IRangeKernel
    {
        public float* X;
        public float* Y;
        public long Count;
        public float Old;
        public float New;

        public readonly void Run(int start, int end, int worker)
        {
            for (int block = start; block < end; block++)
            {
                (nint first, int count) = Elements(block, Count);
                for (nint i = first; i < first + count; i++)
                {
                    X[i] = MathF.FusedMultiplyAdd(Old, X[i], New * Y[i]);
                }
            }
        }
    }

    private struct RememberKernel : IRangeKernel
    {
        public float* X;
        public float* Y;
        public long Count;
        public float Multiple;

        public readonly void Run(int start, int end, int worker)
        {
            for (int block = start; block < end; block++)
            {
                (nint first, int count) = Elements(block, Count);
                for (nint i = first; i < first + count; i++)
                {
                    float held = X[i];
                    X[i] = Multiple == 0 ? held : MathF.FusedMultiplyAdd(Multiple, Y[i], held);
                    Y[i] = held;
                }
            }
        }
    }

    private struct SwapKernel : IRangeKernel
    {
        public float* X;
        public float* Y;
        public long Count;

        public readonly void Run(int start, int end, int worker)
        {
            for (int block = start; block < end; block++)
            {
                (nint first, int count) = Elements(block, Count);
                for (nint i = first; i < first + count; i++)
                {
                    (X[i], Y[i]) = (Y[i], X[i]);
                }
            }
        }
    }
}
