using System.Numerics;
using Stepwise.Engine.Files;
using Stepwise.Engine.Models;
using Stepwise.Engine.Tokenizers;

namespace Stepwise.Engine.Formats;

/// <summary>
/// A model in one GGUF file (versions 2 and 3), its weights in a format of <see cref="GgufTensorType"/> and widened to fp32 when they are
/// read. Tensors appear under their Hugging Face names and in Hugging Face's row order. The file is untrusted: everything is checked when
/// it is opened.
/// </summary>
public sealed class GgufFile : IWeightSource
{
    private const uint Magic = 0x46554747;
    private const int MaxRank = 4;
    private const int MaxAlignment = 1 << 16;
    private const int MaxRopeFactors = 1 << 9;

    private readonly InputFile _file;
    private readonly Dictionary<string, Tensor> _tensors = new(StringComparer.Ordinal);

    /// <summary>Opens and checks a file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InputException">The file is missing or not sound, or the model is not supported.</exception>
    public GgufFile(string path)
    {
        _file = InputFile.Open(path);
        try
        {
            GgufReader reader = new(_file);
            int tensors = ReadPrefix(reader);
            Metadata = ReadMetadata(reader);
            ReadTensors(reader, tensors, GgufArchitecture.Read(Metadata));
            Config = GgufModelConfig.Read(Metadata, _tensors.Keys, TakeRopeFactors());
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public string Location => _file.Path;

    /// <inheritdoc/>
    public ModelConfig Config { get; }

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> ConfigJson => ModelConfigFile.Format(Config);

    /// <inheritdoc/>
    public IReadOnlyCollection<string> Names => _tensors.Keys;

    internal GgufMetadata Metadata { get; }

    /// <inheritdoc/>
    public bool Contains(string name) => _tensors.ContainsKey(name);

    /// <inheritdoc/>
    public IReadOnlyList<long> Shape(string name) => Find(name).Shape;

    /// <inheritdoc/>
    public void Read(string name, Span<float> destination)
    {
        Tensor tensor = Find(name);
        if (tensor.Count != destination.Length)
        {
            throw new InputException(
                $"{Location}: {Quoted.Of(name)} has shape [{string.Join(", ", tensor.Shape)}], {tensor.Count} numbers; "
                + $"expected {destination.Length}.");
        }

        if (!tensor.Interleaved)
        {
            _file.ReadNumbers(tensor.Offset, tensor.Format, destination);
            return;
        }

        ReadInterleaved(tensor, destination);
    }

    /// <inheritdoc/>
    public BpeTokenizer ReadTokenizer() => GgufTokenizer.Read(Metadata);

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private void ReadInterleaved(Tensor tensor, Span<float> destination)
    {
        int columns = (int)tensor.Shape[^1];
        int rows = (int)tensor.Shape[0];
        int headSize = Config.HeadSize;
        if (rows % headSize != 0)
        {
            throw new InputException($"{Location}: {rows} rows of queries or keys are no multiple of the head size {headSize}.");
        }

        long rowBytes = tensor.Bytes / rows;
        for (int row = 0; row < rows; row++)
        {
            int target = InterleavedRows.HuggingFaceRow(row, headSize);
            _file.ReadNumbers(tensor.Offset + (row * rowBytes), tensor.Format, destination.Slice(target * columns, columns));
        }
    }

    private static int ReadPrefix(GgufReader reader)
    {
        if (reader.UInt32() != Magic)
        {
            throw reader.Error("not a GGUF file: the first four bytes must be \"GGUF\"");
        }

        uint version = reader.UInt32();
        if (version is not (2 or 3))
        {
            throw reader.Error($"GGUF version {version}; allowed: 2 and 3, little-endian");
        }

        return reader.Count("tensors", 32);
    }

    private GgufMetadata ReadMetadata(GgufReader reader)
    {
        Dictionary<string, object> values = new(StringComparer.Ordinal);
        for (int left = reader.Count("metadata values", 13); left > 0; left--)
        {
            string key = reader.Text("a metadata key");
            if (!values.TryAdd(key, reader.Value(key)))
            {
                throw reader.Error($"the metadata key {Quoted.Of(key)} appears twice");
            }
        }

        return new GgufMetadata(Location, values);
    }

    private void ReadTensors(GgufReader reader, int count, GgufArchitecture architecture)
    {
        List<(string Name, NumberFormat Format, long[] Shape, ulong Offset)> infos = [];
        for (int i = 0; i < count; i++)
        {
            infos.Add(ReadTensorInfo(reader));
        }

        long alignment = Metadata.Has("general.alignment") ? Metadata.Integer("general.alignment", 1, MaxAlignment) : 32;
        if (!BitOperations.IsPow2(alignment))
        {
            throw Metadata.Error("general.alignment", $"is {alignment}; it must be a power of two");
        }

        long dataStart = (reader.Position + alignment - 1) / alignment * alignment;
        long previousEnd = dataStart;
        foreach ((string name, NumberFormat format, long[] shape, ulong offset) in infos.OrderBy(t => t.Offset))
        {
            long bytes = ByteSize(name, format, shape);
            if (offset % (ulong)alignment != 0 || offset > (ulong)Math.Max(0, _file.Length - dataStart - bytes))
            {
                throw new InputException(
                    $"{Location}: {Quoted.Of(name)} at offset {offset} with {bytes} bytes is misaligned or past the end of the file.");
            }

            long begin = dataStart + (long)offset;
            if (begin < previousEnd || begin + bytes > _file.Length)
            {
                throw new InputException($"{Location}: {Quoted.Of(name)} overlaps the tensor before it or the end of the file.");
            }

            previousEnd = begin + bytes;
            Tensor tensor = new(format, shape, begin, bytes, shape.Length == 2 && architecture.Interleaves(name));
            string hugging = (name is GgufRopeScaling.FactorsName ? name : GgufNames.ToHuggingFace(name))
                ?? throw new InputException($"{Location}: the tensor {Quoted.Of(name)} belongs to no supported model.");
            if (!_tensors.TryAdd(hugging, tensor))
            {
                throw new InputException($"{Location}: the tensor {Quoted.Of(name)} appears twice.");
            }
        }
    }

    /// <summary>Takes the frequency factors of Llama 3, which are no weights, from the tensors; empty where the file has none.</summary>
    private float[] TakeRopeFactors()
    {
        if (!_tensors.Remove(GgufRopeScaling.FactorsName, out Tensor? tensor))
        {
            return [];
        }

        if (tensor.Count > MaxRopeFactors)
        {
            throw new InputException(
                $"{Location}: {GgufRopeScaling.FactorsName} has {tensor.Count} numbers; at most {MaxRopeFactors} are allowed.");
        }

        float[] factors = new float[tensor.Count];
        _file.ReadNumbers(tensor.Offset, tensor.Format, factors);
        return factors;
    }

    private static (string Name, NumberFormat Format, long[] Shape, ulong Offset) ReadTensorInfo(GgufReader reader)
    {
        string name = reader.Text("a tensor's name");
        uint rank = reader.UInt32();
        if (rank is 0 or > MaxRank)
        {
            throw reader.Error($"the tensor {Quoted.Of(name)} has {rank} dimensions; allowed: 1 to {MaxRank}");
        }

        long[] shape = new long[rank];
        for (int i = shape.Length - 1; i >= 0; i--)
        {
            ulong size = reader.UInt64();
            shape[i] = size is > 0 and <= int.MaxValue
                ? (long)size
                : throw reader.Error($"the tensor {Quoted.Of(name)} has a dimension of {size}; allowed: 1 to {int.MaxValue}");
        }

        uint type = reader.UInt32();
        return GgufTensorType.Find(type) is { } format
            ? (name, format, shape, reader.UInt64())
            : throw reader.Error($"the tensor {Quoted.Of(name)} is encoded as {GgufTensorType.Refusal(type)}");
    }

    private long ByteSize(string name, NumberFormat format, long[] shape)
    {
        if (shape[^1] % format.BlockLength != 0)
        {
            throw new InputException(
                $"{Location}: {Quoted.Of(name)} has rows of {shape[^1]} numbers, "
                + $"no multiple of the {format.BlockLength} of a {format.Name} block.");
        }

        UInt128 bytes = (UInt128)(shape[^1] / format.BlockLength * format.BlockBytes);
        foreach (long size in shape.AsSpan(0, shape.Length - 1))
        {
            bytes *= (UInt128)size;
        }

        return bytes <= (UInt128)_file.Length
            ? (long)bytes
            : throw new InputException(
                $"{Location}: {Quoted.Of(name)} with shape [{string.Join(", ", shape)}] takes {bytes} bytes, more than the file has.");
    }

    private Tensor Find(string name) => _tensors.TryGetValue(name, out Tensor? tensor)
        ? tensor
        : throw new InputException($"{Location}: no tensor stands for {Quoted.Of(name)}; the file has {_tensors.Count} others.");

    /// <summary>A tensor's place.</summary>
    /// <param name="Format">How its numbers are encoded.</param>
    /// <param name="Shape">Sizes, outermost first.</param>
    /// <param name="Offset">First byte in the file.</param>
    /// <param name="Bytes">Its size.</param>
    /// <param name="Interleaved">Whether its rows are in Llama's GGUF order.</param>
    private sealed record Tensor(NumberFormat Format, long[] Shape, long Offset, long Bytes, bool Interleaved)
    {
        public long Count => Bytes / Format.BlockBytes * Format.BlockLength;
    }
}
