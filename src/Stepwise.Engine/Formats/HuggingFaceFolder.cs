using Stepwise.Engine.Tokenizers;

namespace Stepwise.Engine.Formats;

/// <summary>A checkpoint as a Hugging Face folder: <c>config.json</c> and <c>model.safetensors</c>.</summary>
public sealed class HuggingFaceFolder : IWeightSource
{
    /// <summary>The name of the file that holds the configuration.</summary>
    public const string ConfigName = "config.json";

    /// <summary>The name of the file that holds the weights.</summary>
    public const string WeightsName = "model.safetensors";

    private readonly SafetensorsFile _weights;

    /// <summary>Opens a folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="InputException">A file is missing or not sound, or the model is not supported.</exception>
    public HuggingFaceFolder(string folder)
    {
        Location = folder;
        Config = ModelConfigFile.Read(Path.Combine(folder, ConfigName));
        string weights = Path.Combine(folder, WeightsName);
        if (!File.Exists(weights) && File.Exists(weights + ".index.json"))
        {
            throw new InputException($"{weights}: no such file; weights in shards ({WeightsName}.index.json) are not supported.");
        }

        _weights = SafetensorsFile.Open(weights);
        Names = [.. _weights.Tensors.Keys];
    }

    /// <inheritdoc/>
    public string Location { get; }

    /// <inheritdoc/>
    public ModelConfig Config { get; }

    /// <inheritdoc/>
    public IReadOnlyCollection<string> Names { get; }

    /// <inheritdoc/>
    public bool Contains(string name) => _weights.Tensors.ContainsKey(name);

    /// <inheritdoc/>
    public IReadOnlyList<long> Shape(string name) => _weights.Tensor(name).Shape;

    /// <inheritdoc/>
    public void Read(string name, Span<float> destination) => _weights.Read(name, destination);

    /// <inheritdoc/>
    public BpeTokenizer ReadTokenizer() => TokenizerFile.Read(Location);

    /// <inheritdoc/>
    public void Dispose() => _weights.Dispose();
}
