using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;
using Stepwise.Engine.Files;

namespace Stepwise.Engine.Formats;

/// <summary>The kinds of metadata values in a GGUF file, as numbered there.</summary>
internal enum GgufValueType : uint
{
    UInt8,
    Int8,
    UInt16,
    Int16,
    UInt32,
    Int32,
    Float32,
    Bool,
    String,
    Array,
    UInt64,
    Int64,
    Float64,
}

/// <summary>
/// Reads the front part of a GGUF file (versions 2 and 3, little-endian); every count is compared with the bytes left in the file.
/// </summary>
internal sealed class GgufReader(InputFile file)
{
    private const int MaxDepth = 4;
    private const int MaxTextBytes = 1 << 24;

    /// <summary>The most entries, keys and tensors in a file, all together: what is read stays small however large the file.</summary>
    private const int MaxEntries = 1 << 22;

    private readonly byte[] _buffer = new byte[1 << 16];
    private int _start;
    private int _end;
    private long _fileOffset;
    private int _entriesLeft = MaxEntries;

    /// <summary>Bytes read so far.</summary>
    public long Position => _fileOffset - (_end - _start);

    private long Left => file.Length - Position;

    public uint UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    public ulong UInt64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(8));

    /// <summary>A number of things that follow.</summary>
    /// <param name="what">What is counted, for the message.</param>
    /// <param name="minBytes">The fewest bytes one of them takes.</param>
    /// <exception cref="InputException">The file is too short for so many, or they are more than any model needs.</exception>
    public int Count(string what, int minBytes)
    {
        int count = Bounded(what, minBytes, _entriesLeft);
        _entriesLeft -= count;
        return count;
    }

    public string Text(string what)
    {
        int length = Bounded($"bytes of {what}", 1, MaxTextBytes);
        byte[]? large = length > _buffer.Length ? new byte[length] : null;
        ReadOnlySpan<byte> utf8;
        if (large is null)
        {
            utf8 = Take(length);
        }
        else
        {
            file.Read(Position, large);
            _fileOffset = Position + length;
            _start = _end = 0;
            utf8 = large;
        }

        return Utf8.IsValid(utf8) ? Encoding.UTF8.GetString(utf8) : throw Error($"{what} is not UTF-8");
    }

    /// <summary>A metadata value: bool, long (ulong where it does not fit), double, string, or a list of those.</summary>
    public object Value(string key) => Value(key, (GgufValueType)UInt32(), 0);

    /// <summary>An error at the present position.</summary>
    public InputException Error(string problem) => new($"{file.Path}: at byte {Position}: {problem}.");

    private int Bounded(string what, int minBytes, int limit)
    {
        ulong count = UInt64();
        return count <= (ulong)Math.Min(Left / minBytes, limit)
            ? (int)count
            : throw Error($"{count} {what} are claimed; {Left} bytes are left, and at most {limit} are allowed");
    }

    private object Value(string key, GgufValueType type, int depth) => type switch
    {
        GgufValueType.UInt8 => (long)Take(1)[0],
        GgufValueType.Int8 => (long)(sbyte)Take(1)[0],
        GgufValueType.UInt16 => (long)BinaryPrimitives.ReadUInt16LittleEndian(Take(2)),
        GgufValueType.Int16 => (long)BinaryPrimitives.ReadInt16LittleEndian(Take(2)),
        GgufValueType.UInt32 => (long)UInt32(),
        GgufValueType.Int32 => (long)(int)UInt32(),
        GgufValueType.Float32 => Shortest(BitConverter.UInt32BitsToSingle(UInt32())),
        GgufValueType.Bool => Take(1)[0] != 0,
        GgufValueType.String => Text($"the value of {Quoted.Of(key)}"),
        GgufValueType.Array when depth < MaxDepth => List(key, depth),
        GgufValueType.UInt64 => UInt64() is var value && value <= long.MaxValue ? (long)value : (object)value,
        GgufValueType.Int64 => (long)UInt64(),
        GgufValueType.Float64 => BitConverter.UInt64BitsToDouble(UInt64()),
        GgufValueType.Array => throw Error($"{Quoted.Of(key)} has lists nested deeper than {MaxDepth}"),
        _ => throw Error($"{Quoted.Of(key)} has the unknown value type {(uint)type}; allowed: 0 to 12"),
    };

    private object List(string key, int depth)
    {
        GgufValueType type = (GgufValueType)UInt32();
        int count = Count($"entries of {Quoted.Of(key)}", Bytes(type));
        if (type == GgufValueType.String)
        {
            string[] texts = new string[count];
            for (int i = 0; i < count; i++)
            {
                texts[i] = Text($"an entry of {Quoted.Of(key)}");
            }

            return texts;
        }

        object[] values = new object[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = Value(key, type, depth + 1);
        }

        return values;
    }

    /// <summary>The fewest bytes a value takes.</summary>
    private static int Bytes(GgufValueType type) => type switch
    {
        GgufValueType.UInt8 or GgufValueType.Int8 or GgufValueType.Bool => 1,
        GgufValueType.UInt16 or GgufValueType.Int16 => 2,
        GgufValueType.UInt32 or GgufValueType.Int32 or GgufValueType.Float32 => 4,
        GgufValueType.Array => 12,
        _ => 8,
    };

    /// <summary>The double that prints as the single does: 1e-5f is meant as 1e-5.</summary>
    private static double Shortest(float value) => double.Parse(value.ToString());

    /// <summary>The next bytes, at most the buffer's size; valid until the next call.</summary>
    private ReadOnlySpan<byte> Take(int bytes)
    {
        if (bytes > Left)
        {
            throw Error($"{bytes} bytes are needed; {Left} are left");
        }

        if (bytes > _end - _start)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
            int more = (int)Math.Min(_buffer.Length - _end, file.Length - _fileOffset);
            file.Read(_fileOffset, _buffer.AsSpan(_end, more));
            _fileOffset += more;
            _end += more;
        }

        _start += bytes;
        return _buffer.AsSpan(_start - bytes, bytes);
    }
}
