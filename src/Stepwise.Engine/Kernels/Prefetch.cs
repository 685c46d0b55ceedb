using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Stepwise.Engine.Kernels;

/// <summary>
/// Brings operands into the second cache before a tile reads them, so that reading memory and computing overlap. Changes no result; an
/// address beyond the operand is no error; does nothing but on x86.
/// </summary>
internal static unsafe class Prefetch
{
    /// <summary>Bytes ahead: 64 k of a panel. Of 2 to 72 KiB, 8 and 16 were the fastest.</summary>
    private const int Distance = 8 << 10;

    private const int CacheLine = 64;

    /// <summary>What lies ahead of one k of a panel: 32 floats.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Ahead(float* b)
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch1((byte*)b + Distance);
            Sse.Prefetch1((byte*)b + Distance + CacheLine);
        }
    }

    /// <summary>The line that lies ahead: of half a panel's floats, or of 32 numbers of 16 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void LineAhead(void* b)
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch1((byte*)b + Distance);
        }
    }

    /// <summary>The beginning of an operand that is read soon: what no tile asks for ahead.</summary>
    /// <param name="b">The operand.</param>
    /// <param name="floats">Its length.</param>
    public static void Beginning(float* b, int floats)
    {
        if (Sse.IsSupported)
        {
            long bytes = Math.Min((long)floats * sizeof(float), Distance);
            for (int i = 0; i < bytes; i += CacheLine)
            {
                Sse.Prefetch1((byte*)b + i);
            }
        }
    }
}
