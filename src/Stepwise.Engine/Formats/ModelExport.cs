using Stepwise.Engine.Files;
using Stepwise.Engine.Models;
using Stepwise.Engine.Tokenizers;
using Stepwise.Files;

namespace Stepwise.Engine.Formats;

/// <summary>
/// Writes models at rest for other programs, one tensor in memory at a time. Numbers beyond what the weight type holds are refused: a model
/// that overflows is not written as infinities.
/// </summary>
public static class ModelExport
{
    private const int MaxCompanionBytes = 1 << 27;

    /// <summary>What stands beside the weights of a Hugging Face folder and is copied as it is.</summary>
    private static readonly string[] CompanionNames =
        [TokenizerFile.Name, .. TokenizerFile.Companions, "vocab.json", "merges.txt"];

    /// <summary>
    /// Writes a GGUF file that llama.cpp loads: norms and biases in F32, matrices in the weight type, or in F16 where their rows are not a
    /// whole number of its blocks. The tokenizer of a GGUF file is copied as it is.
    /// </summary>
    /// <param name="source">The model.</param>
    /// <param name="path">Where the file is to be.</param>
    /// <param name="type">How matrices are stored.</param>
    /// <param name="progress">Told after every tensor.</param>
    /// <param name="cancellationToken">Stops the export; nothing is left of it.</param>
    /// <returns>What was written, one entry per format.</returns>
    /// <exception cref="InputException">The model is not sound, overflows the weight type, or needs what GGUF files cannot say.</exception>
    /// <exception cref="RunException">The file cannot be written.</exception>
    public static IReadOnlyList<ExportedWeights> WriteGguf(
        IWeightSource source, string path, WeightType type, IProgress<ExportProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ModelConfig config = source.Config;
        IReadOnlyList<Parameter> parameters = Parameters(source);
        GgufArchitecture architecture = GgufArchitecture.Of(config.Architecture);
        List<GgufEntry> entries =
            [.. parameters.Select(p => new GgufEntry(GgufNames.FromHuggingFace(p.Name), GgufFormat(p, type), Longs(p)))];
        float[] ropeFactors = config.RopeScaling is Llama3RopeScaling scaling
            ? GgufRopeScaling.Factors(scaling, config.HeadSize, config.RopeTheta)
            : [];
        if (ropeFactors.Length > 0)
        {
            entries.Insert(0, new GgufEntry(GgufRopeScaling.FactorsName, NumberFormat.F32, ropeFactors.Length));
        }

        using GgufWriter file = new(path, GgufMetadata(source, Path.GetFileNameWithoutExtension(path), type), entries);
        if (ropeFactors.Length > 0)
        {
            file.Write(GgufRopeScaling.FactorsName, ropeFactors);
        }

        float[] rows = new float[
            parameters.Where(p => architecture.Interleaves(GgufNames.FromHuggingFace(p.Name))).Select(p => p.Count).DefaultIfEmpty().Max()];
        IReadOnlyList<ExportedWeights> report = Copy(
            source.Location, source.Read, parameters, p => GgufFormat(p, type), Write, progress, cancellationToken);
        file.Commit();
        return report;

        void Write(Parameter parameter, ReadOnlySpan<float> values)
        {
            string name = GgufNames.FromHuggingFace(parameter.Name);
            if (architecture.Interleaves(name))
            {
                InterleavedRows.Interleave(values, rows, parameter.Shape[1], config.HeadSize);
                values = rows.AsSpan(0, values.Length);
            }

            file.Write(name, values);
        }
    }

