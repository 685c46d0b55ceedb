using System.Text;
using Stepwise.Engine.Files;
using Stepwise.Files;

namespace Stepwise.Engine.Formats;

/// <summary>What a GGUF file is to hold under a name.</summary>
/// <param name="Name">The tensor's name in GGUF's words, unique in the file.</param>
/// <param name="Format">How it is encoded; one that can be written.</param>
/// <param name="Shape">Sizes, outermost first; the last is a whole number of blocks.</param>
internal sealed record GgufEntry(string Name, NumberFormat Format, params long[] Shape)
{
    /// <summary>Number of elements.</summary>
    public long Count => Shape.Aggregate(1L, (product, size) => checked(product * size));

    /// <summary>Size in the file, without what fills it up to the alignment.</summary>
    public long Bytes => Format.Bytes(Count);
}

/// <summary>
/// Writes a GGUF file (version 3, little-endian, data aligned to 32 bytes), tensors in the order given; the same metadata, entries and
/// values give the same bytes. The file appears when <see cref="Commit"/> is called and not before.
/// </summary>
internal sealed class GgufWriter : IDisposable
{
    private const int Alignment = 32;
    private const uint Version = 3;

    private readonly WholeFile _file;
    private readonly IReadOnlyList<GgufEntry> _entries;
    private int _written;

    /// <summary>Begins the file with all that comes before the numbers.</summary>
    /// <param name="path">Where the file is to be.</param>
    /// <param name="metadata">
    /// Keys and values: uint, float, bool, string, or an array of int, float or string.
    /// </param>
    /// <param name="entries">The tensors, in the order they will be written.</param>
    /// <exception cref="RunException">The file cannot be written.</exception>
    public GgufWriter(string path, IReadOnlyList<(string Key, object Value)> metadata, IReadOnlyList<GgufEntry> entries)
    {
        _entries = entries;
        byte[] header = Header(metadata, entries);
        _file = new WholeFile(path);
        _file.Write(header);
    }

    /// <summary>Writes the next tensor from fp32, rounding as its format does.</summary>
    /// <param name="name">Its name: the next of the entries.</param>
    /// <param name="values">One number per element.</param>
    /// <exception cref="ArgumentException">It is not the next, or the number of elements is not the entry's.</exception>
    /// <exception cref="RunException">The disk is full or fails.</exception>
    public void Write(string name, ReadOnlySpan<float> values)
    {
        GgufEntry? entry = _written < _entries.Count ? _entries[_written] : null;
        if (!string.Equals(entry?.Name, name, StringComparison.Ordinal) || entry!.Count != values.Length)
        {
            throw new ArgumentException(
                $"{name} ({values.Length}) was given where {entry?.Name ?? "nothing"} ({entry?.Count}) is next.", nameof(name));
        }

        entry.Format.Write(_file, values);
        _file.Write(new byte[Padding(entry.Bytes)]);
        _written++;
    }

    /// <summary>Flushes to disk and puts the file in its place.</summary>
    /// <exception cref="InvalidOperationException">A tensor has not been written.</exception>
    /// <exception cref="RunException">The disk is full or fails.</exception>
    public void Commit()
    {
        if (_written != _entries.Count)
        {
            throw new InvalidOperationException($"{_entries.Count - _written} tensors have not been written.");
        }

        _file.Commit();
    }

    /// <summary>Removes what was written, unless it was committed.</summary>
    public void Dispose() => _file.Dispose();

    private static byte[] Header(IReadOnlyList<(string Key, object Value)> metadata, IReadOnlyList<GgufEntry> entries)
    {
        using MemoryStream stream = new();
        using BinaryWriter writer = new(stream);
        writer.Write("GGUF"u8);
        writer.Write(Version);
        writer.Write((ulong)entries.Count);
        writer.Write((ulong)metadata.Count);
        foreach ((string key, object value) in metadata)
        {
            WriteText(writer, key);
            WriteValue(writer, value);
        }

        long offset = 0;
        foreach (GgufEntry entry in entries)
        {
            WriteText(writer, entry.Name);
            writer.Write((uint)entry.Shape.Length);
            foreach (long size in entry.Shape.Reverse())
            {
                writer.Write((ulong)size);
            }

            writer.Write(GgufTensorType.Of(entry.Format));
            writer.Write((ulong)offset);
            offset = checked(offset + entry.Bytes + Padding(entry.Bytes));
        }

        writer.Write(new byte[Padding(stream.Length)]);
        return stream.ToArray();
    }

    private static long Padding(long length) => (Alignment - (length % Alignment)) % Alignment;

    private static void WriteValue(BinaryWriter writer, object value)
    {
        switch (value)
        {
            case uint number:
                WriteType(writer, GgufValueType.UInt32);
                writer.Write(number);
                break;
            case float number:
                WriteType(writer, GgufValueType.Float32);
                writer.Write(number);
                break;
            case bool flag:
                WriteType(writer, GgufValueType.Bool);
                writer.Write(flag);
                break;
            case string text:
                WriteType(writer, GgufValueType.String);
                WriteText(writer, text);
                break;
            case int[] numbers:
                WriteList(writer, GgufValueType.Int32, numbers, writer.Write);
                break;
            case float[] numbers:
                WriteList(writer, GgufValueType.Float32, numbers, writer.Write);
                break;
            case string[] texts:
                WriteList(writer, GgufValueType.String, texts, text => WriteText(writer, text));
                break;
            default:
                throw new ArgumentException($"A value of {value.GetType()} has no place in GGUF metadata.", nameof(value));
        }
    }

    private static void WriteList<T>(BinaryWriter writer, GgufValueType type, T[] values, Action<T> write)
    {
        WriteType(writer, GgufValueType.Array);
        WriteType(writer, type);
        writer.Write((ulong)values.Length);
        Array.ForEach(values, write);
    }

    private static void WriteType(BinaryWriter writer, GgufValueType type) => writer.Write((uint)type);

    private static void WriteText(BinaryWriter writer, string text)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        writer.Write((ulong)utf8.Length);
        writer.Write(utf8);
    }
}
