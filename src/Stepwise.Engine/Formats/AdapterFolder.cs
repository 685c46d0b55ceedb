using Stepwise.Engine.Files;
using Stepwise.Engine.Kernels;
using Stepwise.Engine.Models;
using Stepwise.Engine.Tokenizers;
using Stepwise.Files;
using Stepwise.Policies;

namespace Stepwise.Engine.Formats;

/// <summary>
/// Low-rank adapters in PEFT's format over a base model, read as one model: <c>W + (α / r) B A</c>. The base is the path in
/// <c>adapter_config.json</c>, absolute or relative to the adapters' folder; a folder of adapters too, whose product is then W.
/// </summary>
public sealed unsafe class AdapterFolder : IWeightSource
{
    /// <summary>The name of the file that holds the adapters.</summary>
    public const string WeightsName = "adapter_model.safetensors";

    private const string WeightSuffix = ".weight";

    private readonly IWeightSource _base;
    private readonly Dictionary<string, (float[] Down, float[] Up)> _adapters = [];

    /// <summary>Opens a folder and its base model.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="InputException">
    /// A file is missing or not sound, the adapters do not fit the base model, or more than <see cref="PolicyPath.MostAdapters"/> lie over each
    /// other, as in a circle.
    /// </exception>
    public AdapterFolder(string folder)
        : this(folder, over: 0)
    {
    }

    // over: how many adapters lie over these.
    private AdapterFolder(string folder, int over)
    {
        if (over == PolicyPath.MostAdapters)
        {
            throw new InputException(
                $"{folder}: adapters over adapters, more than {PolicyPath.MostAdapters} of them or in a circle. Make a whole model of some (stepwise export).");
        }

        Location = folder;
        (Options, string named) = AdapterConfigFile.Read(folder);
        string path = Path.Combine(folder, named.Replace('\0', '?'));
        if (Path.GetFullPath(path).Equals(Path.GetFullPath(folder), StringComparison.Ordinal) || !Path.Exists(path))
        {
            throw new InputException(
                $"{Path.Combine(folder, AdapterConfigFile.Name)}: the base model is {Quoted.Of(named)}, and there is no such file or folder; "
                + "put its path there.");
        }

        BasePath = Path.GetFullPath(path);
        _base = IsOne(path) ? new AdapterFolder(path, over + 1) : WeightSource.Open(path);
        try
        {
            ReadAdapters();
        }
        catch
        {
            _base.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public string Location { get; }

    /// <summary>The adapters.</summary>
    public LoraOptions Options { get; }

    /// <summary>The full path of the base model.</summary>
    public string BasePath { get; }

    /// <inheritdoc/>
    public ModelConfig Config => _base.Config;

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> ConfigJson => _base.ConfigJson;

    /// <inheritdoc/>
    public IReadOnlyCollection<string> Names => _base.Names;

    /// <summary>Whether a folder holds adapters.</summary>
    /// <param name="folder">The folder.</param>
    public static bool IsOne(string folder) => File.Exists(Path.Combine(folder, AdapterConfigFile.Name));

    /// <summary>Reads the A and B of a policy's adapters from a folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="adapters">The adapters; packed afterwards.</param>
    /// <exception cref="InputException">A file is missing or not sound, or holds other adapters.</exception>
    internal static void Restore(string folder, Adapters adapters)
    {
        (LoraOptions own, LoraOptions found) = (adapters.Options, AdapterConfigFile.Read(folder).Options);
        if (found with { Frozen = own.Frozen } != own)
        {
            throw new InputException(
                $"{folder}: adapters of rank {found.Rank}, alpha {found.Alpha} on {found.Targets}; the policy has rank {own.Rank}, "
                + $"alpha {own.Alpha} on {own.Targets}.");
        }

        using SafetensorsFile file = OpenWeights(folder, adapters.Layout);
        foreach (Parameter parameter in adapters.Layout.All)
        {
            Span<float> values = adapters.ValuesOf(parameter);
            file.Read(parameter.Name, values);
            FiniteNumbers.Require(values, folder, parameter.Name);
        }

        adapters.Pack();
    }

    /// <inheritdoc/>
    public bool Contains(string name) => _base.Contains(name);

    /// <inheritdoc/>
    public IReadOnlyList<long> Shape(string name) => _base.Shape(name);

    /// <inheritdoc/>
    public void Read(string name, Span<float> destination)
    {
        _base.Read(name, destination);
        if (_adapters.TryGetValue(name, out (float[] Down, float[] Up) adapter))
        {
            int rank = Options.Rank, width = adapter.Down.Length / rank;
            float scale = (float)(Options.Alpha / rank);
            fixed (float* down = adapter.Down, weights = destination)
            {
                for (int i = 0; i < adapter.Up.Length; i++)
                {
                    (int row, int r) = Math.DivRem(i, rank);
                    Elementwise.AddScaled(weights + ((nint)row * width), down + (r * width), scale * adapter.Up[i], width);
                }
            }
        }
    }

    /// <summary>The base model's tokenizer, with what the folder has of its own before it: vocabulary, settings, chat template.</summary>
    /// <inheritdoc/>
    public BpeTokenizer ReadTokenizer() => TokenizerFile.ReadOver(Location, _base.ReadTokenizer());

    /// <inheritdoc/>
    public void Dispose() => _base.Dispose();

    private void ReadAdapters()
    {
        AdapterLayout layout = new(Config, Options);
        using SafetensorsFile file = OpenWeights(Location, layout);
        foreach (AdapterParameters p in layout.Layers.SelectMany(l => new[] { l.QueryKeyValue, l.Output, l.GateUp, l.Down }).SelectMany(p => p))
        {
            float[] down = new float[p.Down.Count], up = new float[p.Up.Count];
            file.Read(p.Down.Name, down);
            file.Read(p.Up.Name, up);
            string name = p.Down.Name[AdapterLayout.Prefix.Length..^AdapterLayout.DownSuffix.Length] + WeightSuffix;
            _adapters.Add(name, (down, up));
        }
    }

    /// <summary>Opens a folder's weights, which must be exactly the adapters of a layout.</summary>
    private static SafetensorsFile OpenWeights(string folder, AdapterLayout layout)
    {
        SafetensorsFile file = SafetensorsFile.Open(Path.Combine(folder, WeightsName));
        try
        {
            Check(file, layout);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static void Check(SafetensorsFile file, AdapterLayout layout)
    {
        foreach (Parameter parameter in layout.All)
        {
            IReadOnlyList<long> shape = file.Tensor(parameter.Name).Shape;
            if (!shape.SequenceEqual(parameter.Shape.Select(n => (long)n)))
            {
                throw new InputException(
                    $"{file.Path}: tensor '{parameter.Name}' has shape [{string.Join(", ", shape)}], the base model and the rank ask for "
                    + $"[{string.Join(", ", parameter.Shape)}].");
            }
        }

        if (file.Tensors.Keys.Except(layout.All.Select(p => p.Name), StringComparer.Ordinal).FirstOrDefault() is { } stranger)
        {
            throw new InputException(
                $"{file.Path}: tensor {Quoted.Of(stranger)} is no adapter that {AdapterConfigFile.Name} names; is the base model another one?");
        }
    }
}
