using Stepwise.Engine.Files;
using static System.Buffers.Binary.BinaryPrimitives;

namespace Stepwise.Engine.Formats.Quantization;

/// <summary>
/// ggml's 8-bit blocks of 32 numbers: a scale d (half), then 32 signed bytes q; value = d·q. Source: <c>block_q8_0</c> in ggml-common.h;
/// encoded as its reference does, d = max|x| / 127 and q = x / d (before d is rounded) to nearest, ties away from zero.
/// </summary>
internal static class Q8
{
    public static readonly NumberFormat Symmetric = NumberFormat.OfBlocks("Q8_0", 32, 34, Decode, Encode);

    private static void Decode(ReadOnlySpan<byte> source, Span<float> destination)
    {
        float scale = (float)ReadHalfLittleEndian(source);
        for (int i = 0; i < 32; i++)
        {
            destination[i] = scale * (sbyte)source[2 + i];
        }
    }

    private static void Encode(ReadOnlySpan<float> source, Span<byte> destination)
    {
        float largest = 0;
        foreach (float value in source)
        {
            largest = MathF.Max(largest, MathF.Abs(value));
        }

        float scale = largest / 127;
        float inverse = scale == 0 ? 0 : 1 / scale;
        WriteHalfLittleEndian(destination, (Half)scale);
        for (int i = 0; i < 32; i++)
        {
            destination[2 + i] = (byte)(sbyte)MathF.Round(source[i] * inverse, MidpointRounding.AwayFromZero);
        }
    }
}
