using System.Runtime.InteropServices;
using Stepwise.Engine.Kernels;
using Stepwise.Files;

namespace Stepwise.Engine.Files;

/// <summary>Widens whole blocks to fp32.</summary>
/// <param name="source">The blocks.</param>
/// <param name="destination">The numbers, as many as the blocks hold.</param>
internal delegate void DecodeBlocks(ReadOnlySpan<byte> source, Span<float> destination);

/// <summary>Narrows fp32 to whole blocks.</summary>
/// <param name="source">The numbers.</param>
/// <param name="destination">The blocks that hold as many.</param>
internal delegate void EncodeBlocks(ReadOnlySpan<float> source, Span<byte> destination);

/// <summary>
/// How weights are encoded in a file: blocks of <see cref="BlockLength"/> numbers in <see cref="BlockBytes"/> bytes, little-endian.
/// </summary>
internal sealed class NumberFormat
{
    /// <summary>IEEE single.</summary>
    public static readonly NumberFormat F32 = new(
        "F32",
        1,
        4,
        static (source, destination) => source.CopyTo(MemoryMarshal.AsBytes(destination)),
        static (source, destination) => MemoryMarshal.AsBytes(source).CopyTo(destination));

    /// <summary>IEEE half; encoded to nearest, ties to even, ±∞ beyond 65504.</summary>
    public static readonly NumberFormat F16 = new("F16", 1, 2, DecodeF16, EncodeF16);

    /// <summary>The upper 16 bits of an IEEE single; encoded to nearest, ties to even, NaN stays a (quiet) NaN.</summary>
    public static readonly NumberFormat BF16 = new("BF16", 1, 2, DecodeBF16, EncodeBF16);

    private const int ChunkBytes = 1 << 15;

    private readonly DecodeBlocks _decode;
    private readonly EncodeBlocks? _encode;

    private NumberFormat(string name, int blockLength, int blockBytes, DecodeBlocks decode, EncodeBlocks? encode)
    {
        Name = name;
        BlockLength = blockLength;
        BlockBytes = blockBytes;
        _decode = decode;
        _encode = encode;
    }

    public string Name { get; }

    /// <summary>Numbers per block.</summary>
    public int BlockLength { get; }

    /// <summary>Bytes per block.</summary>
    public int BlockBytes { get; }

    /// <summary>Adds numbers to a file, narrowed from fp32.</summary>
    /// <param name="file">The file.</param>
    /// <param name="values">A whole number of blocks.</param>
    /// <exception cref="RunException">The disk is full or fails.</exception>
    public void Write(WholeFile file, ReadOnlySpan<float> values)
    {
        Span<byte> chunk = stackalloc byte[ChunkBytes / BlockBytes * BlockBytes];
        int perChunk = chunk.Length / BlockBytes * BlockLength;
        for (int i = 0; i < values.Length; i += perChunk)
        {
            ReadOnlySpan<float> part = values.Slice(i, Math.Min(perChunk, values.Length - i));
            Span<byte> encoded = chunk[..(int)Bytes(part.Length)];
            Encode(part, encoded);
            file.Write(encoded);
        }
    }

    /// <summary>A format of larger blocks, from what is done with one of them.</summary>
    /// <param name="name">Its name in ggml.</param>
    /// <param name="blockLength">Numbers per block.</param>
    /// <param name="blockBytes">Bytes per block.</param>
    /// <param name="decode">Widens one block.</param>
    /// <param name="encode">Narrows one block; <see langword="null"/> where the format is read only.</param>
    public static NumberFormat OfBlocks(string name, int blockLength, int blockBytes, DecodeBlocks decode, EncodeBlocks? encode = null)
    {
        return new NumberFormat(name, blockLength, blockBytes, DecodeAll, encode is null ? null : EncodeAll);

        void DecodeAll(ReadOnlySpan<byte> source, Span<float> destination)
        {
            for (; destination.Length > 0; source = source[blockBytes..], destination = destination[blockLength..])
            {
                decode(source[..blockBytes], destination[..blockLength]);
            }
        }

        void EncodeAll(ReadOnlySpan<float> source, Span<byte> destination)
        {
            for (; source.Length > 0; source = source[blockLength..], destination = destination[blockBytes..])
            {
                encode(source[..blockLength], destination[..blockBytes]);
            }
        }
    }

    /// <summary>Bytes of a number of numbers, which must be whole blocks.</summary>
    public long Bytes(long count) => checked(count / BlockLength * BlockBytes);

    /// <summary>Widens whole blocks to fp32.</summary>
    /// <param name="source">The blocks.</param>
    /// <param name="destination">The numbers, as many as the blocks hold.</param>
    public void Decode(ReadOnlySpan<byte> source, Span<float> destination) => _decode(source, destination);

    /// <summary>Narrows fp32 to whole blocks.</summary>
    /// <param name="source">The numbers, a whole number of blocks.</param>
    /// <param name="destination">The blocks that hold as many.</param>
    /// <exception cref="NotSupportedException">The format is read only.</exception>
    public void Encode(ReadOnlySpan<float> source, Span<byte> destination) =>
        (_encode ?? throw new NotSupportedException($"{Name} is read only."))(source, destination);

    public override string ToString() => Name;

    private static void DecodeF16(ReadOnlySpan<byte> source, Span<float> destination)
    {
        ReadOnlySpan<Half> halves = MemoryMarshal.Cast<byte, Half>(source);
        for (int i = 0; i < destination.Length; i++)
        {
            destination[i] = (float)halves[i];
        }
    }

    private static void EncodeF16(ReadOnlySpan<float> source, Span<byte> destination)
    {
        Span<Half> halves = MemoryMarshal.Cast<byte, Half>(destination);
        for (int i = 0; i < source.Length; i++)
        {
            halves[i] = (Half)source[i];
        }
    }

    private static void DecodeBF16(ReadOnlySpan<byte> source, Span<float> destination)
    {
        ReadOnlySpan<ushort> upper = MemoryMarshal.Cast<byte, ushort>(source);
        for (int i = 0; i < destination.Length; i++)
        {
            destination[i] = BitConverter.UInt32BitsToSingle((uint)upper[i] << 16);
        }
    }

    private static void EncodeBF16(ReadOnlySpan<float> source, Span<byte> destination)
    {
        Span<ushort> upper = MemoryMarshal.Cast<byte, ushort>(destination);
        for (int i = 0; i < source.Length; i++)
        {
            upper[i] = BFloat16.Round(source[i]);
        }
    }
}
