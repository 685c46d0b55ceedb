using Stepwise.Engine.Files;
using static System.Buffers.Binary.BinaryPrimitives;

namespace Stepwise.Engine.Formats.Quantization;

/// <summary>
/// ggml's Q4_K (144 bytes) and Q5_K (176 bytes) of 256 numbers: d and dmin (halves), 12 bytes with a 6-bit scale s and minimum m for each
/// run of 32 numbers, for Q5_K 32 bytes of fifth bits (number 32j + l: bit j of byte l), then 128 bytes of nibbles; value =
/// (d·s)·q − dmin·m, rounded after each operation. Of each 64 numbers the nibbles lie in 32 bytes, low ones first. Source:
/// <c>block_q4_K</c>, <c>block_q5_K</c> and <c>get_scale_min_k4</c> of ggml.
/// </summary>
internal static class Q4K
{
    public static readonly NumberFormat FourBits = NumberFormat.OfBlocks("Q4_K", 256, 144, static (source, destination) =>
        Decode(source, [], source[16..], destination));

    public static readonly NumberFormat FiveBits = NumberFormat.OfBlocks("Q5_K", 256, 176, static (source, destination) =>
        Decode(source, source.Slice(16, 32), source[48..], destination));

    private static void Decode(ReadOnlySpan<byte> head, ReadOnlySpan<byte> fifthBits, ReadOnlySpan<byte> nibbles, Span<float> destination)
    {
        for (int run = 0; run < 8; run++)
        {
            (int s, int m) = ScaleAndMinimum(head.Slice(4, 12), run);
            float scale = (float)ReadHalfLittleEndian(head) * s;
            float minimum = (float)ReadHalfLittleEndian(head[2..]) * m;
            for (int l = 0; l < 32; l++)
            {
                int quant = (nibbles[(run / 2 * 32) + l] >> (run % 2 * 4)) & 15;
                if (fifthBits.Length > 0)
                {
                    quant |= ((fifthBits[l] >> run) & 1) << 4;
                }

                destination[(32 * run) + l] = (scale * quant) - minimum;
            }
        }
    }

    /// <summary>
    /// The 6-bit pair of a run: runs 0 to 3 have theirs in the low bits of bytes r and r + 4; of the others byte r + 4 holds the low nibbles,
    /// and the two high bits of bytes r − 4 and r the rest.
    /// </summary>
    private static (int Scale, int Minimum) ScaleAndMinimum(ReadOnlySpan<byte> packed, int run) => run < 4
        ? (packed[run] & 63, packed[run + 4] & 63)
        : ((packed[run + 4] & 15) | (packed[run - 4] >> 6 << 4), (packed[run + 4] >> 4) | (packed[run] >> 6 << 4));
}
