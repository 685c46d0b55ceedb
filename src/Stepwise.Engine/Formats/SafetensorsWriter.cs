using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using Stepwise.Engine.Files;
using Stepwise.Files;

namespace Stepwise.Engine.Formats;

/// <summary>What a safetensors file is to hold under a name.</summary>
/// <param name="Name">The tensor's name, unique in the file.</param>
/// <param name="Type">Element type.</param>
/// <param name="Shape">Sizes, outermost first.</param>
internal sealed record SafetensorsEntry(string Name, SafetensorsType Type, params long[] Shape)
{
    /// <summary>Number of elements.</summary>
    public long Count => Shape.Aggregate(1L, (product, size) => checked(product * size));
}

/// <summary>
/// Writes a safetensors file, tensors in the order given; the same entries and values give the same bytes. The file appears when
/// <see cref="Commit"/> is called and not before.
/// </summary>
internal sealed class SafetensorsWriter : IDisposable
{
    private readonly WholeFile _file;
    private readonly IReadOnlyList<SafetensorsEntry> _entries;
    private int _written;

    /// <summary>Begins the file with its header.</summary>
    /// <param name="path">Where the file is to be.</param>
    /// <param name="entries">The tensors, in the order they will be written.</param>
    /// <exception cref="RunException">The file cannot be written.</exception>
    public SafetensorsWriter(string path, IReadOnlyList<SafetensorsEntry> entries)
    {
        _entries = entries;
        byte[] header = Header(entries);
        _file = new WholeFile(path);
        Span<byte> prefix = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(prefix, header.Length);
        _file.Write(prefix);
        _file.Write(header);
    }

    /// <summary>Writes the next tensor from fp32, rounding to nearest even where its type is F16 or BF16.</summary>
    /// <param name="name">Its name: the next of the entries.</param>
    /// <param name="values">One number per element.</param>
    /// <exception cref="ArgumentException">
    /// It is not the next, its type is not one of weights, or the number of elements is not the entry's.
    /// </exception>
    public void Write(string name, ReadOnlySpan<float> values)
    {
        SafetensorsType type = Next(name, values.Length).Type;
        NumberFormat format = type.Weights()
            ?? throw new ArgumentException($"{name} was declared as {type}, which is no type of weights.", nameof(name));
        format.Write(_file, values);
        _written++;
    }

    /// <summary>Writes the next tensor as it is.</summary>
    /// <param name="name">Its name: the next of the entries.</param>
    /// <param name="values">One value per element, of the entry's type.</param>
    /// <exception cref="ArgumentException">It is not the next, or type or number of elements are not the entry's.</exception>
    public void WriteExact<T>(string name, ReadOnlySpan<T> values)
        where T : unmanaged
    {
        if (Next(name, values.Length).Type != SafetensorsTypes.Of<T>())
        {
            throw new ArgumentException($"{name} was declared as another type than {SafetensorsTypes.Of<T>()}.", nameof(values));
        }

        const int Chunk = 1 << 24;
        for (int i = 0; i < values.Length; i += Chunk)
        {
            _file.Write(MemoryMarshal.AsBytes(values.Slice(i, Math.Min(Chunk, values.Length - i))));
        }

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

    private SafetensorsEntry Next(string name, int count)
    {
        SafetensorsEntry? entry = _written < _entries.Count ? _entries[_written] : null;
        return string.Equals(entry?.Name, name, StringComparison.Ordinal) && entry!.Count == count
            ? entry
            : throw new ArgumentException(
                $"{name} ({count}) was given where {entry?.Name ?? "nothing"} ({entry?.Count}) is next.", nameof(name));
    }

    private static byte[] Header(IReadOnlyList<SafetensorsEntry> entries)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteStartObject("__metadata__");
            json.WriteString("format", "pt");
            json.WriteEndObject();
            long offset = 0;
            foreach (SafetensorsEntry entry in entries)
            {
                long end = checked(offset + (entry.Count * entry.Type.Bytes()));
                json.WriteStartObject(entry.Name);
                json.WriteString("dtype", entry.Type.ToString());
                json.WritePropertyName("shape");
                JsonSerializer.Serialize(json, entry.Shape);
                json.WritePropertyName("data_offsets");
                JsonSerializer.Serialize(json, new[] { offset, end });
                json.WriteEndObject();
                offset = end;
            }

            json.WriteEndObject();
        }

        while (stream.Length % 8 != 0)
        {
            stream.WriteByte((byte)' ');
        }

        return stream.ToArray();
    }
}
