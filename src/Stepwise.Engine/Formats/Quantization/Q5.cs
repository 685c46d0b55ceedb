using Stepwise.Engine.Files;
using static System.Buffers.Binary.BinaryPrimitives;

namespace Stepwise.Engine.Formats.Quantization;

/// <summary>
/// ggml's 5-bit blocks of 32 numbers: a scale d (half), for Q5_1 a minimum m (half), then the fifth bits of q (32 bits, number i's is bit
/// i), then 16 bytes whose low nibbles are the low bits of the first 16 numbers and whose high nibbles are those of the last 16. Source:
/// <c>block_q5_0</c>, <c>block_q5_1</c> in ggml-common.h.
/// </summary>
internal static class Q5
{
    /// <summary>value = d·(q − 16).</summary>
    public static readonly NumberFormat Symmetric = NumberFormat.OfBlocks("Q5_0", 32, 22, static (source, destination) =>
    {
        float scale = (float)ReadHalfLittleEndian(source);
        for (int i = 0; i < 32; i++)
        {
            destination[i] = scale * (Quant(source[2..], i) - 16);
        }
    });

    /// <summary>value = d·q + m, rounded after each operation.</summary>
    public static readonly NumberFormat Affine = NumberFormat.OfBlocks("Q5_1", 32, 24, static (source, destination) =>
    {
        float scale = (float)ReadHalfLittleEndian(source);
        float minimum = (float)ReadHalfLittleEndian(source[2..]);
        for (int i = 0; i < 32; i++)
        {
            destination[i] = (scale * Quant(source[4..], i)) + minimum;
        }
    });

    /// <summary>q of number i from the fifth bits and the nibbles behind them.</summary>
    private static int Quant(ReadOnlySpan<byte> bits, int i)
    {
        int low = i < 16 ? bits[4 + i] & 15 : bits[4 + i - 16] >> 4;
        return low | (int)(((ReadUInt32LittleEndian(bits) >> i) & 1) << 4);
    }
}
