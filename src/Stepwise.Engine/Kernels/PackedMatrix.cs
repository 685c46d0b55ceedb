using Stepwise.Engine.Memory;

namespace Stepwise.Engine.Kernels;

/// <summary>
/// The right operand of a product, [K, N], stored for the tiles: panels of 32 columns, each with its 32 values of one k together; the
/// last panel is filled up with zero columns. Weights change once per training step and are read many times: they are packed once.
/// </summary>
internal sealed unsafe class PackedMatrix : IDisposable
{
    private readonly NativeBuffer<float> _buffer;

    /// <summary>Allocates the operand.</summary>
    /// <param name="k">Rows K: the length of the inner products; at least 1.</param>
    /// <param name="n">Columns N: the width of the result; at least 1.</param>
    public PackedMatrix(int k, int n)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(n, 1);
        K = k;
        N = n;
        _buffer = new NativeBuffer<float>(Floats(k, n));
    }

    /// <summary>Rows: the length of the inner products.</summary>
    public int K { get; }

    /// <summary>Columns: the width of the result.</summary>
    public int N { get; }

    /// <summary>Number of panels.</summary>
    public int Panels => Packing.Panels(N);

    /// <summary>[Panels, K, 32].</summary>
    public float* Pointer => _buffer.Pointer;

    /// <summary>Floats that an operand takes.</summary>
    /// <param name="k">Rows K.</param>
    /// <param name="n">Columns N.</param>
    public static long Floats(int k, int n) => (long)Packing.Panels(n) * Packing.PanelColumns * k;

    /// <summary>Packs a linear layer's weight for its forward pass y = x · Wᵀ.</summary>
    /// <param name="workers">The threads.</param>
    /// <param name="weight">[N, K]: outputs by inputs.</param>
    /// <param name="ld">Floats from row to row, at least K.</param>
    public void PackTransposed(Workers workers, float* weight, int ld)
    {
        PackKernel kernel = new() { Source = weight, Ld = ld, Destination = Pointer, K = K, N = N, Transposed = true };
        workers.For(ref kernel, Panels, 1);
    }

    /// <summary>Packs a matrix as it is, for example a linear layer's weight for its backward pass dx = dy · W.</summary>
    /// <param name="workers">The threads.</param>
    /// <param name="matrix">[K, N].</param>
    /// <param name="ld">Floats from row to row, at least N.</param>
    public void Pack(Workers workers, float* matrix, int ld)
    {
        PackKernel kernel = new() { Source = matrix, Ld = ld, Destination = Pointer, K = K, N = N };
        workers.For(ref kernel, Panels, 1);
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose() => _buffer.Dispose();

    internal struct PackKernel : IRangeKernel
    {
        public float* Source;
        public nint Ld;
        public float* Destination;
        public int K;
        public int N;
        public bool Transposed;

        public readonly void Run(int start, int end, int worker)
        {
            for (int panel = start; panel < end; panel++)
            {
                int column = panel * Packing.PanelColumns;
                int columns = Math.Min(Packing.PanelColumns, N - column);
                float* destination = Destination + ((nint)column * K);
                if (Transposed)
                {
                    Packing.TransposePanel(Source + (column * Ld), Ld, columns, K, destination);
                }
                else
                {
                    Packing.CopyPanel(Source + column, Ld, K, columns, destination);
                }
            }
        }
    }
}
