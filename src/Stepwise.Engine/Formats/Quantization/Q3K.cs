using Stepwise.Engine.Files;
using static System.Buffers.Binary.BinaryPrimitives;

namespace Stepwise.Engine.Formats.Quantization;

/// <summary>
/// ggml's Q3_K, 256 numbers in 110 bytes: 32 bytes of third bits h (number 32j + l: bit j of byte l), 64 bytes of low bits q as in
/// <see cref="Q2K"/>, 12 bytes of 6-bit scales s of the 16 runs of 16 numbers, d (half); value = (d·(s − 32))·(q + 4h − 4). Scale r has
/// its low four bits in byte r mod 8 (low nibble for r below 8, high nibble otherwise) and its high two in bits 2⌊r/4⌋ of byte 8 + r mod 4.
/// Source: <c>block_q3_K</c> in ggml-common.h.
/// </summary>
internal static class Q3K
{
    public static readonly NumberFormat Format = NumberFormat.OfBlocks("Q3_K", 256, 110, static (source, destination) =>
    {
        ReadOnlySpan<byte> scales = source.Slice(96, 12);
        float scale = (float)ReadHalfLittleEndian(source[108..]);
        for (int i = 0; i < 256; i++)
        {
            int run = i / 16;
            int low = run < 8 ? scales[run] & 15 : scales[run - 8] >> 4;
            int high = (scales[8 + (run % 4)] >> (run / 4 * 2)) & 3;
            (int half, int within) = Math.DivRem(i, 128);
            int quant = (source[32 + (32 * half) + (within % 32)] >> (within / 32 * 2)) & 3;
            int third = (source[i % 32] >> (i / 32)) & 1;
            destination[i] = scale * ((low | (high << 4)) - 32) * (quant + (4 * third) - 4);
        }
    });
}