    /// <summary>
    /// Writes a Hugging Face folder: <c>config.json</c> with the weight type, <c>model.safetensors</c> with every tensor in it, and the
    /// tokenizer. The files of a Hugging Face folder are copied as they are, but for the weights and the key of their type; from a GGUF
    /// file they are made.
    /// </summary>
    /// <param name="source">The model.</param>
    /// <param name="folder">A folder that exists and is empty.</param>
    /// <param name="type">How numbers are stored; not <see cref="WeightType.Q8"/>.</param>
    /// <param name="progress">Told after every tensor.</param>
    /// <param name="cancellationToken">Stops the export; what was written so far stays.</param>
    /// <returns>What was written: one entry.</returns>
    /// <exception cref="InputException">The model is not sound, or does not fit the weight type.</exception>
    /// <exception cref="RunException">A file cannot be written.</exception>
    public static IReadOnlyList<ExportedWeights> WriteFolder(
        IWeightSource source, string folder, WeightType type, IProgress<ExportProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        SafetensorsType stored = type.Stored();
        IReadOnlyList<Parameter> parameters = Parameters(source);
        WholeFile.Write(Path.Combine(folder, HuggingFaceFolder.ConfigName), ModelConfigFile.WithType(source.ConfigJson, stored).Span);
        if (source is HuggingFaceFolder { Location: var origin })
        {
            foreach (string companion in CompanionNames.Where(c => File.Exists(Path.Combine(origin, c))))
            {
                WholeFile.Write(Path.Combine(folder, companion), InputFile.ReadWhole(Path.Combine(origin, companion), MaxCompanionBytes));
            }
        }
        else
        {
            TokenizerFile.Write(source.ReadTokenizer(), folder);
        }

        using SafetensorsWriter file = new(
            Path.Combine(folder, HuggingFaceFolder.WeightsName), [.. parameters.Select(p => new SafetensorsEntry(p.Name, stored, Longs(p)))]);
        IReadOnlyList<ExportedWeights> report = Copy(
            source.Location, source.Read, parameters, _ => type.Format(), (p, values) => file.Write(p.Name, values), progress,
            cancellationToken);
        file.Commit();
        return report;
    }

    /// <summary>
    /// Writes a folder of adapters that PEFT loads: <c>adapter_config.json</c>, <c>adapter_model.safetensors</c> and the tokenizer they were
    /// trained with, which the name of the base model does not decide.
    /// </summary>
    /// <param name="source">The adapters.</param>
    /// <param name="folder">A folder that exists and is empty.</param>
    /// <param name="type">How numbers are stored; not <see cref="WeightType.Q8"/>.</param>
    /// <param name="baseName">
    /// What the base model is called where the folder goes, such as <c>ORG/NAME</c>; <see langword="null"/> for its path here, which cannot be
    /// a GGUF file's or that of adapters, since PEFT loads neither.
    /// </param>
    /// <param name="progress">Told after every tensor.</param>
    /// <param name="cancellationToken">Stops the export; what was written so far stays.</param>
    /// <returns>What was written: one entry.</returns>
    /// <exception cref="InputException">The adapters are not sound, do not fit the weight type, or need a name for their base model.</exception>
    /// <exception cref="RunException">A file cannot be written.</exception>
    public static IReadOnlyList<ExportedWeights> WriteAdapters(
        AdapterFolder source, string folder, WeightType type, string? baseName = null, IProgress<ExportProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        SafetensorsType stored = type.Stored();
        if (baseName is null && File.Exists(source.BasePath))
        {
            throw new InputException(
                $"{source.Location}: the base model is the GGUF file {source.BasePath}, which PEFT cannot load. Name the model that it was "
                + "made from with --base-name ORG/NAME.");
        }

        if (baseName is null && AdapterFolder.IsOne(source.BasePath))
        {
            throw new InputException(
                $"{source.Location}: the base model is adapters too, {source.BasePath}, and PEFT takes a whole model. Export that, and give its name "
                + "with --base-name; or leave --adapter out.");
        }

        IReadOnlyList<Parameter> parameters = new AdapterLayout(source.Config, source.Options).All;
        AdapterConfigFile.Write(folder, source.Options, baseName ?? source.BasePath);
        TokenizerFile.Write(source.ReadTokenizer(), folder);
        using SafetensorsFile weights = SafetensorsFile.Open(Path.Combine(source.Location, AdapterFolder.WeightsName));
        using SafetensorsWriter file = new(
            Path.Combine(folder, AdapterFolder.WeightsName), [.. parameters.Select(p => new SafetensorsEntry(p.Name, stored, Longs(p)))]);
        IReadOnlyList<ExportedWeights> report = Copy(
            source.Location, weights.Read, parameters, _ => type.Format(), (p, values) => file.Write(p.Name, values), progress,
            cancellationToken);
        file.Commit();
        return report;
    }

    private static SafetensorsType Stored(this WeightType type) => type switch
    {
        WeightType.F32 => SafetensorsType.F32,
        WeightType.F16 => SafetensorsType.F16,
        WeightType.BF16 => SafetensorsType.BF16,
        _ => throw new InputException($"{type.Format()} is an encoding of GGUF files; a Hugging Face folder holds F32, F16 or BF16."),
    };

