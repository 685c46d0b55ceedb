using Stepwise.Engine.Files;
using static System.Buffers.Binary.BinaryPrimitives;

namespace Stepwise.Engine.Formats.Quantization;

/// <summary>
/// ggml's Q2_K, 256 numbers in 84 bytes: 16 bytes for the 16 runs of 16 numbers (low nibble scale s, high nibble minimum m), 64 bytes of
/// 2-bit q, then d and dmin (halves); value = (d·s)·q − dmin·m, rounded after each operation. Of each half of 128 numbers the q lie in 32
/// bytes: number 32j + l in bits 2j and 2j + 1 of byte l. Source: <c>block_q2_K</c> in ggml-common.h.
/// </summary>
internal static class Q2K
{
    public static readonly NumberFormat Format = NumberFormat.OfBlocks("Q2_K", 256, 84, static (source, destination) =>
    {
        float scale = (float)ReadHalfLittleEndian(source[80..]);
        float minimum = (float)ReadHalfLittleEndian(source[82..]);
        for (int i = 0; i < 256; i++)
        {
            int run = source[i / 16];
            (int half, int within) = Math.DivRem(i, 128);
            int quant = (source[16 + (32 * half) + (within % 32)] >> (within / 32 * 2)) & 3;
            destination[i] = (scale * (run & 15) * quant) - (minimum * (run >> 4));
        }
    });
}
