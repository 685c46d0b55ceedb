namespace Stepwise.Engine.Kernels;

/// <summary>
/// The innermost product of matrices: a few rows by 32 columns held in registers. Every element is one chain of fused multiply-adds over
/// ascending k, so that all implementations give the same bits.
/// </summary>
internal unsafe interface ITile
{
    /// <summary>The most rows one tile has.</summary>
    static abstract int MaxRows { get; }

    /// <summary>How many of the remaining rows the next tile takes.</summary>
    /// <param name="remaining">At least 1.</param>
    static abstract int Rows(int remaining);

    /// <summary>c[rows, 32] = or += a · b.</summary>
    /// <param name="rows">What <see cref="Rows"/> gave.</param>
    /// <param name="a">[k, rows], dense: the rows' values of one k lie together.</param>
    /// <param name="b">[k, 32] with <paramref name="ldb"/> floats from one k to the next.</param>
    /// <param name="ldb">Stride of b.</param>
    /// <param name="c">[rows, 32] with <paramref name="ldc"/> floats from row to row; overlaps neither a nor b.</param>
    /// <param name="ldc">Stride of c.</param>
    /// <param name="k">Length of the chains, at least 0.</param>
    /// <param name="accumulate">Whether the chains go on from what c holds, or start from 0.</param>
    static abstract void Run(int rows, float* a, float* b, nint ldb, float* c, nint ldc, int k, bool accumulate);
}