    private static NumberFormat Format(this WeightType type) => type switch
    {
        WeightType.F16 => NumberFormat.F16,
        WeightType.BF16 => NumberFormat.BF16,
        WeightType.Q8 => Quantization.Q8.Symmetric,
        _ => NumberFormat.F32,
    };

    private static NumberFormat GgufFormat(Parameter parameter, WeightType type)
    {
        NumberFormat format = parameter.IsMatrix ? type.Format() : NumberFormat.F32;
        return parameter.Shape[^1] % format.BlockLength == 0 ? format : NumberFormat.F16;
    }

    private static IReadOnlyList<Parameter> Parameters(IWeightSource source)
    {
        ParameterLayout layout = new(source.Config);
        layout.Check(source);
        return layout.All;
    }

    private static long[] Longs(Parameter parameter) => [.. parameter.Shape.Select(n => (long)n)];

    private static IReadOnlyList<(string Key, object Value)> GgufMetadata(IWeightSource source, string name, WeightType type)
    {
        IReadOnlyList<(string Key, object Value)> tokenizer = source is GgufFile file
            ? [.. file.Metadata.Below("tokenizer.")]
            : TokenizerKeys(source);
        return
        [
            .. GgufModelConfig.Write(source.Config, source.Location),
            ("general.name", name),
            ("general.file_type", type switch
            {
                WeightType.F32 => 0u,
                WeightType.F16 => 1u,
                WeightType.Q8 => 7u,
                _ => 32u,
            }),
            ("general.quantization_version", 2u),
            .. tokenizer,
        ];
    }

    private static IReadOnlyList<(string Key, object Value)> TokenizerKeys(IWeightSource source)
    {
        BpeTokenizer tokenizer = source.ReadTokenizer();
        return tokenizer.VocabularySize <= source.Config.VocabularySize
            ? GgufTokenizer.Write(tokenizer.Definition, source.Config.VocabularySize)
            : throw new InputException(
                $"{source.Location}: the tokenizer has {tokenizer.VocabularySize} ids and the model's vocabulary only "
                + $"{source.Config.VocabularySize}: they do not belong together. Use the tokenizer that came with the model.");
    }

    private static IReadOnlyList<ExportedWeights> Copy(
        string location, Action<string, Span<float>> read, IReadOnlyList<Parameter> parameters, Func<Parameter, NumberFormat> formatOf,
        Action<Parameter, ReadOnlySpan<float>> write, IProgress<ExportProgress>? progress, CancellationToken cancellationToken)
    {
        float[] buffer = new float[parameters.Max(p => p.Count)];
        Dictionary<NumberFormat, ExportedWeights> report = [];
        for (int i = 0; i < parameters.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Parameter parameter = parameters[i];
            Span<float> values = buffer.AsSpan(0, (int)parameter.Count);
            read(parameter.Name, values);
            NumberFormat format = formatOf(parameter);
            double error = RoundingError(format, values);
            if (!double.IsFinite(error))
            {
                throw new InputException(
                    $"{location}: {Quoted.Of(parameter.Name)} holds a number that {format} cannot. "
                    + "Export as another weight type, such as bf16.");
            }

            write(parameter, values);
            ExportedWeights before = report.GetValueOrDefault(format, new ExportedWeights(format.Name, 0, 0, 0));
            report[format] = before with
            {
                Tensors = before.Tensors + 1,
                Bytes = before.Bytes + format.Bytes(values.Length),
                LargestError = Math.Max(before.LargestError, error),
            };
            progress?.Report(new ExportProgress(i + 1, parameters.Count));
        }

        return [.. report.Values.OrderByDescending(w => w.Bytes)];
    }

    /// <summary>
    /// The largest absolute difference between a number and what is read back; not finite where a number is not, before or after.
    /// </summary>
    private static double RoundingError(NumberFormat format, ReadOnlySpan<float> values)
    {
        const int Chunk = 1 << 12;
        Span<byte> encoded = stackalloc byte[(int)format.Bytes(Chunk)];
        Span<float> back = stackalloc float[Chunk];
        double largest = 0;
        for (int start = 0; start < values.Length; start += Chunk)
        {
            ReadOnlySpan<float> part = values.Slice(start, Math.Min(Chunk, values.Length - start));
            Span<byte> bytes = encoded[..(int)format.Bytes(part.Length)];
            format.Encode(part, bytes);
            format.Decode(bytes, back[..part.Length]);
            for (int i = 0; i < part.Length; i++)
            {
                largest = Math.Max(largest, Math.Abs((double)part[i] - back[i]));
            }
        }

        return largest;
    }
}
