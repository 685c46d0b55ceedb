using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Stepwise.Engine.Memory;

namespace Stepwise.Engine.Kernels;

/// <summary>
/// The right operand of a product, [K, N], stored for the tiles: panels of 32 columns, each with its 32 values of one k together; the
/// last panel is filled up with zero columns. Weights change once per training step and are read many times: they are packed once.
/// </summary>
/// <remarks>
/// Weights that never change may be stored as BF16 and widened piece by piece as they are read: half the memory, and the same result as
/// from fp32 weights that BF16 represents. Columns c and c + 16 then share 32 bits, c the lower half, so that a shift and a mask widen them.
/// </remarks>
internal sealed unsafe class PackedMatrix : IDisposable
{
    private readonly NativeBuffer<float>? _buffer;
    private readonly NativeBuffer<ushort>? _narrow;

    /// <summary>Allocates the operand.</summary>
    /// <param name="k">Rows K: the length of the inner products; at least 1.</param>
    /// <param name="n">Columns N: the width of the result; at least 1.</param>
    /// <param name="narrow">Whether it is stored as BF16.</param>
    public PackedMatrix(int k, int n, bool narrow = false)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(n, 1);
        K = k;
        N = n;
        if (narrow)
        {
            _narrow = new NativeBuffer<ushort>(Elements(k, n));
        }
        else
        {
            _buffer = new NativeBuffer<float>(Elements(k, n));
        }
    }

    /// <summary>Rows: the length of the inner products.</summary>
    public int K { get; }

    /// <summary>Columns: the width of the result.</summary>
    public int N { get; }

    /// <summary>Number of panels.</summary>
    public int Panels => Packing.Panels(N);

    /// <summary>[Panels, K, 32]; null where it is stored as BF16.</summary>
    public float* Pointer => _buffer is null ? null : _buffer.Pointer;

    /// <summary>[Panels, K, 16] of two BF16 each; null where it is stored as fp32.</summary>
    public ushort* Narrow => _narrow is null ? null : _narrow.Pointer;

    /// <summary>Elements that an operand has, with the columns that fill its last panel up.</summary>
    /// <param name="k">Rows K.</param>
    /// <param name="n">Columns N.</param>
    public static long Elements(int k, int n) => (long)Packing.Panels(n) * Packing.PanelColumns * k;

    /// <summary>Packs a linear layer's weight for its forward pass y = x · Wᵀ.</summary>
    /// <param name="workers">The threads.</param>
    /// <param name="weight">[N, K]: outputs by inputs.</param>
    /// <param name="ld">Floats from row to row, at least K.</param>
    public void PackTransposed(Workers workers, float* weight, int ld)
    {
        PackKernel kernel = new()
        {
            Source = weight, Ld = ld, Destination = Pointer, Narrow = Narrow, Workers = workers, K = K, N = N, Transposed = true,
        };
        workers.For(ref kernel, Panels, 1);
    }

    /// <summary>Packs a matrix as it is, for example a linear layer's weight for its backward pass dx = dy · W.</summary>
    /// <param name="workers">The threads.</param>
    /// <param name="matrix">[K, N].</param>
    /// <param name="ld">Floats from row to row, at least N.</param>
    public void Pack(Workers workers, float* matrix, int ld)
    {
        PackKernel kernel = new()
        {
            Source = matrix, Ld = ld, Destination = Pointer, Narrow = Narrow, Workers = workers, K = K, N = N,
        };
        workers.For(ref kernel, Panels, 1);
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        _buffer?.Dispose();
        _narrow?.Dispose();
    }

    /// <summary>Widens rows of a panel.</summary>
    /// <param name="narrow">[rows, 16] of two BF16 each.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="wide">[rows, 32].</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Widen(ushort* narrow, int rows, float* wide)
    {
        for (int i = 0; i < rows; i++, narrow += Packing.PanelColumns, wide += Packing.PanelColumns)
        {
            Prefetch.LineAhead(narrow);
            Vector512<uint> pairs = Vector512.Load((uint*)narrow);
            Lower(pairs).Store(wide);
            Upper(pairs).Store(wide + Lanes.Count);
        }
    }

    /// <summary>
    /// One row by a panel, widened as it is read: c[32] = a · b, one chain of fused multiply-adds over ascending k as in every tile.
    /// </summary>
    /// <param name="a">[k].</param>
    /// <param name="b">[k, 16] of two BF16 each.</param>
    /// <param name="c">[32].</param>
    /// <param name="k">Length of the chains.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void MultiplyRow(float* a, ushort* b, float* c, int k)
    {
        Vector512<float> left = default, right = default;
        for (; k > 0; k--, a++, b += Packing.PanelColumns)
        {
            Prefetch.LineAhead(b);
            Vector512<uint> pairs = Vector512.Load((uint*)b);
            Vector512<float> factor = Vector512.Create(*a);
            left = Vector512.FusedMultiplyAdd(factor, Lower(pairs), left);
            right = Vector512.FusedMultiplyAdd(factor, Upper(pairs), right);
        }

        left.Store(c);
        right.Store(c + Lanes.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Lower(Vector512<uint> pairs) => (pairs << 16).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Upper(Vector512<uint> pairs) => (pairs & Vector512.Create(0xFFFF0000)).AsSingle();

    /// <summary>Stores a panel [rows, 32] as pairs of BF16.</summary>
    private static void NarrowPanel(float* panel, int rows, ushort* narrow)
    {
        for (int k = 0; k < rows; k++, panel += Packing.PanelColumns, narrow += Packing.PanelColumns)
        {
            for (int c = 0; c < Lanes.Count; c++)
            {
                narrow[2 * c] = BFloat16.Round(panel[c]);
                narrow[(2 * c) + 1] = BFloat16.Round(panel[c + Lanes.Count]);
            }
        }
    }

    internal struct PackKernel : IRangeKernel
    {
        public float* Source;
        public nint Ld;
        public float* Destination;
        public ushort* Narrow;
        public Workers Workers;
        public int K;
        public int N;
        public bool Transposed;

        public readonly void Run(int start, int end, int worker)
        {
            for (int panel = start; panel < end; panel++)
            {
                int column = panel * Packing.PanelColumns;
                int columns = Math.Min(Packing.PanelColumns, N - column);
                int elements = K * Packing.PanelColumns;
                float* destination = Narrow == null ? Destination + ((nint)column * K) : Workers.Scratch(worker, elements);
                if (Transposed)
                {
                    Packing.TransposePanel(Source + (column * Ld), Ld, columns, K, destination);
                }
                else
                {
                    Packing.CopyPanel(Source + column, Ld, K, columns, destination);
                }

                if (Narrow != null)
                {
                    NarrowPanel(destination, K, Narrow + ((nint)column * K));
                }
            }
        }
    }
}
