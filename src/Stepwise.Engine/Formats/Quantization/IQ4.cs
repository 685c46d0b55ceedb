using Stepwise.Engine.Files;
using static System.Buffers.Binary.BinaryPrimitives;

namespace Stepwise.Engine.Formats.Quantization;

/// <summary>
/// ggml's non-linear 4-bit blocks: a nibble picks one of 16 levels, those of 32 numbers lying in 16 bytes as in <see cref="Q4"/>. Source:
/// <c>block_iq4_nl</c>, <c>block_iq4_xs</c> and <c>kvalues_iq4nl</c> in ggml-common.h.
/// </summary>
internal static class IQ4
{
    /// <summary>32 numbers: scale d (half), nibbles; value = d·level.</summary>
    public static readonly NumberFormat NonLinear = NumberFormat.OfBlocks("IQ4_NL", 32, 18, static (source, destination) =>
        Decode(source[2..], (float)ReadHalfLittleEndian(source), destination));

    /// <summary>
    /// 256 numbers in 136 bytes: d (half), 16 bits and 4 bytes with the high pairs and low nibbles of the 6-bit scales s of the runs of 32
    /// numbers, then the nibbles; value = (d·(s − 32))·level.
    /// </summary>
    public static readonly NumberFormat ExtraSmall = NumberFormat.OfBlocks("IQ4_XS", 256, 136, static (source, destination) =>
    {
        float scale = (float)ReadHalfLittleEndian(source);
        int highPairs = ReadUInt16LittleEndian(source[2..]);
        for (int run = 0; run < 8; run++)
        {
            int low = (source[4 + (run / 2)] >> (run % 2 * 4)) & 15;
            int high = (highPairs >> (2 * run)) & 3;
            Decode(source[(8 + (16 * run))..], scale * ((low | (high << 4)) - 32), destination.Slice(32 * run, 32));
        }
    });

    private static ReadOnlySpan<sbyte> Levels => [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113];

    private static void Decode(ReadOnlySpan<byte> nibbles, float scale, Span<float> destination)
    {
        for (int i = 0; i < 16; i++)
        {
            destination[i] = scale * Levels[nibbles[i] & 15];
            destination[i + 16] = scale * Levels[nibbles[i] >> 4];
        }
    }
}
