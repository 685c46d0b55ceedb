using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Stepwise.Engine.Kernels;

/// <summary>Tiles of 6 rows and fewer on 256-bit registers, in two halves of 16 columns: 12 accumulators of the 16 registers.</summary>
/// <remarks>
/// Why 6 rows by 16 columns: 12 accumulators, two vectors of b and a broadcast fill 15 of 16 registers; 32 columns at once would leave room
/// for 3 rows, and twice as many broadcasts for each multiply-add. Otherwise as <see cref="Tile512"/>.
/// </remarks>
internal readonly unsafe struct Tile256 : ITile
{
    /// <inheritdoc/>
    public static int MaxRows => 6;

    /// <inheritdoc/>
    public static int Rows(int remaining) => remaining switch
    {
        >= 6 => 6,
        >= 4 => 4,
        _ => remaining,
    };

    /// <inheritdoc/>
    public static void Run(int rows, float* a, float* b, nint ldb, float* c, nint ldc, int k, bool accumulate)
    {
        RunHalf(rows, a, b, ldb, c, ldc, k, accumulate);
        RunHalf(rows, a, b + 16, ldb, c + 16, ldc, k, accumulate);
    }

    private static void RunHalf(int rows, float* a, float* b, nint ldb, float* c, nint ldc, int k, bool accumulate)
    {
        switch (rows)
        {
            case 6:
                Run6(a, b, ldb, c, ldc, k, accumulate);
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
    private static void Run6(float* a, float* b, nint ldb, float* c, nint ldc, int k, bool accumulate)
    {
        Vector256<float> c0x = default, c0y = default;
        Vector256<float> c1x = default, c1y = default;
        Vector256<float> c2x = default, c2y = default;
        Vector256<float> c3x = default, c3y = default;
        Vector256<float> c4x = default, c4y = default;
        Vector256<float> c5x = default, c5y = default;
        if (accumulate)
        {
            c0x = Vector256.Load(c);
            c0y = Vector256.Load(c + 8);
            c1x = Vector256.Load(c + ldc);
            c1y = Vector256.Load(c + ldc + 8);
            c2x = Vector256.Load(c + (2 * ldc));
            c2y = Vector256.Load(c + (2 * ldc) + 8);
            c3x = Vector256.Load(c + (3 * ldc));
            c3y = Vector256.Load(c + (3 * ldc) + 8);
            c4x = Vector256.Load(c + (4 * ldc));
            c4y = Vector256.Load(c + (4 * ldc) + 8);
            c5x = Vector256.Load(c + (5 * ldc));
            c5y = Vector256.Load(c + (5 * ldc) + 8);
        }

        for (; k > 0; k--)
        {
            Prefetch.LineAhead(b);
            Vector256<float> bx = Vector256.Load(b);
            Vector256<float> by = Vector256.Load(b + 8);
            Vector256<float> a0 = Vector256.Create(a[0]);
            c0x = Vector256.FusedMultiplyAdd(a0, bx, c0x);
            c0y = Vector256.FusedMultiplyAdd(a0, by, c0y);
            Vector256<float> a1 = Vector256.Create(a[1]);
            c1x = Vector256.FusedMultiplyAdd(a1, bx, c1x);
            c1y = Vector256.FusedMultiplyAdd(a1, by, c1y);
            Vector256<float> a2 = Vector256.Create(a[2]);
            c2x = Vector256.FusedMultiplyAdd(a2, bx, c2x);
            c2y = Vector256.FusedMultiplyAdd(a2, by, c2y);
            Vector256<float> a3 = Vector256.Create(a[3]);
            c3x = Vector256.FusedMultiplyAdd(a3, bx, c3x);
            c3y = Vector256.FusedMultiplyAdd(a3, by, c3y);
            Vector256<float> a4 = Vector256.Create(a[4]);
            c4x = Vector256.FusedMultiplyAdd(a4, bx, c4x);
            c4y = Vector256.FusedMultiplyAdd(a4, by, c4y);
            Vector256<float> a5 = Vector256.Create(a[5]);
            c5x = Vector256.FusedMultiplyAdd(a5, bx, c5x);
            c5y = Vector256.FusedMultiplyAdd(a5, by, c5y);
            a += 6;
            b += ldb;
        }

        c0x.Store(c);
        c0y.Store(c + 8);
        c1x.Store(c + ldc);
        c1y.Store(c + ldc + 8);
        c2x.Store(c + (2 * ldc));
        c2y.Store(c + (2 * ldc) + 8);
        c3x.Store(c + (3 * ldc));
        c3y.Store(c + (3 * ldc) + 8);
        c4x.Store(c + (4 * ldc));
        c4y.Store(c + (4 * ldc) + 8);
        c5x.Store(c + (5 * ldc));
        c5y.Store(c + (5 * ldc) + 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run4(float* a, float* b, nint ldb, float* c, nint ldc, int k, bool accumulate)
    {
        Vector256<float> c0x = default, c0y = default;
        Vector256<float> c1x = default, c1y = default;
        Vector256<float> c2x = default, c2y = default;
        Vector256<float> c3x = default, c3y = default;
        if (accumulate)
        {
            c0x = Vector256.Load(c);
            c0y = Vector256.Load(c + 8);
            c1x = Vector256.Load(c + ldc);
            c1y = Vector256.Load(c + ldc + 8);
            c2x = Vector256.Load(c + (2 * ldc));
            c2y = Vector256.Load(c + (2 * ldc) + 8);
            c3x = Vector256.Load(c + (3 * ldc));
            c3y = Vector256.Load(c + (3 * ldc) + 8);
        }

        for (; k > 0; k--)
        {
            Prefetch.LineAhead(b);
            Vector256<float> bx = Vector256.Load(b);
            Vector256<float> by = Vector256.Load(b + 8);
            Vector256<float> a0 = Vector256.Create(a[0]);
            c0x = Vector256.FusedMultiplyAdd(a0, bx, c0x);
            c0y = Vector256.FusedMultiplyAdd(a0, by, c0y);
            Vector256<float> a1 = Vector256.Create(a[1]);
            c1x = Vector256.FusedMultiplyAdd(a1, bx, c1x);
            c1y = Vector256.FusedMultiplyAdd(a1, by, c1y);
            Vector256<float> a2 = Vector256.Create(a[2]);
            c2x = Vector256.FusedMultiplyAdd(a2, bx, c2x);
            c2y = Vector256.FusedMultiplyAdd(a2, by, c2y);
            Vector256<float> a3 = Vector256.Create(a[3]);
            c3x = Vector256.FusedMultiplyAdd(a3, bx, c3x);
            c3y = Vector256.FusedMultiplyAdd(a3, by, c3y);
            a += 4;
            b += ldb;
        }

        c0x.Store(c);
        c0y.Store(c + 8);
        c1x.Store(c + ldc);
        c1y.Store(c + ldc + 8);
        c2x.Store(c + (2 * ldc));
        c2y.Store(c + (2 * ldc) + 8);
        c3x.Store(c + (3 * ldc));
        c3y.Store(c + (3 * ldc) + 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run3(float* a, float* b, nint ldb, float* c, nint ldc, int k, bool accumulate)
    {
        Vector256<float> c0x = default, c0y = default;
        Vector256<float> c1x = default, c1y = default;
        Vector256<float> c2x = default, c2y = default;
        if (accumulate)
        {
            c0x = Vector256.Load(c);
            c0y = Vector256.Load(c + 8);
            c1x = Vector256.Load(c + ldc);
            c1y = Vector256.Load(c + ldc + 8);
            c2x = Vector256.Load(c + (2 * ldc));
            c2y = Vector256.Load(c + (2 * ldc) + 8);
        }

        for (; k > 0; k--)
        {
            Prefetch.LineAhead(b);
            Vector256<float> bx = Vector256.Load(b);
            Vector256<float> by = Vector256.Load(b + 8);
            Vector256<float> a0 = Vector256.Create(a[0]);
            c0x = Vector256.FusedMultiplyAdd(a0, bx, c0x);
            c0y = Vector256.FusedMultiplyAdd(a0, by, c0y);
            Vector256<float> a1 = Vector256.Create(a[1]);
            c1x = Vector256.FusedMultiplyAdd(a1, bx, c1x);
            c1y = Vector256.FusedMultiplyAdd(a1, by, c1y);
            Vector256<float> a2 = Vector256.Create(a[2]);
            c2x = Vector256.FusedMultiplyAdd(a2, bx, c2x);
            c2y = Vector256.FusedMultiplyAdd(a2, by, c2y);
            a += 3;
            b += ldb;
        }

        c0x.Store(c);
        c0y.Store(c + 8);
        c1x.Store(c + ldc);
        c1y.Store(c + ldc + 8);
        c2x.Store(c + (2 * ldc));
        c2y.Store(c + (2 * ldc) + 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run2(float* a, float* b, nint ldb, float* c, nint ldc, int k, bool accumulate)
    {
        Vector256<float> c0x = default, c0y = default;
        Vector256<float> c1x = default, c1y = default;
        if (accumulate)
        {
            c0x = Vector256.Load(c);
            c0y = Vector256.Load(c + 8);
            c1x = Vector256.Load(c + ldc);
            c1y = Vector256.Load(c + ldc + 8);
        }

        for (; k > 0; k--)
        {
            Prefetch.LineAhead(b);
            Vector256<float> bx = Vector256.Load(b);
            Vector256<float> by = Vector256.Load(b + 8);
            Vector256<float> a0 = Vector256.Create(a[0]);
            c0x = Vector256.FusedMultiplyAdd(a0, bx, c0x);
            c0y = Vector256.FusedMultiplyAdd(a0, by, c0y);
            Vector256<float> a1 = Vector256.Create(a[1]);
            c1x = Vector256.FusedMultiplyAdd(a1, bx, c1x);
            c1y = Vector256.FusedMultiplyAdd(a1, by, c1y);
            a += 2;
            b += ldb;
        }

        c0x.Store(c);
        c0y.Store(c + 8);
        c1x.Store(c + ldc);
        c1y.Store(c + ldc + 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run1(float* a, float* b, nint ldb, float* c, nint ldc, int k, bool accumulate)
    {
        Vector256<float> c0x = default, c0y = default;
        if (accumulate)
        {
            c0x = Vector256.Load(c);
            c0y = Vector256.Load(c + 8);
        }

        for (; k > 0; k--)
        {
            Prefetch.LineAhead(b);
            Vector256<float> bx = Vector256.Load(b);
            Vector256<float> by = Vector256.Load(b + 8);
            Vector256<float> a0 = Vector256.Create(a[0]);
            c0x = Vector256.FusedMultiplyAdd(a0, bx, c0x);
            c0y = Vector256.FusedMultiplyAdd(a0, by, c0y);
            a += 1;
            b += ldb;
        }

        c0x.Store(c);
        c0y.Store(c + 8);
    }
}
