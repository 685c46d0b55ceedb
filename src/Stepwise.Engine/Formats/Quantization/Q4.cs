using Stepwise.Engine.Files;
using static System.Buffers.Binary.BinaryPrimitives;

namespace Stepwise.Engine.Formats.Quantization;

/// <summary>
/// ggml's 4-bit blocks of 32 numbers: a scale d (half), for Q4_1 a minimum m (half), then 16 bytes whose low nibbles are q of the first 16
/// numbers and whose high nibbles are those of the last 16. Source: <c>block_q4_0</c>, <c>block_q4_1</c> in ggml-common.h.
/// </summary>
internal static class Q4
{
    /// <summary>value = d·(q − 8).</summary>
    public static readonly NumberFormat Symmetric = NumberFormat.OfBlocks("Q4_0", 32, 18, static (source, destination) =>
    {
        float scale = (float)ReadHalfLittleEndian(source);
        for (int i = 0; i < 16; i++)
        {
            destination[i] = scale * ((source[2 + i] & 15) - 8);
            destination[i + 16] = scale * ((source[2 + i] >> 4) - 8);
        }
    });

    /// <summary>value = d·q + m, rounded after each operation.</summary>
    public static readonly NumberFormat Affine = NumberFormat.OfBlocks("Q4_1", 32, 20, static (source, destination) =>
    {
        float scale = (float)ReadHalfLittleEndian(source);
        float minimum = (float)ReadHalfLittleEndian(source[2..]);
        for (int i = 0; i < 16; i++)
        {
            destination[i] = (scale * (source[4 + i] & 15)) + minimum;
            destination[i + 16] = (scale * (source[4 + i] >> 4)) + minimum;
        }
    });
}
