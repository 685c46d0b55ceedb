using System.Runtime.Intrinsics;

namespace Stepwise.Engine.Kernels;

/// <summary>The width of the registers that the matrix tiles are compiled for; it changes no bit of a result.</summary>
public static class VectorWidth
{
    /// <summary>512, 256, or 128 (Arm, and x86 without AVX2).</summary>
    public static int Bits => Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : 128;
}
