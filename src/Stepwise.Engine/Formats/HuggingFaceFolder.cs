using Stepwise.Engine.Memory;
using Stepwise.Engine.Models;
using Stepwise.Engine.Tokenizers;

namespace Stepwise.Engine.Formats;

/// <summary>
/// A checkpoint as a Hugging Face folder: <c>config.json</c> and <c>model.safetensors</c>, or the shards that
/// <c>model.safetensors.index.json</c> lists.
/// </summary>
public sealed class HuggingFaceFolder : IWeightSource
{
    /// <summary>The name of the file that holds the configuration.</summary>
    public const string ConfigName = "config.json";

    /// <summary>The name of the file that holds the weights.</summary>
    public const string WeightsName = "model.safetensors";

    /// <summary>The name of the file that says which shard holds which tensor.</summary>
    public const string IndexName = WeightsName + ".index.json";

    private readonly Owned _owned = new();
    private readonly OrderedDictionary<string, SafetensorsFile> _fileOf = new(StringComparer.Ordinal);

    /// <summary>Opens a folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="InputException">A file is missing or not sound, or the model is not supported.</exception>
    public HuggingFaceFolder(string folder)
    {
        Location = folder;
        string config = Path.Combine(folder, ConfigName);
        ConfigJson = ModelConfigFile.ReadWhole(config);
        Config = ModelConfigFile.Parse(config, ConfigJson);
        string weights = Path.Combine(folder, WeightsName), index = Path.Combine(folder, IndexName);
        try
        {
            if (!File.Exists(weights) && File.Exists(index))
            {
                OpenShards(folder, index);
            }
            else if (!File.Exists(weights) && Directory.EnumerateFiles(folder).FirstOrDefault(IsOtherForm) is { } other)
            {
                throw new InputException(
                    $"{weights}: no such file; {Quoted.Of(Path.GetFileName(other))} alone is not read. Load the model in transformers and "
                    + $"save it, which writes {WeightsName}.");
            }
            else
            {
                SafetensorsFile file = _owned.Add(SafetensorsFile.Open(weights));
                foreach (string name in file.Tensors.Keys)
                {
                    _fileOf.Add(name, file);
                }
            }
        }
        catch
        {
            _owned.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public string Location { get; }

    /// <inheritdoc/>
    public ModelConfig Config { get; }

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> ConfigJson { get; }

    /// <inheritdoc/>
    public IReadOnlyCollection<string> Names => _fileOf.Keys;

    /// <inheritdoc/>
    public bool Contains(string name) => _fileOf.ContainsKey(name);

    /// <inheritdoc/>
    public IReadOnlyList<long> Shape(string name) => FileOf(name).Tensor(name).Shape;

    /// <inheritdoc/>
    public void Read(string name, Span<float> destination) => FileOf(name).Read(name, destination);

    /// <inheritdoc/>
    public BpeTokenizer ReadTokenizer() => TokenizerFile.Read(Location);

    /// <inheritdoc/>
    public void Dispose() => _owned.Dispose();

    private static bool IsOtherForm(string file) => Path.GetExtension(file) is ".bin" or ".pt" or ".pth" or ".h5" or ".msgpack";

    /// <summary>Opens every shard of an index; both must name the same tensors in the same places.</summary>
    private void OpenShards(string folder, string index)
    {
        IReadOnlyDictionary<string, string> shardOf = SafetensorsIndex.Read(index);
        Dictionary<string, SafetensorsFile> shards = new(StringComparer.Ordinal);
        foreach (string shard in shardOf.Values.Distinct(StringComparer.Ordinal))
        {
            SafetensorsFile file = _owned.Add(SafetensorsFile.Open(Path.Combine(folder, shard)));
            shards.Add(shard, file);
            foreach (string name in file.Tensors.Keys)
            {
                if (!shardOf.TryGetValue(name, out string? listed) || !string.Equals(listed, shard, StringComparison.Ordinal))
                {
                    throw new InputException(
                        $"{file.Path}: holds {Quoted.Of(name)}, which {IndexName} {(listed is null ? "does not list" : $"places in {listed}")}.");
                }
            }
        }

        foreach ((string name, string shard) in shardOf)
        {
            if (!shards[shard].Tensors.ContainsKey(name))
            {
                throw new InputException($"{index}: places {Quoted.Of(name)} in {shard}, which does not hold it.");
            }

            _fileOf.Add(name, shards[shard]);
        }
    }

    private SafetensorsFile FileOf(string name) => _fileOf.TryGetValue(name, out SafetensorsFile? file)
        ? file
        : throw new InputException($"{Location}: no tensor is named {Quoted.Of(name)}; there are {_fileOf.Count} others.");
}
