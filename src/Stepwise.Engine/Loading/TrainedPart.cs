using Stepwise.Engine.Formats;
using Stepwise.Engine.Memory;
using Stepwise.Engine.Models;
using Stepwise.Engine.Tokenizers;
using Stepwise.Files;

namespace Stepwise.Engine.Loading;

/// <summary>The part of a policy that training changes: gradient, moments and checkpoints are of it.</summary>
internal abstract class TrainedPart
{
    /// <summary>Where its parameters lie.</summary>
    public abstract ParameterBlock Layout { get; }

    /// <summary>Its parameters; [<see cref="ParameterBlock.Count"/>].</summary>
    public abstract NativeBuffer<float> Values { get; }

    /// <summary>The name of the file of <see cref="Values"/>.</summary>
    public abstract string WeightsName { get; }

    /// <summary>Packs what was changed in <see cref="Values"/> for the multiplies.</summary>
    public abstract void Pack();

    /// <summary>Writes what is needed beside the values to load them.</summary>
    /// <param name="folder">A folder that exists.</param>
    /// <exception cref="RunException">A file cannot be written.</exception>
    public abstract void Describe(string folder);

    /// <summary>Reads the values from a folder that was written from a part like this.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="InputException">A file is missing or not sound, or is of another model or other adapters.</exception>
    public abstract void Load(string folder);
}

/// <summary>All weights.</summary>
internal sealed class TrainedWeights(DecoderWeights weights, ReadOnlyMemory<byte> configJson, BpeTokenizer tokenizer) : TrainedPart
{
    public override ParameterBlock Layout => weights.Layout;

    public override NativeBuffer<float> Values => weights.Values;

    public override string WeightsName => HuggingFaceFolder.WeightsName;

    public override void Pack() => weights.Pack();

    public override void Describe(string folder)
    {
        WholeFile.Write(Path.Combine(folder, HuggingFaceFolder.ConfigName), ModelConfigFile.WithType(configJson, SafetensorsType.F32).Span);
        TokenizerFile.Write(tokenizer, folder);
    }

    public override void Load(string folder)
    {
        using HuggingFaceFolder source = new(folder);
        weights.Load(source);
    }
}

/// <summary>Adapters beside weights that are frozen.</summary>
internal sealed class TrainedAdapters(Adapters adapters, string model) : TrainedPart
{
    public override ParameterBlock Layout => adapters.Layout;

    public override NativeBuffer<float> Values => adapters.Values;

    public override string WeightsName => AdapterFolder.WeightsName;

    public override void Pack() => adapters.Pack();

    public override void Describe(string folder) => AdapterConfigFile.Write(folder, adapters.Options, model);

    public override void Load(string folder) => AdapterFolder.Restore(folder, adapters);
}
