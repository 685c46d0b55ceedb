using Stepwise.Engine.Formats;
using Stepwise.Engine.Kernels;
using Stepwise.Engine.Memory;
using Stepwise.Engine.Models;
using Stepwise.Engine.Optimizers;
using Stepwise.Engine.Sampling;
using Stepwise.Engine.Tokenizers;
using Stepwise.Policies;

namespace Stepwise.Engine.Loading;

/// <summary>A policy that runs on this machine's processor, in fp32.</summary>
/// <remarks>
/// The sampler's log-probability of a token and the trainer's are the same bits while the weights are the same, and every result is the
/// same at any number of threads (promises 4 and 5 of docs/architecture.md). A call does its work before it returns.
/// </remarks>
public sealed unsafe partial class LocalPolicy : IPolicy, IParameterCount, IWithoutAdapters
{
    private readonly Owned _owned = new();
    private readonly Workers _workers;
    private readonly BpeTokenizer _tokenizer;
    private readonly DecoderWeights _weights;
    private readonly TrainedPart? _trained;
    private readonly TrainingPass _training;
    private readonly Sampler _sampler;
    private readonly OptimizerOptions _optimizerOptions;
    private AdamWOptimizer? _optimizer;

    private LocalPolicy(
        ModelConfig config, ReadOnlyMemory<byte> configJson, BpeTokenizer tokenizer, OptimizerOptions? optimizer, int threads,
        Action<DecoderWeights> fillWeights, string model = "", LoraOptions? lora = null, ulong seed = 0, bool recompute = false,
        WeightStorage? storage = null)
    {
        if (tokenizer.VocabularySize > config.VocabularySize)
        {
            throw new InputException(
                $"The tokenizer has {tokenizer.VocabularySize} ids and the model's vocabulary only {config.VocabularySize}: they do not "
                + "belong together. Use the tokenizer that came with the model.");
        }

        _optimizerOptions = optimizer ?? new OptimizerOptions();
        _tokenizer = tokenizer;
        try
        {
            _workers = _owned.Add(new Workers(threads));
            _weights = _owned.Add(new DecoderWeights(config, _workers, storage ?? StorageOf(lora)));
            Adapters? adapters = lora is { Rank: > 0 } ? _owned.Add(new Adapters(config, lora, _workers)) : null;
            _trained = adapters is not null ? new TrainedAdapters(adapters, model)
                : _weights.Storage.Frozen ? null
                : new TrainedWeights(_weights, configJson, tokenizer);
            Decoder decoder = _owned.Add(new Decoder(_weights, _workers, adapters));
            _training = _owned.Add(new TrainingPass(decoder, recompute));
            _sampler = new Sampler(decoder, tokenizer);
            fillWeights(_weights);
            adapters?.Initialize(seed);
        }
        catch
        {
            _owned.Dispose();
            throw;
        }
    }

    /// <summary>The frozen weights of a policy with adapters, without them.</summary>
    private LocalPolicy(LocalPolicy adapted)
    {
        _optimizerOptions = adapted._optimizerOptions;
        _tokenizer = adapted._tokenizer;
        _workers = adapted._workers;
        _weights = adapted._weights;
        Decoder decoder = _owned.Add(new Decoder(_weights, _workers));
        _training = _owned.Add(new TrainingPass(decoder));
        _sampler = new Sampler(decoder, _tokenizer);
    }

    /// <inheritdoc/>
    public ITokenizer Tokenizer => _tokenizer;

    /// <inheritdoc/>
    public int ContextLength => _weights.Config.ContextLength;

    /// <inheritdoc/>
    public long? Updates => _optimizer?.Steps ?? 0;

    /// <summary>The model's shape.</summary>
    public ModelConfig Config => _weights.Config;

    /// <summary>What the last call of <see cref="SampleAsync"/> did, for reports.</summary>
    public SamplingStatistics LastSampling => _sampler.Statistics;

    /// <inheritdoc/>
    public long Parameters => _weights.Layout.All.Sum(p => p.Count);

    /// <inheritdoc/>
    public long TrainedParameters => _trained?.Layout.Count ?? 0;

