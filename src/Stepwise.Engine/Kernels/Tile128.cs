using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Stepwise.Engine.Kernels;

/// <summary>Tiles of 6 rows and fewer on 128-bit registers, in two halves of 16 columns: 24 accumulators of the 32 registers that Arm has.</summary>
/// <remarks>
/// Why 6 rows by 16 columns: 24 accumulators, four vectors of b and a broadcast fill 29 of 32 registers. Otherwise as <see cref="Tile512"/>.
/// x86 without AVX has 16 such registers and spills: it is served rightly, not fast.
/// </remarks>
internal readonly unsafe struct Tile128 : ITile
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
        Vector128<float> c0x = default, c0y = default, c0z = default, c0w = default;
        Vector128<float> c1x = default, c1y = default, c1z = default, c1w = default;
        Vector128<float> c2x = default, c2y = default, c2z = default, c2w = default;
        Vector128<float> c3x = default, c3y = default, c3z = default, c3w = default;
        Vector128<float> c4x = default, c4y = default, c4z = default, c4w = default;
        Vector128<float> c5x = default, c5y = default, c5z = default, c5w = default;
        if (accumulate)
        {
            c0x = Vector128.Load(c);
            c0y = Vector128.Load(c + 4);
            c0z = Vector128.Load(c + 8);
            c0w = Vector128.Load(c + 12);
            c1x = Vector128.Load(c + ldc);
            c1y = Vector128.Load(c + ldc + 4);
            c1z = Vector128.Load(c + ldc + 8);
            c1w = Vector128.Load(c + ldc + 12);
            c2x = Vector128.Load(c + (2 * ldc));
            c2y = Vector128.Load(c + (2 * ldc) + 4);
            c2z = Vector128.Load(c + (2 * ldc) + 8);
            c2w = Vector128.Load(c + (2 * ldc) + 12);
            c3x = Vector128.Load(c + (3 * ldc));
            c3y = Vector128.Load(c + (3 * ldc) + 4);
            c3z = Vector128.Load(c + (3 * ldc) + 8);
            c3w = Vector128.Load(c + (3 * ldc) + 12);
            c4x = Vector128.Load(c + (4 * ldc));
            c4y = Vector128.Load(c + (4 * ldc) + 4);
            c4z = Vector128.Load(c + (4 * ldc) + 8);
            c4w = Vector128.Load(c + (4 * ldc) + 12);
            c5x = Vector128.Load(c + (5 * ldc));
            c5y = Vector128.Load(c + (5 * ldc) + 4);
            c5z = Vector128.Load(c + (5 * ldc) + 8);
            c5w = Vector128.Load(c + (5 * ldc) + 12);
        }

        for (; k > 0; k--)
        {
            Prefetch.LineAhead(b);
            Vector128<float> bx = Vector128.Load(b);
            Vector128<float> by = Vector128.Load(b + 4);
            Vector128<float> bz = Vector128.Load(b + 8);
            Vector128<float> bw = Vector128.Load(b + 12);
            Vector128<float> a0 = Vector128.Create(a[0]);
            c0x = Vector128.FusedMultiplyAdd(a0, bx, c0x);
            c0y = Vector128.FusedMultiplyAdd(a0, by, c0y);
            c0z = Vector128.FusedMultiplyAdd(a0, bz, c0z);
            c0w = Vector128.FusedMultiplyAdd(a0, bw, c0w);
            Vector128<float> a1 = Vector128.Create(a[1]);
            c1x = Vector128.FusedMultiplyAdd(a1, bx, c1x);
            c1y = Vector128.FusedMultiplyAdd(a1, by, c1y);
            c1z = Vector128.FusedMultiplyAdd(a1, bz, c1z);
            c1w = Vector128.FusedMultiplyAdd(a1, bw, c1w);
            Vector128<float> a2 = Vector128.Create(a[2]);
            c2x = Vector128.FusedMultiplyAdd(a2, bx, c2x);
            c2y = Vector128.FusedMultiplyAdd(a2, by, c2y);
            c2z = Vector128.FusedMultiplyAdd(a2, bz, c2z);
            c2w = Vector128.FusedMultiplyAdd(a2, bw, c2w);
            Vector128<float> a3 = Vector128.Create(a[3]);
            c3x = Vector128.FusedMultiplyAdd(a3, bx, c3x);
            c3y = Vector128.FusedMultiplyAdd(a3, by, c3y);
            c3z = Vector128.FusedMultiplyAdd(a3, bz, c3z);
            c3w = Vector128.FusedMultiplyAdd(a3, bw, c3w);
            Vector128<float> a4 = Vector128.Create(a[4]);
            c4x = Vector128.FusedMultiplyAdd(a4, bx, c4x);
            c4y = Vector128.FusedMultiplyAdd(a4, by, c4y);
            c4z = Vector128.FusedMultiplyAdd(a4, bz, c4z);
            c4w = Vector128.FusedMultiplyAdd(a4, bw, c4w);
            Vector128<float> a5 = Vector128.Create(a[5]);
            c5x = Vector128.FusedMultiplyAdd(a5, bx, c5x);
            c5y = Vector128.FusedMultiplyAdd(a5, by, c5y);
            c5z = Vector128.FusedMultiplyAdd(a5, bz, c5z);
            c5w = Vector128.FusedMultiplyAdd(a5, bw, c5w);
            a += 6;
            b += ldb;
        }

        c0x.Store(c);
        c0y.Store(c + 4);
        c0z.Store(c + 8);
        c0w.Store(c + 12);
        c1x.Store(c + ldc);
        c1y.Store(c + ldc + 4);
        c1z.Store(c + ldc + 8);
        c1w.Store(c + ldc + 12);
        c2x.Store(c + (2 * ldc));
        c2y.Store(c + (2 * ldc) + 4);
        c2z.Store(c + (2 * ldc) + 8);
        c2w.Store(c + (2 * ldc) + 12);
        c3x.Store(c + (3 * ldc));
        c3y.Store(c + (3 * ldc) + 4);
        c3z.Store(c + (3 * ldc) + 8);
        c3w.Store(c + (3 * ldc) + 12);
        c4x.Store(c + (4 * ldc));
        c4y.Store(c + (4 * ldc) + 4);
        c4z.Store(c + (4 * ldc) + 8);
        c4w.Store(c + (4 * ldc) + 12);
        c5x.Store(c + (5 * ldc));
        c5y.Store(c + (5 * ldc) + 4);
        c5z.Store(c + (5 * ldc) + 8);
        c5w.Store(c + (5 * ldc) + 12);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run4(float* a, float* b, nint ldb, float* c, nint ldc, int k, bool accumulate)
    {
        Vector128<float> c0x = default, c0y = default, c0z = default, c0w = default;
        Vector128<float> c1x = default, c1y = default, c1z = default, c1w = default;
        Vector128<float> c2x = default, c2y = default, c2z = default, c2w = default;
        Vector128<float> c3x = default, c3y = default, c3z = default, c3w = default;
        if (accumulate)
        {
            c0x = Vector128.Load(c);
            c0y = Vector128.Load(c + 4);
            c0z = Vector128.Load(c + 8);
            c0w = Vector128.Load(c + 12);
            c1x = Vector128.Load(c + ldc);
            c1y = Vector128.Load(c + ldc + 4);
            c1z = Vector128.Load(c + ldc + 8);
            c1w = Vector128.Load(c + ldc + 12);
            c2x = Vector128.Load(c + (2 * ldc));
            c2y = Vector128.Load(c + (2 * ldc) + 4);
            c2z = Vector128.Load(c + (2 * ldc) + 8);
            c2w = Vector128.Load(c + (2 * ldc) + 12);
            c3x = Vector128.Load(c + (3 * ldc));
            c3y = Vector128.Load(c + (3 * ldc) + 4);
            c3z = Vector128.Load(c + (3 * ldc) + 8);
            c3w = Vector128.Load(c + (3 * ldc) + 12);
        }

        for (; k > 0; k--)
        {
            Prefetch.LineAhead(b);
            Vector128<float> bx = Vector128.Load(b);
            Vector128<float> by = Vector128.Load(b + 4);
            Vector128<float> bz = Vector128.Load(b + 8);
            Vector128<float> bw = Vector128.Load(b + 12);
            Vector128<float> a0 = Vector128.Create(a[0]);
            c0x = Vector128.FusedMultiplyAdd(a0, bx, c0x);
            c0y = Vector128.FusedMultiplyAdd(a0, by, c0y);
            c0z = Vector128.FusedMultiplyAdd(a0, bz, c0z);
            c0w = Vector128.FusedMultiplyAdd(a0, bw, c0w);
            Vector128<float> a1 = Vector128.Create(a[1]);
            c1x = Vector128.FusedMultiplyAdd(a1, bx, c1x);
            c1y = Vector128.FusedMultiplyAdd(a1, by, c1y);
            c1z = Vector128.FusedMultiplyAdd(a1, bz, c1z);
            c1w = Vector128.FusedMultiplyAdd(a1, bw, c1w);
            Vector128<float> a2 = Vector128.Create(a[2]);
            c2x = Vector128.FusedMultiplyAdd(a2, bx, c2x);
            c2y = Vector128.FusedMultiplyAdd(a2, by, c2y);
            c2z = Vector128.FusedMultiplyAdd(a2, bz, c2z);
            c2w = Vector128.FusedMultiplyAdd(a2, bw, c2w);
            Vector128<float> a3 = Vector128.Create(a[3]);
            c3x = Vector128.FusedMultiplyAdd(a3, bx, c3x);
            c3y = Vector128.FusedMultiplyAdd(a3, by, c3y);
            c3z = Vector128.FusedMultiplyAdd(a3, bz, c3z);
            c3w = Vector128.FusedMultiplyAdd(a3, bw, c3w);
            a += 4;
            b += ldb;
        }

        c0x.Store(c);
        c0y.Store(c + 4);
        c0z.Store(c + 8);
        c0w.Store(c + 12);
        c1x.Store(c + ldc);
        c1y.Store(c + ldc + 4);
        c1z.Store(c + ldc + 8);
        c1w.Store(c + ldc + 12);
        c2x.Store(c + (2 * ldc));
        c2y.Store(c + (2 * ldc) + 4);
        c2z.Store(c + (2 * ldc) + 8);
        c2w.Store(c + (2 * ldc) + 12);
        c3x.Store(c + (3 * ldc));
        c3y.Store(c + (3 * ldc) + 4);
        c3z.Store(c + (3 * ldc) + 8);
        c3w.Store(c + (3 * ldc) + 12);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run3(float* a, float* b, nint ldb, float* c, nint ldc, int k, bool accumulate)
    {
        Vector128<float> c0x = default, c0y = default, c0z = default, c0w = default;
        Vector128<float> c1x = default, c1y = default, c1z = default, c1w = default;
        Vector128<float> c2x = default, c2y = default, c2z = default, c2w = default;
        if (accumulate)
        {
            c0x = Vector128.Load(c);
            c0y = Vector128.Load(c + 4);
            c0z = Vector128.Load(c + 8);
            c0w = Vector128.Load(c + 12);
            c1x = Vector128.Load(c + ldc);
            c1y = Vector128.Load(c + ldc + 4);
            c1z = Vector128.Load(c + ldc + 8);
            c1w = Vector128.Load(c + ldc + 12);
            c2x = Vector128.Load(c + (2 * ldc));
            c2y = Vector128.Load(c + (2 * ldc) + 4);
            c2z = Vector128.Load(c + (2 * ldc) + 8);
            c2w = Vector128.Load(c + (2 * ldc) + 12);
        }

        for (; k > 0; k--)
        {
            Prefetch.LineAhead(b);
            Vector128<float> bx = Vector128.Load(b);
            Vector128<float> by = Vector128.Load(b + 4);
            Vector128<float> bz = Vector128.Load(b + 8);
            Vector128<float> bw = Vector128.Load(b + 12);
            Vector128<float> a0 = Vector128.Create(a[0]);
            c0x = Vector128.FusedMultiplyAdd(a0, bx, c0x);
            c0y = Vector128.FusedMultiplyAdd(a0, by, c0y);
            c0z = Vector128.FusedMultiplyAdd(a0, bz, c0z);
            c0w = Vector128.FusedMultiplyAdd(a0, bw, c0w);
            Vector128<float> a1 = Vector128.Create(a[1]);
            c1x = Vector128.FusedMultiplyAdd(a1, bx, c1x);
            c1y = Vector128.FusedMultiplyAdd(a1, by, c1y);
            c1z = Vector128.FusedMultiplyAdd(a1, bz, c1z);
            c1w = Vector128.FusedMultiplyAdd(a1, bw, c1w);
            Vector128<float> a2 = Vector128.Create(a[2]);
            c2x = Vector128.FusedMultiplyAdd(a2, bx, c2x);
            c2y = Vector128.FusedMultiplyAdd(a2, by, c2y);
            c2z = Vector128.FusedMultiplyAdd(a2, bz, c2z);
            c2w = Vector128.FusedMultiplyAdd(a2, bw, c2w);
            a += 3;
            b += ldb;
        }

        c0x.Store(c);
        c0y.Store(c + 4);
        c0z.Store(c + 8);
        c0w.Store(c + 12);
        c1x.Store(c + ldc);
        c1y.Store(c + ldc + 4);
        c1z.Store(c + ldc + 8);
        c1w.Store(c + ldc + 12);
        c2x.Store(c + (2 * ldc));
        c2y.Store(c + (2 * ldc) + 4);
        c2z.Store(c + (2 * ldc) + 8);
        c2w.Store(c + (2 * ldc) + 12);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run2(float* a, float* b, nint ldb, float* c, nint ldc, int k, bool accumulate)
    {
        Vector128<float> c0x = default, c0y = default, c0z = default, c0w = default;
        Vector128<float> c1x = default, c1y = default, c1z = default, c1w = default;
        if (accumulate)
        {
            c0x = Vector128.Load(c);
            c0y = Vector128.Load(c + 4);
            c0z = Vector128.Load(c + 8);
            c0w = Vector128.Load(c + 12);
            c1x = Vector128.Load(c + ldc);
            c1y = Vector128.Load(c + ldc + 4);
            c1z = Vector128.Load(c + ldc + 8);
            c1w = Vector128.Load(c + ldc + 12);
        }

        for (; k > 0; k--)
        {
            Prefetch.LineAhead(b);
            Vector128<float> bx = Vector128.Load(b);
            Vector128<float> by = Vector128.Load(b + 4);
            Vector128<float> bz = Vector128.Load(b + 8);
            Vector128<float> bw = Vector128.Load(b + 12);
            Vector128<float> a0 = Vector128.Create(a[0]);
            c0x = Vector128.FusedMultiplyAdd(a0, bx, c0x);
            c0y = Vector128.FusedMultiplyAdd(a0, by, c0y);
            c0z = Vector128.FusedMultiplyAdd(a0, bz, c0z);
            c0w = Vector128.FusedMultiplyAdd(a0, bw, c0w);
            Vector128<float> a1 = Vector128.Create(a[1]);
            c1x = Vector128.FusedMultiplyAdd(a1, bx, c1x);
            c1y = Vector128.FusedMultiplyAdd(a1, by, c1y);
            c1z = Vector128.FusedMultiplyAdd(a1, bz, c1z);
            c1w = Vector128.FusedMultiplyAdd(a1, bw, c1w);
            a += 2;
            b += ldb;
        }

        c0x.Store(c);
        c0y.Store(c + 4);
        c0z.Store(c + 8);
        c0w.Store(c + 12);
        c1x.Store(c + ldc);
        c1y.Store(c + ldc + 4);
        c1z.Store(c + ldc + 8);
        c1w.Store(c + ldc + 12);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run1(float* a, float* b, nint ldb, float* c, nint ldc, int k, bool accumulate)
    {
        Vector128<float> c0x = default, c0y = default, c0z = default, c0w = default;
        if (accumulate)
        {
            c0x = Vector128.Load(c);
            c0y = Vector128.Load(c + 4);
            c0z = Vector128.Load(c + 8);
            c0w = Vector128.Load(c + 12);
        }

        for (; k > 0; k--)
        {
            Prefetch.LineAhead(b);
            Vector128<float> bx = Vector128.Load(b);
            Vector128<float> by = Vector128.Load(b + 4);
            Vector128<float> bz = Vector128.Load(b + 8);
            Vector128<float> bw = Vector128.Load(b + 12);
            Vector128<float> a0 = Vector128.Create(a[0]);
            c0x = Vector128.FusedMultiplyAdd(a0, bx, c0x);
            c0y = Vector128.FusedMultiplyAdd(a0, by, c0y);
            c0z = Vector128.FusedMultiplyAdd(a0, bz, c0z);
            c0w = Vector128.FusedMultiplyAdd(a0, bw, c0w);
            a += 1;
            b += ldb;
        }

        c0x.Store(c);
        c0y.Store(c + 4);
        c0z.Store(c + 8);
        c0w.Store(c + 12);
    }
}
