using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Stepwise.Engine.Files;

namespace Stepwise.Engine.Formats;

/// <summary>A tensor of a safetensors file.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Element type.</param>
/// <param name="Shape">Sizes, outermost first; empty for a scalar.</param>
/// <param name="Begin">First byte, from the end of the header.</param>
/// <param name="End">One past the last byte.</param>
internal sealed record SafetensorsTensor(string Name, SafetensorsType Type, long[] Shape, long Begin, long End)
{
    /// <summary>Number of elements.</summary>
    public long Count => (End - Begin) / Type.Bytes();
}

/// <summary>
/// Reads a safetensors file: 8 bytes with the header's length, a JSON header (name → dtype, shape, data_offsets), then the data without
/// holes. The file is untrusted: everything is checked when it is opened, and no number is believed before it is compared with the file.
/// </summary>
internal sealed class SafetensorsFile : IDisposable
{
    private const long MaxHeaderBytes = 100_000_000;
    private const int MaxRank = 8;

    private readonly InputFile _file;
    private readonly long _dataStart;
    private readonly Dictionary<string, SafetensorsTensor> _tensors = new(StringComparer.Ordinal);

    private SafetensorsFile(InputFile file)
    {
        _file = file;
        Span<byte> prefix = stackalloc byte[8];
        if (file.Length < prefix.Length)
        {
            throw new InputException($"{Path}: {file.Length} bytes are too few for a safetensors file.");
        }

        file.Read(0, prefix);
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > Math.Min((ulong)MaxHeaderBytes, (ulong)(file.Length - prefix.Length)))
        {
            throw new InputException(
                $"{Path}: the header claims {length} bytes; the file has {file.Length} and at most {MaxHeaderBytes} are allowed.");
        }

        byte[] header = new byte[length];
        file.Read(prefix.Length, header);
        _dataStart = prefix.Length + header.Length;
        foreach ((string name, JsonInput value) in JsonInput.Parse(Path, header).Members())
        {
            if (string.Equals(name, "__metadata__", StringComparison.Ordinal))
            {
                foreach ((_, JsonInput text) in value.Members())
                {
                    _ = text.Text();
                }
            }
            else
            {
                _tensors.Add(name, ParseTensor(name, value));
            }
        }

        CheckLayout();
    }

    public string Path => _file.Path;

    /// <summary>The tensors by name, in the header's order.</summary>
    public IReadOnlyDictionary<string, SafetensorsTensor> Tensors => _tensors;

    /// <summary>Opens and checks a file.</summary>
    /// <exception cref="InputException">The file is missing or not a sound safetensors file; the message names the tensor.</exception>
    public static SafetensorsFile Open(string path)
    {
        InputFile file = InputFile.Open(path);
        try
        {
            return new SafetensorsFile(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>A tensor by name.</summary>
    /// <exception cref="InputException">The file has none of that name.</exception>
    public SafetensorsTensor Tensor(string name) => _tensors.TryGetValue(name, out SafetensorsTensor? tensor)
        ? tensor
        : throw new InputException($"{Path}: no tensor is named {Quoted.Of(name)}; the file has {_tensors.Count} others.");

    /// <summary>Reads weights (F32, F16 or BF16), widened to fp32.</summary>
    /// <param name="name">The tensor.</param>
    /// <param name="destination">One number per element.</param>
    /// <exception cref="InputException">The tensor is absent, of another type or another size.</exception>
    public void Read(string name, Span<float> destination)
    {
        SafetensorsTensor tensor = Tensor(name);
        NumberFormat format = tensor.Type.Weights()
            ?? throw new InputException($"{Path}: {Quoted.Of(name)} is {tensor.Type}; weights are F32, F16 or BF16.");
        CheckCount(tensor, destination.Length);
        _file.ReadNumbers(_dataStart + tensor.Begin, format, destination);
    }

    /// <summary>Reads elements as they are stored.</summary>
    /// <param name="name">The tensor; its type must be the one of <typeparamref name="T"/>.</param>
    /// <param name="destination">One value per element.</param>
    /// <exception cref="InputException">The tensor is absent, of another type or another size.</exception>
    public void ReadExact<T>(string name, Span<T> destination)
        where T : unmanaged
    {
        SafetensorsTensor tensor = Tensor(name);
        SafetensorsType expected = SafetensorsTypes.Of<T>();
        if (tensor.Type != expected)
        {
            throw new InputException($"{Path}: {Quoted.Of(name)} is {tensor.Type}; expected {expected}.");
        }

        CheckCount(tensor, destination.Length);
        const int Chunk = 1 << 24;
        long offset = _dataStart + tensor.Begin;
        for (int i = 0; i < destination.Length; i += Chunk)
        {
            Span<byte> bytes = MemoryMarshal.AsBytes(destination.Slice(i, Math.Min(Chunk, destination.Length - i)));
            _file.Read(offset, bytes);
            offset += bytes.Length;
        }
    }

    public void Dispose() => _file.Dispose();

    private void CheckCount(SafetensorsTensor tensor, int expected)
    {
        if (tensor.Count != expected)
        {
            throw new InputException(
                $"{Path}: {Quoted.Of(tensor.Name)} has shape [{string.Join(", ", tensor.Shape)}], {tensor.Count} numbers; "
                + $"expected {expected}.");
        }
    }

    private SafetensorsTensor ParseTensor(string name, JsonInput value)
    {
        JsonInput dtype = value.Get("dtype");
        if (!Enum.TryParse(dtype.Text(), out SafetensorsType type)
            || !string.Equals(type.ToString(), dtype.Text(), StringComparison.Ordinal))
        {
            throw dtype.Unexpected(SafetensorsTypes.Allowed);
        }

        long[] shape = [.. value.Get("shape").Items().Take(MaxRank + 1).Select(size => size.Integer(0, long.MaxValue))];
        long[] offsets = [.. value.Get("data_offsets").Items().Take(3).Select(offset => offset.Integer(0, _file.Length - _dataStart))];
        if (shape.Length > MaxRank)
        {
            throw value.Error($"more than {MaxRank} dimensions");
        }

        if (offsets.Length != 2 || offsets[0] > offsets[1])
        {
            throw value.Error("data_offsets must be the first byte and the one past the last");
        }

        if (ByteSize(shape, type) != offsets[1] - offsets[0])
        {
            throw value.Error($"shape [{string.Join(", ", shape)}] of {type} does not take {offsets[1] - offsets[0]} bytes");
        }

        return new SafetensorsTensor(name, type, shape, offsets[0], offsets[1]);
    }

    /// <summary>Bytes of a shape; −1 where they are more than can be counted.</summary>
    private static long ByteSize(long[] shape, SafetensorsType type)
    {
        if (shape.Contains(0))
        {
            return 0;
        }

        long bytes = type.Bytes();
        foreach (long size in shape)
        {
            if (size > long.MaxValue / bytes)
            {
                return -1;
            }

            bytes *= size;
        }

        return bytes;
    }

    private void CheckLayout()
    {
        long end = 0;
        foreach (SafetensorsTensor tensor in _tensors.Values.OrderBy(t => t.Begin).ThenBy(t => t.End))
        {
            if (tensor.Begin != end)
            {
                throw new InputException(
                    $"{Path}: {Quoted.Of(tensor.Name)} begins at byte {tensor.Begin} of the data; the tensor before it ends at {end}: "
                    + "tensors must neither overlap nor leave holes.");
            }

            end = tensor.End;
        }

        if (_dataStart + end != _file.Length)
        {
            throw new InputException($"{Path}: {_file.Length - _dataStart - end} bytes after the last tensor belong to none.");
        }
    }
}