    /// <summary>Loads a policy.</summary>
    /// <param name="path">A folder in Hugging Face's layout, a folder of adapters in PEFT's, or a GGUF file.</param>
    /// <param name="threads">Number of threads, at least 1; changes no result.</param>
    /// <param name="optimizer">How <see cref="ApplyAsync"/> updates the weights.</param>
    /// <param name="lora">
    /// Adapters to train in place of the weights, over those of the path where it has some; <see langword="null"/> trains the weights.
    /// </param>
    /// <param name="seed">Decides the adapters' first values.</param>
    /// <param name="recompute">
    /// Whether backward computes each layer a second time in place of keeping its activations: same results, less memory, more time.
    /// </param>
    /// <exception cref="InputException">The files are missing, unsound, of an unsupported family, or do not fit each other.</exception>
    public static LocalPolicy Load(
        string path, int threads, OptimizerOptions? optimizer = null, LoraOptions? lora = null, ulong seed = 0, bool recompute = false)
    {
        using IWeightSource source = WeightSource.Open(path);
        new ParameterLayout(source.Config).Check(source);
        return new LocalPolicy(
            source.Config, source.ConfigJson, source.ReadTokenizer(), optimizer, threads, weights => weights.Load(source),
            Path.GetFullPath(path), lora, seed, recompute);
    }

    /// <summary>
    /// Loads a policy to sample from and to score with: it takes less memory, in BF16 less than half, and cannot be trained, saved or
    /// restored.
    /// </summary>
    /// <param name="path">As in <see cref="Load"/>.</param>
    /// <param name="threads">Number of threads, at least 1; changes no result.</param>
    /// <param name="weights">
    /// How matrices are stored. BF16 rounds what it has no number for, so that log-probabilities are near those of fp32 and not the same.
    /// </param>
    /// <param name="check">
    /// Told the model and its tokenizer before the weights take memory, to refuse them; or <see langword="null"/>.
    /// </param>
    /// <exception cref="InputException">As in <see cref="Load"/>.</exception>
    public static LocalPolicy LoadToRead(
        string path, int threads, FrozenType weights = FrozenType.Float32, Action<ModelConfig, ITokenizer>? check = null)
    {
        using IWeightSource source = WeightSource.Open(path);
        new ParameterLayout(source.Config).Check(source);
        BpeTokenizer tokenizer = source.ReadTokenizer();
        check?.Invoke(source.Config, tokenizer);
        return new LocalPolicy(
            source.Config, source.ConfigJson, tokenizer, optimizer: null, threads, fillWeights: w => w.Load(source),
            Path.GetFullPath(path), storage: WeightStorage.Read(weights));
    }

    /// <inheritdoc/>
    public IPolicy WithoutAdapters() =>
        _trained is TrainedAdapters
        ? new LocalPolicy(this)
        : throw new InvalidOperationException("The policy has no adapters.");

    /// <summary>Makes a policy with fresh random weights.</summary>
    /// <param name="folder">A folder with <c>config.json</c> and <c>tokenizer.json</c>; weights in it are not read.</param>
    /// <param name="seed">Decides the weights.</param>
    /// <param name="threads">Number of threads, at least 1; changes no result.</param>
    /// <param name="optimizer">How <see cref="ApplyAsync"/> updates the weights.</param>
    /// <param name="recompute">As in <see cref="Load"/>.</param>
    /// <exception cref="InputException">A file is missing or unsound, or the two do not fit each other.</exception>
    public static LocalPolicy Create(string folder, ulong seed, int threads, OptimizerOptions? optimizer = null, bool recompute = false)
    {
        string path = Path.Combine(folder, HuggingFaceFolder.ConfigName);
        byte[] json = ModelConfigFile.ReadWhole(path);
        return new LocalPolicy(
            ModelConfigFile.Parse(path, json), json, TokenizerFile.Read(folder), optimizer, threads, weights => weights.Initialize(seed),
            recompute: recompute);
    }

