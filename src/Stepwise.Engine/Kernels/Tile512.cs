using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Stepwise.Engine.Kernels;

/// <summary>Tiles of 14 rows and fewer on 512-bit registers: 28 accumulators of the 32 registers.</summary>
/// <remarks>
/// Why 14: one k loads 2 vectors of b and broadcasts 14 numbers of a for 28 multiply-adds, so with two multiply-add units the loads, at most
/// two a cycle, never limit; the accumulators, the two of b and one broadcast fill 31 registers, and 28 chains hide a latency of 4 cycles
/// on two units (8 would). 8, 4, 3, 2 and 1 serve what is left of a block of rows, and one query's few heads in attention; 3 is the number
/// of heads that share keys in many small models. Written out by hand: accumulators in an array or in nested structs do not stay in
/// registers. Every width and row count runs the same multiply-adds in the same order, so all give the same bits.
/// </remarks>
internal readonly unsafe struct Tile512 : ITile
{
    /// <summary>Rows of the largest tile.</summary>
    public const int FullRows = 14;

    /// <inheritdoc/>
    public static int MaxRows => FullRows;

    /// <inheritdoc/>
    public static int Rows(int remaining) => remaining switch
    {
        >= 14 => 14,
        >= 8 => 8,
        >= 4 => 4,
        _ => remaining,
    };

    /// <inheritdoc/>
    public static void Run(int rows, float* a, float* b, nint ldb, float* c, nint ldc, int k, bool accumulate)
    {
        switch (rows)
        {
            case 14:
                Run14(a, b, ldb, c, ldc, k, accumulate);
                break;
            case 8:
                Run8(a, b, ldb, c, ldc, k, accumulate);
                break;
            case 4:
                Run4(a, b, ldb, c, ldc, k, accumulate);
                break;
            case 3:
                Run3(a, b, ldb, c, ldc, k, accumulate);
                break;
            case 2:
                Run2(a, b, ldb, c, ldc, k, accumulate);
                break;
            default:
                Run1(a, b, ldb, c, ldc, k, accumulate);
                break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run14(float* a, float* b, nint ldb, float* c, nint ldc, int k, bool accumulate)
    {
        Vector512<float> c0x = default, c0y = default;
        Vector512<float> c1x = default, c1y = default;
        Vector512<float> c2x = default, c2y = default;
        Vector512<float> c3x = default, c3y = default;
        Vector512<float> c4x = default, c4y = default;
        Vector512<float> c5x = default, c5y = default;
        Vector512<float> c6x = default, c6y = default;
        Vector512<float> c7x = default, c7y = default;
        Vector512<float> c8x = default, c8y = default;
        Vector512<float> c9x = default, c9y = default;
        Vector512<float> c10x = default, c10y = default;
        Vector512<float> c11x = default, c11y = default;
        Vector512<float> c12x = default, c12y = default;
        Vector512<float> c13x = default, c13y = default;
        if (accumulate)
        {
            c0x = Vector512.Load(c);
            c0y = Vector512.Load(c + 16);
            c1x = Vector512.Load(c + ldc);
            c1y = Vector512.Load(c + ldc + 16);
            c2x = Vector512.Load(c + (2 * ldc));
            c2y = Vector512.Load(c + (2 * ldc) + 16);
            c3x = Vector512.Load(c + (3 * ldc));
            c3y = Vector512.Load(c + (3 * ldc) + 16);
            c4x = Vector512.Load(c + (4 * ldc));
            c4y = Vector512.Load(c + (4 * ldc) + 16);
            c5x = Vector512.Load(c + (5 * ldc));
            c5y = Vector512.Load(c + (5 * ldc) + 16);
            c6x = Vector512.Load(c + (6 * ldc));
            c6y = Vector512.Load(c + (6 * ldc) + 16);
            c7x = Vector512.Load(c + (7 * ldc));
            c7y = Vector512.Load(c + (7 * ldc) + 16);
            c8x = Vector512.Load(c + (8 * ldc));
            c8y = Vector512.Load(c + (8 * ldc) + 16);
            c9x = Vector512.Load(c + (9 * ldc));
            c9y = Vector512.Load(c + (9 * ldc) + 16);
            c10x = Vector512.Load(c + (10 * ldc));
            c10y = Vector512.Load(c + (10 * ldc) + 16);
            c11x = Vector512.Load(c + (11 * ldc));
            c11y = Vector512.Load(c + (11 * ldc) + 16);
            c12x = Vector512.Load(c + (12 * ldc));
            c12y = Vector512.Load(c + (12 * ldc) + 16);
            c13x = Vector512.Load(c + (13 * ldc));
            c13y = Vector512.Load(c + (13 * ldc) + 16);
        }

        for (; k > 0; k--)
        {
            Prefetch.Ahead(b);
            Vector512<float> bx = Vector512.Load(b);
            Vector512<float> by = Vector512.Load(b + 16);
            Vector512<float> a0 = Vector512.Create(a[0]);
            c0x = Vector512.FusedMultiplyAdd(a0, bx, c0x);
            c0y = Vector512.FusedMultiplyAdd(a0, by, c0y);
            Vector512<float> a1 = Vector512.Create(a[1]);
            c1x = Vector512.FusedMultiplyAdd(a1, bx, c1x);
            c1y = Vector512.FusedMultiplyAdd(a1, by, c1y);
            Vector512<float> a2 = Vector512.Create(a[2]);
            c2x = Vector512.FusedMultiplyAdd(a2, bx, c2x);
            c2y = Vector512.FusedMultiplyAdd(a2, by, c2y);
            Vector512<float> a3 = Vector512.Create(a[3]);
            c3x = Vector512.FusedMultiplyAdd(a3, bx, c3x);
            c3y = Vector512.FusedMultiplyAdd(a3, by, c3y);
            Vector512<float> a4 = Vector512.Create(a[4]);
            c4x = Vector512.FusedMultiplyAdd(a4, bx, c4x);
            c4y = Vector512.FusedMultiplyAdd(a4, by, c4y);
            Vector512<float> a5 = Vector512.Create(a[5]);
            c5x = Vector512.FusedMultiplyAdd(a5, bx, c5x);
            c5y = Vector512.FusedMultiplyAdd(a5, by, c5y);
            Vector512<float> a6 = Vector512.Create(a[6]);
            c6x = Vector512.FusedMultiplyAdd(a6, bx, c6x);
            c6y = Vector512.FusedMultiplyAdd(a6, by, c6y);
            Vector512<float> a7 = Vector512.Create(a[7]);
            c7x = Vector512.FusedMultiplyAdd(a7, bx, c7x);
            c7y = Vector512.FusedMultiplyAdd(a7, by, c7y);
            Vector512<float> a8 = Vector512.Create(a[8]);
            c8x = Vector512.FusedMultiplyAdd(a8, bx, c8x);
            c8y = Vector512.FusedMultiplyAdd(a8, by, c8y);
            Vector512<float> a9 = Vector512.Create(a[9]);
            c9x = Vector512.FusedMultiplyAdd(a9, bx, c9x);
            c9y = Vector512.FusedMultiplyAdd(a9, by, c9y);
            Vector512<float> a10 = Vector512.Create(a[10]);
            c10x = Vector512.FusedMultiplyAdd(a10, bx, c10x);
            c10y = Vector512.FusedMultiplyAdd(a10, by, c10y);
            Vector512<float> a11 = Vector512.Create(a[11]);
            c11x = Vector512.FusedMultiplyAdd(a11, bx, c11x);
            c11y = Vector512.FusedMultiplyAdd(a11, by, c11y);
            Vector512<float> a12 = Vector512.Create(a[12]);
            c12x = Vector512.FusedMultiplyAdd(a12, bx, c12x);
            c12y = Vector512.FusedMultiplyAdd(a12, by, c12y);
            Vector512<float> a13 = Vector512.Create(a[13]);
            c13x = Vector512.FusedMultiplyAdd(a13, bx, c13x);
            c13y = Vector512.FusedMultiplyAdd(a13, by, c13y);
            a += 14;
            b += ldb;
        }

        c0x.Store(c);
        c0y.Store(c + 16);
        c1x.Store(c + ldc);
        c1y.Store(c + ldc + 16);
        c2x.Store(c + (2 * ldc));
        c2y.Store(c + (2 * ldc) + 16);
        c3x.Store(c + (3 * ldc));
        c3y.Store(c + (3 * ldc) + 16);
        c4x.Store(c + (4 * ldc));
        c4y.Store(c + (4 * ldc) + 16);
        c5x.Store(c + (5 * ldc));
        c5y.Store(c + (5 * ldc) + 16);
        c6x.Store(c + (6 * ldc));
        c6y.Store(c + (6 * ldc) + 16);
        c7x.Store(c + (7 * ldc));
        c7y.Store(c + (7 * ldc) + 16);
        c8x.Store(c + (8 * ldc));
        c8y.Store(c + (8 * ldc) + 16);
        c9x.Store(c + (9 * ldc));
        c9y.Store(c + (9 * ldc) + 16);
        c10x.Store(c + (10 * ldc));
        c10y.Store(c + (10 * ldc) + 16);
        c11x.Store(c + (11 * ldc));
        c11y.Store(c + (11 * ldc) + 16);
        c12x.Store(c + (12 * ldc));
        c12y.Store(c + (12 * ldc) + 16);
        c13x.Store(c + (13 * ldc));
        c13y.Store(c + (13 * ldc) + 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run8(float* a, float* b, nint ldb, float* c, nint ldc, int k, bool accumulate)
    {
        Vector512<float> c0x = default, c0y = default;
        Vector512<float> c1x = default, c1y = default;
        Vector512<float> c2x = default, c2y = default;
        Vector512<float> c3x = default, c3y = default;
        Vector512<float> c4x = default, c4y = default;
        Vector512<float> c5x = default, c5y = default;
        Vector512<float> c6x = default, c6y = default;
        Vector512<float> c7x = default, c7y = default;
        if (accumulate)
        {
            c0x = Vector512.Load(c);
            c0y = Vector512.Load(c + 16);
            c1x = Vector512.Load(c + ldc);
            c1y = Vector512.Load(c + ldc + 16);
            c2x = Vector512.Load(c + (2 * ldc));
            c2y = Vector512.Load(c + (2 * ldc) + 16);
            c3x = Vector512.Load(c + (3 * ldc));
            c3y = Vector512.Load(c + (3 * ldc) + 16);
            c4x = Vector512.Load(c + (4 * ldc));
            c4y = Vector512.Load(c + (4 * ldc) + 16);
            c5x = Vector512.Load(c + (5 * ldc));
            c5y = Vector512.Load(c + (5 * ldc) + 16);
            c6x = Vector512.Load(c + (6 * ldc));
            c6y = Vector512.Load(c + (6 * ldc) + 16);
            c7x = Vector512.Load(c + (7 * ldc));
            c7y = Vector512.Load(c + (7 * ldc) + 16);
        }

        for (; k > 0; k--)
        {
            Prefetch.Ahead(b);
            Vector512<float> bx = Vector512.Load(b);
            Vector512<float> by = Vector512.Load(b + 16);
            Vector512<float> a0 = Vector512.Create(a[0]);
            c0x = Vector512.FusedMultiplyAdd(a0, bx, c0x);
            c0y = Vector512.FusedMultiplyAdd(a0, by, c0y);
            Vector512<float> a1 = Vector512.Create(a[1]);
            c1x = Vector512.FusedMultiplyAdd(a1, bx, c1x);
            c1y = Vector512.FusedMultiplyAdd(a1, by, c1y);
            Vector512<float> a2 = Vector512.Create(a[2]);
            c2x = Vector512.FusedMultiplyAdd(a2, bx, c2x);
            c2y = Vector512.FusedMultiplyAdd(a2, by, c2y);
            Vector512<float> a3 = Vector512.Create(a[3]);
            c3x = Vector512.FusedMultiplyAdd(a3, bx, c3x);
            c3y = Vector512.FusedMultiplyAdd(a3, by, c3y);
            Vector512<float> a4 = Vector512.Create(a[4]);
            c4x = Vector512.FusedMultiplyAdd(a4, bx, c4x);
            c4y = Vector512.FusedMultiplyAdd(a4, by, c4y);
            Vector512<float> a5 = Vector512.Create(a[5]);
            c5x = Vector512.FusedMultiplyAdd(a5, bx, c5x);
            c5y = Vector512.FusedMultiplyAdd(a5, by, c5y);
            Vector512<float> a6 = Vector512.Create(a[6]);
            c6x = Vector512.FusedMultiplyAdd(a6, bx, c6x);
            c6y = Vector512.FusedMultiplyAdd(a6, by, c6y);
            Vector512<float> a7 = Vector512.Create(a[7]);
            c7x = Vector512.FusedMultiplyAdd(a7, bx, c7x);
            c7y = Vector512.FusedMultiplyAdd(a7, by, c7y);
            a += 8;
            b += ldb;
        }

        c0x.Store(c);
        c0y.Store(c + 16);
        c1x.Store(c + ldc);
        c1y.Store(c + ldc + 16);
        c2x.Store(c + (2 * ldc));
        c2y.Store(c + (2 * ldc) + 16);
        c3x.Store(c + (3 * ldc));
        c3y.Store(c + (3 * ldc) + 16);
        c4x.Store(c + (4 * ldc));
        c4y.Store(c + (4 * ldc) + 16);
        c5x.Store(c + (5 * ldc));
        c5y.Store(c + (5 * ldc) + 16);
        c6x.Store(c + (6 * ldc));
        c6y.Store(c + (6 * ldc) + 16);
        c7x.Store(c + (7 * ldc));
        c7y.Store(c + (7 * ldc) + 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run4(float* a, float* b, nint ldb, float* c, nint ldc, int k, bool accumulate)
    {
        Vector512<float> c0x = default, c0y = default;
        Vector512<float> c1x = default, c1y = default;
        Vector512<float> c2x = default, c2y = default;
        Vector512<float> c3x = default, c3y = default;
        if (accumulate)
        {
            c0x = Vector512.Load(c);
            c0y = Vector512.Load(c + 16);
            c1x = Vector512.Load(c + ldc);
            c1y = Vector512.Load(c + ldc + 16);
            c2x = Vector512.Load(c + (2 * ldc));
            c2y = Vector512.Load(c + (2 * ldc) + 16);
            c3x = Vector512.Load(c + (3 * ldc));
            c3y = Vector512.Load(c + (3 * ldc) + 16);
        }

        for (; k > 0; k--)
        {
            Prefetch.Ahead(b);
            Vector512<float> bx = Vector512.Load(b);
            Vector512<float> by = Vector512.Load(b + 16);
            Vector512<float> a0 = Vector512.Create(a[0]);
            c0x = Vector512.FusedMultiplyAdd(a0, bx, c0x);
            c0y = Vector512.FusedMultiplyAdd(a0, by, c0y);
            Vector512<float> a1 = Vector512.Create(a[1]);
            c1x = Vector512.FusedMultiplyAdd(a1, bx, c1x);
            c1y = Vector512.FusedMultiplyAdd(a1, by, c1y);
            Vector512<float> a2 = Vector512.Create(a[2]);
            c2x = Vector512.FusedMultiplyAdd(a2, bx, c2x);
            c2y = Vector512.FusedMultiplyAdd(a2, by, c2y);
            Vector512<float> a3 = Vector512.Create(a[3]);
            c3x = Vector512.FusedMultiplyAdd(a3, bx, c3x);
            c3y = Vector512.FusedMultiplyAdd(a3, by, c3y);
            a += 4;
            b += ldb;
        }

        c0x.Store(c);
        c0y.Store(c + 16);
        c1x.Store(c + ldc);
        c1y.Store(c + ldc + 16);
        c2x.Store(c + (2 * ldc));
        c2y.Store(c + (2 * ldc) + 16);
        c3x.Store(c + (3 * ldc));
        c3y.Store(c + (3 * ldc) + 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run3(float* a, float* b, nint ldb, float* c, nint ldc, int k, bool accumulate)
    {
        Vector512<float> c0x = default, c0y = default;
        Vector512<float> c1x = default, c1y = default;
        Vector512<float> c2x = default, c2y = default;
        if (accumulate)
        {
            c0x = Vector512.Load(c);
            c0y = Vector512.Load(c + 16);
            c1x = Vector512.Load(c + ldc);
            c1y = Vector512.Load(c + ldc + 16);
            c2x = Vector512.Load(c + (2 * ldc));
            c2y = Vector512.Load(c + (2 * ldc) + 16);
        }

        for (; k > 0; k--)
        {
            Prefetch.Ahead(b);
            Vector512<float> bx = Vector512.Load(b);
            Vector512<float> by = Vector512.Load(b + 16);
            Vector512<float> a0 = Vector512.Create(a[0]);
            c0x = Vector512.FusedMultiplyAdd(a0, bx, c0x);
            c0y = Vector512.FusedMultiplyAdd(a0, by, c0y);
            Vector512<float> a1 = Vector512.Create(a[1]);
            c1x = Vector512.FusedMultiplyAdd(a1, bx, c1x);
            c1y = Vector512.FusedMultiplyAdd(a1, by, c1y);
            Vector512<float> a2 = Vector512.Create(a[2]);
            c2x = Vector512.FusedMultiplyAdd(a2, bx, c2x);
            c2y = Vector512.FusedMultiplyAdd(a2, by, c2y);
            a += 3;
            b += ldb;
        }

        c0x.Store(c);
        c0y.Store(c + 16);
        c1x.Store(c + ldc);
        c1y.Store(c + ldc + 16);
        c2x.Store(c + (2 * ldc));
        c2y.Store(c + (2 * ldc) + 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run2(float* a, float* b, nint ldb, float* c, nint ldc, int k, bool accumulate)
    {
        Vector512<float> c0x = default, c0y = default;
        Vector512<float> c1x = default, c1y = default;
        if (accumulate)
        {
            c0x = Vector512.Load(c);
            c0y = Vector512.Load(c + 16);
            c1x = Vector512.Load(c + ldc);
            c1y = Vector512.Load(c + ldc + 16);
        }

        for (; k > 0; k--)
        {
            Prefetch.Ahead(b);
            Vector512<float> bx = Vector512.Load(b);
            Vector512<float> by = Vector512.Load(b + 16);
            Vector512<float> a0 = Vector512.Create(a[0]);
            c0x = Vector512.FusedMultiplyAdd(a0, bx, c0x);
            c0y = Vector512.FusedMultiplyAdd(a0, by, c0y);
            Vector512<float> a1 = Vector512.Create(a[1]);
            c1x = Vector512.FusedMultiplyAdd(a1, bx, c1x);
            c1y = Vector512.FusedMultiplyAdd(a1, by, c1y);
            a += 2;
            b += ldb;
        }

        c0x.Store(c);
        c0y.Store(c + 16);
        c1x.Store(c + ldc);
        c1y.Store(c + ldc + 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run1(float* a, float* b, nint ldb, float* c, nint ldc, int k, bool accumulate)
    {
        Vector512<float> c0x = default, c0y = default;
        if (accumulate)
        {
            c0x = Vector512.Load(c);
            c0y = Vector512.Load(c + 16);
        }

        for (; k > 0; k--)
        {
            Prefetch.Ahead(b);
            Vector512<float> bx = Vector512.Load(b);
            Vector512<float> by = Vector512.Load(b + 16);
            Vector512<float> a0 = Vector512.Create(a[0]);
            c0x = Vector512.FusedMultiplyAdd(a0, bx, c0x);
            c0y = Vector512.FusedMultiplyAdd(a0, by, c0y);
            a += 1;
            b += ldb;
        }

        c0x.Store(c);
        c0y.Store(c + 16);
    }
}
