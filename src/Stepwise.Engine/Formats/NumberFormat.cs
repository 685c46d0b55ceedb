using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Stepwise.Engine.Formats;

/// <summary>
/// How weights are encoded in a file: blocks of <see cref="BlockLength"/> numbers in <see cref="BlockBytes"/> bytes, little-endian.
/// </summary>
internal sealed class NumberFormat
{
    /// <summary>IEEE single.</summary>
    public static readonly NumberFormat F32 = new("F32", 1, 4, static (source, destination) =>
        source.CopyTo(MemoryMarshal.AsBytes(destination)));

    /// <summary>IEEE half.</summary>
    public static readonly NumberFormat F16 = new("F16", 1, 2, static (source, destination) =>
    {
        ReadOnlySpan<Half> halves = MemoryMarshal.Cast<byte, Half>(source);
        for (int i = 0; i < destination.Length; i++)
        {
            destination[i] = (float)halves[i];
        }
    });

    /// <summary>The upper 16 bits of an IEEE single.</summary>
    public static readonly NumberFormat BF16 = new("BF16", 1, 2, static (source, destination) =>
    {
        ReadOnlySpan<ushort> upper = MemoryMarshal.Cast<byte, ushort>(source);
        for (int i = 0; i < destination.Length; i++)
        {
            destination[i] = BitConverter.UInt32BitsToSingle((uint)upper[i] << 16);
        }
    });

    /// <summary>ggml Q8_0: scale d (half), then 32 signed bytes q; value = d·q.</summary>
    public static readonly NumberFormat Q80 = new("Q8_0", 32, 34, static (source, destination) =>
    {
        for (; destination.Length > 0; source = source[34..], destination = destination[32..])
        {
            float scale = (float)BinaryPrimitives.ReadHalfLittleEndian(source);
            for (int i = 0; i < 32; i++)
            {
                destination[i] = scale * (sbyte)source[2 + i];
            }
        }
    });

    /// <summary>
    /// ggml Q4_1: scale d and minimum m (halves), then 16 bytes whose low nibbles are q of the first 16 numbers and whose high nibbles are
    /// those of the last 16; value = d·q + m, rounded after each operation.
    /// </summary>
    public static readonly NumberFormat Q41 = new("Q4_1", 32, 20, static (source, destination) =>
    {
        for (; destination.Length > 0; source = source[20..], destination = destination[32..])
        {
            float scale = (float)BinaryPrimitives.ReadHalfLittleEndian(source);
            float minimum = (float)BinaryPrimitives.ReadHalfLittleEndian(source[2..]);
            for (int i = 0; i < 16; i++)
            {
                destination[i] = (scale * (source[4 + i] & 15)) + minimum;
                destination[i + 16] = (scale * (source[4 + i] >> 4)) + minimum;
            }
        }
    });

    private readonly DecodeBlocks _decode;

    private NumberFormat(string name, int blockLength, int blockBytes, DecodeBlocks decode)
    {
        Name = name;
        BlockLength = blockLength;
        BlockBytes = blockBytes;
        _decode = decode;
    }

    private delegate void DecodeBlocks(ReadOnlySpan<byte> source, Span<float> destination);

    public string Name { get; }

    /// <summary>Numbers per block.</summary>
    public int BlockLength { get; }

    /// <summary>Bytes per block.</summary>
    public int BlockBytes { get; }

    /// <summary>Widens whole blocks to fp32.</summary>
    /// <param name="source">The blocks.</param>
    /// <param name="destination">The numbers, as many as the blocks hold.</param>
    public void Decode(ReadOnlySpan<byte> source, Span<float> destination) => _decode(source, destination);

    /// <summary>Narrows fp32 to BF16, to nearest, ties to even; NaN stays a (quiet) NaN.</summary>
    /// <param name="source">The numbers.</param>
    /// <param name="destination">Two bytes per number.</param>
    public static void EncodeBF16(ReadOnlySpan<float> source, Span<byte> destination)
    {
        Span<ushort> upper = MemoryMarshal.Cast<byte, ushort>(destination);
        for (int i = 0; i < source.Length; i++)
        {
            uint bits = BitConverter.SingleToUInt32Bits(source[i]);
            upper[i] = float.IsNaN(source[i])
                ? (ushort)((bits >> 16) | 0x40)
                : (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
        }
    }
}