    internal static LocalPolicy Create(
        ModelConfig config, BpeTokenizer tokenizer, ulong seed, int threads, OptimizerOptions? optimizer = null) =>
        new(config, ModelConfigFile.Format(config), tokenizer, optimizer, threads, weights => weights.Initialize(seed));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<IReadOnlyList<Completion>>> SampleAsync(
        IReadOnlyList<SampleRequest> requests, SamplingOptions options, IProgress<int>? progress = null,
        Action<int, IReadOnlyList<Completion>>? drawn = null, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(_sampler.Sample(requests, options, progress, drawn, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<IReadOnlyList<float[]>>> ScoreAsync(
        IReadOnlyList<ScoreRequest> requests, double temperature = 1.0, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult<IReadOnlyList<IReadOnlyList<float[]>>>([.. requests.Select(r => Score(r, temperature, cancellationToken))]);

    /// <summary>The logits that follow a sequence; for checks against other implementations.</summary>
    internal float[] LastLogits(int[] tokens)
    {
        float[] logits = new float[Config.VocabularySize];
        fixed (float* address = logits)
        {
            _training.LastLogits(PackedBatch.OfPrompts([tokens]), address);
        }

        return logits;
    }

    /// <inheritdoc/>
    public ValueTask<AccumulateResult> AccumulateAsync(
        TrainingBatch batch, ILoss loss, LossMetrics metrics, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        TrainedPart trained = RequireTrainable();
        _optimizer ??= NewOptimizer(trained);
        return ValueTask.FromResult(_training.Accumulate(batch, loss, metrics, _optimizer.Gradient.Pointer, cancellationToken));
    }

    /// <inheritdoc/>
    public ValueTask<ApplyResult> ApplyAsync(double learningRate, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        TrainedPart trained = RequireTrainable();
        AdamWOptimizer optimizer = _optimizer
            ?? throw new InvalidOperationException("There is no gradient to apply: call AccumulateAsync first.");
        ApplyResult applied = optimizer.Step(trained.Values.Pointer, learningRate);
        Average(trained, optimizer, applied);
        trained.Pack();
        return ValueTask.FromResult(applied);
    }

    /// <inheritdoc/>
    public ValueTask SaveAsync(string folder, bool withOptimizer, CancellationToken cancellationToken = default)
    {
        TrainedPart trained = RequireTrainable();
        trained.Describe(folder);
        CheckpointFiles.WriteValues(folder, trained);
        if (withOptimizer && _optimizer is { } optimizer)
        {
            CheckpointFiles.WriteOptimizer(folder, trained.Layout, optimizer);
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask LoadAsync(string folder, CancellationToken cancellationToken = default)
    {
        TrainedPart trained = RequireTrainable();
        trained.Load(folder);
        AdamWOptimizer? optimizer = CheckpointFiles.ReadOptimizer(folder, trained.Layout, () => NewOptimizer(trained));
        if (optimizer is not null)
        {
            _optimizer?.Dispose();
            _optimizer = optimizer;
        }

        BeginAverage(trained, anew: optimizer?.Average is null);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _optimizer?.Dispose();
        _owned.Dispose();
    }

    /// <summary>One request at a time: its rows are enough for the processor, and the memory is a group's.</summary>
    private float[][] Score(ScoreRequest request, double temperature, CancellationToken cancellationToken)
    {
        PackedBatch batch = new(request.Prompt, request.Completions, request.PrefixTokens);
        float[] logProbs = new float[batch.Targets.Length];
        _training.Score(batch, temperature, logProbs, new float[batch.Targets.Length], cancellationToken);
        float[] all = [.. batch.TargetOf.ToArray().Select(target => logProbs[target])];
        float[][] results = new float[request.Completions.Count][];
        for (int i = 0, start = 0; i < results.Length; start += results[i++].Length)
        {
            results[i] = all[start..(start + request.Completions[i].Length)];
        }

        return results;
    }

    private static WeightStorage StorageOf(LoraOptions? lora) =>
        lora is { Rank: > 0 } ? WeightStorage.Adapted(lora.Frozen) : WeightStorage.Trained;

    private TrainedPart RequireTrainable() => _trained
        ?? throw new InvalidOperationException("This policy was loaded to be read; load it with Load to train, save or restore it.");

    private AdamWOptimizer NewOptimizer(TrainedPart trained) => new(trained.Layout, _optimizerOptions, _workers);
}
