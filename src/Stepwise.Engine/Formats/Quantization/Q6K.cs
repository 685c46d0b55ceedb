using Stepwise.Engine.Files;
using static System.Buffers.Binary.BinaryPrimitives;

namespace Stepwise.Engine.Formats.Quantization;

/// <summary>
/// ggml's Q6_K, 256 numbers in 210 bytes: 128 bytes of low nibbles, 64 bytes of high bit pairs, 16 signed bytes s (scales of the runs of 16
/// numbers), d (half); value = (d·s)·(q − 32). Of each half of 128 numbers, 32j + l has its low nibble in byte 32(j mod 2) + l (low for j
/// below 2, high otherwise) and its high pair in bits 2j of byte l. Source: <c>block_q6_K</c> in ggml-common.h.
/// </summary>
internal static class Q6K
{
    public static readonly NumberFormat Format = NumberFormat.OfBlocks("Q6_K", 256, 210, static (source, destination) =>
    {
        float scale = (float)ReadHalfLittleEndian(source[208..]);
        for (int i = 0; i < 256; i++)
        {
            (int half, int within) = Math.DivRem(i, 128);
            int low = (source[(64 * half) + (within % 64)] >> (within / 64 * 4)) & 15;
            int high = (source[128 + (32 * half) + (within % 32)] >> (within / 32 * 2)) & 3;
            destination[i] = scale * (sbyte)source[192 + (i / 16)] * ((low | (high << 4)) - 32);
        }
    });
}
