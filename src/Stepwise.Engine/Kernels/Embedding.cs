using System.Runtime.CompilerServices;

namespace Stepwise.Engine.Kernels;

/// <summary>The token embedding: rows of a table.</summary>
internal static unsafe class Embedding
{
    private const int GrainElements = 16384;
    private const int ChunkColumns = 64;

    /// <summary>y[r] = table[tokens[r]].</summary>
    /// <param name="workers">The threads.</param>
    /// <param name="table">[vocabulary, width].</param>
    /// <param name="tokens">[rows], each in [0, vocabulary); the caller checks.</param>
    /// <param name="y">[rows, width].</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="width">Length of a row.</param>
    public static void Forward(Workers workers, float* table, int* tokens, float* y, int rows, int width)
    {
        GatherKernel kernel = new() { Table = table, Tokens = tokens, Y = y, Width = width };
        workers.For(ref kernel, rows, Math.Max(1, GrainElements / width));
    }

    /// <summary>dtable[tokens[r]] += dy[r], r in ascending order.</summary>
    /// <param name="workers">The threads.</param>
    /// <param name="dy">[rows, width].</param>
    /// <param name="tokens">[rows], each in [0, vocabulary); the caller checks.</param>
    /// <param name="dtable">[vocabulary, width].</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="width">Length of a row.</param>
    public static void Backward(Workers workers, float* dy, int* tokens, float* dtable, int rows, int width)
    {
        ScatterKernel kernel = new() { Dy = dy, Tokens = tokens, Dtable = dtable, Rows = rows, Width = width };
        int chunks = (width + ChunkColumns - 1) / ChunkColumns;
        workers.For(ref kernel, chunks, (long)rows * width < GrainElements ? chunks : 1);
    }

    private struct GatherKernel : IRangeKernel
    {
        public float* Table;
        public int* Tokens;
        public float* Y;
        public int Width;

        public readonly void Run(int start, int end, int worker)
        {
            for (int row = start; row < end; row++)
            {
                Unsafe.CopyBlockUnaligned(
                    Y + ((nint)row * Width), Table + ((nint)Tokens[row] * Width), (uint)Width * sizeof(float));
            }
        }
    }

    /// <summary>Items are chunks of columns, so that each element's sum keeps the order of the rows.</summary>
    private struct ScatterKernel : IRangeKernel
    {
        public float* Dy;
        public int* Tokens;
        public float* Dtable;
        public int Rows;
        public int Width;

        public readonly void Run(int start, int end, int worker)
        {
            int column = start * ChunkColumns;
            int columns = Math.Min(end * ChunkColumns, Width) - column;
            for (int row = 0; row < Rows; row++)
            {
                float* to = Dtable + ((nint)Tokens[row] * Width) + column;
                Elementwise.AddSpan(to, Dy + ((nint)row * Width) + column, columns);
            }
        }
    }
}
