using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Stepwise.Engine.Kernels;

/// <summary>Additions and scaling over dense blocks and rows.</summary>
internal static unsafe class Elementwise
{
    private const int BlockElements = 16384;

    /// <summary>y += x.</summary>
    /// <param name="workers">The threads.</param>
    /// <param name="y">[count].</param>
    /// <param name="x">[count]; is y or does not overlap it.</param>
    /// <param name="count">Number of elements.</param>
    public static void Add(Workers workers, float* y, float* x, long count)
    {
        AddKernel kernel = new() { Y = y, X = x, Count = count };
        workers.For(ref kernel, checked((int)((count + BlockElements - 1) / BlockElements)), 1);
    }

    /// <summary>x *= scale.</summary>
    /// <param name="workers">The threads.</param>
    /// <param name="x">[count].</param>
    /// <param name="scale">The factor.</param>
    /// <param name="count">Number of elements.</param>
    public static void Scale(Workers workers, float* x, float scale, long count)
    {
        ScaleKernel kernel = new() { X = x, Scale = scale, Count = count };
        workers.For(ref kernel, checked((int)((count + BlockElements - 1) / BlockElements)), 1);
    }

    /// <summary>Adds one bias vector to every row: y[r] += bias.</summary>
    /// <param name="workers">The threads.</param>
    /// <param name="y">[rows, width].</param>
    /// <param name="ldy">Floats from row to row.</param>
    /// <param name="bias">[width].</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="width">Length of a row.</param>
    public static void AddBias(Workers workers, float* y, int ldy, float* bias, int rows, int width)
    {
        BiasKernel kernel = new() { Y = y, Ldy = ldy, Bias = bias, Width = width };
        workers.For(ref kernel, rows, Math.Max(1, BlockElements / width));
    }

    /// <summary>The gradient of a bias: dbias += Σ_rows dy, rows in ascending order.</summary>
    /// <param name="workers">The threads.</param>
    /// <param name="dy">[rows, width].</param>
    /// <param name="lddy">Floats from row to row.</param>
    /// <param name="dbias">[width].</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="width">Length of a row.</param>
    public static void AccumulateBias(Workers workers, float* dy, int lddy, float* dbias, int rows, int width)
    {
        BiasGradientKernel kernel = new() { Dy = dy, Lddy = lddy, Dbias = dbias, Rows = rows, Width = width };
        int chunks = (width + BiasGradientKernel.Columns - 1) / BiasGradientKernel.Columns;
        workers.For(ref kernel, chunks, (long)rows * width < BlockElements ? chunks : 1);
    }

    /// <summary>y += x on the calling thread.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void AddSpan(float* y, float* x, int count)
    {
        int i = 0;
        for (; i <= count - Lanes.Count; i += Lanes.Count)
        {
            (Vector512.Load(y + i) + Vector512.Load(x + i)).Store(y + i);
        }

        for (; i < count; i++)
        {
            y[i] += x[i];
        }
    }

    /// <summary>y += a x on the calling thread.</summary>
    internal static void AddScaled(float* y, float* x, float a, int count)
    {
        Vector512<float> factor = Vector512.Create(a);
        int i = 0;
        for (; i <= count - Lanes.Count; i += Lanes.Count)
        {
            Vector512.FusedMultiplyAdd(factor, Vector512.Load(x + i), Vector512.Load(y + i)).Store(y + i);
        }

        for (; i < count; i++)
        {
            y[i] = MathF.FusedMultiplyAdd(a, x[i], y[i]);
        }
    }

    private struct AddKernel : IRangeKernel
    {
        public float* Y;
        public float* X;
        public long Count;

        public readonly void Run(int start, int end, int worker)
        {
            for (int block = start; block < end; block++)
            {
                long at = (long)block * BlockElements;
                AddSpan(Y + at, X + at, (int)Math.Min(BlockElements, Count - at));
            }
        }
    }

    private struct ScaleKernel : IRangeKernel
    {
        public float* X;
        public float Scale;
        public long Count;

        public readonly void Run(int start, int end, int worker)
        {
            Vector512<float> scale = Vector512.Create(Scale);
            long i = (long)start * BlockElements, last = Math.Min((long)end * BlockElements, Count);
            for (; i <= last - Lanes.Count; i += Lanes.Count)
            {
                (Vector512.Load(X + i) * scale).Store(X + i);
            }

            for (; i < last; i++)
            {
                X[i] *= Scale;
            }
        }
    }

    private struct BiasKernel : IRangeKernel
    {
        public float* Y;
        public nint Ldy;
        public float* Bias;
        public int Width;

        public readonly void Run(int start, int end, int worker)
        {
            for (int row = start; row < end; row++)
            {
                AddSpan(Y + (row * Ldy), Bias, Width);
            }
        }
    }

    /// <summary>Items are chunks of columns, so that each column's sum keeps the order of the rows.</summary>
    private struct BiasGradientKernel : IRangeKernel
    {
        public const int Columns = 64;
        public float* Dy;
        public nint Lddy;
        public float* Dbias;
        public int Rows;
        public int Width;

        public readonly void Run(int start, int end, int worker)
        {
            int column = start * Columns;
            int columns = Math.Min(end * Columns, Width) - column;
            for (int row = 0; row < Rows; row++)
            {
                AddSpan(Dbias + column, Dy + (row * Lddy) + column, columns);
            }
        }
    }
}
