using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Stepwise.Engine.Kernels;

/// <summary>
/// Sixteen lanes of fp32: the one vector shape of every kernel. A reduction keeps lane = index mod 16 and ends in one fixed tree, so its
/// bits do not depend on the width of the processor's registers.
/// </summary>
internal static unsafe class Lanes
{
    /// <summary>Number of lanes.</summary>
    public const int Count = 16;

    /// <summary>Loads <paramref name="count"/> floats (0 to 15) and fills the other lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> LoadTail(float* source, int count, float fill = 0f)
    {
        Vector512<float> value = Vector512.Create(fill);
        Unsafe.CopyBlockUnaligned(&value, source, (uint)count * sizeof(float));
        return value;
    }

    /// <summary>Stores the first <paramref name="count"/> lanes (0 to 15).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreTail(Vector512<float> value, float* destination, int count)
        => Unsafe.CopyBlockUnaligned(destination, &value, (uint)count * sizeof(float));

    /// <summary>Stores the first <paramref name="count"/> lanes, all where there are that many.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreUpTo(Vector512<float> value, float* destination, int count)
    {
        if (count >= Count)
        {
            value.Store(destination);
        }
        else
        {
            StoreTail(value, destination, count);
        }
    }

    /// <summary>The sum of the lanes: halves are added, 8 + 8, 4 + 4, 2 + 2, 1 + 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Vector512<float> value)
    {
        Vector256<float> eight = value.GetLower() + value.GetUpper();
        Vector128<float> four = eight.GetLower() + eight.GetUpper();
        return (four[0] + four[2]) + (four[1] + four[3]);
    }

    /// <summary>The larger of two per lane; <paramref name="right"/> where the comparison is false (either is NaN).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Max(Vector512<float> left, Vector512<float> right)
        => Vector512.ConditionalSelect(Vector512.GreaterThan(left, right), left, right);

    /// <summary>The largest lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Max(Vector512<float> value)
    {
        float best = value[0];
        for (int i = 1; i < Count; i++)
        {
            best = value[i] > best ? value[i] : best;
        }

        return best;
    }
}
