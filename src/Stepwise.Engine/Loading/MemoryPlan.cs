using System.Globalization;
using Stepwise.Engine.Models;
using Stepwise.Engine.Sampling;
using Stepwise.Policies;
using Stepwise.Training;

namespace Stepwise.Engine.Loading;

/// <summary>The largest batches a run will ask of a policy.</summary>
public sealed record MemoryDemand
{
    /// <summary>Tokens of the longest prompt; at least 1.</summary>
    public required int LongestPrompt { get; init; }

    /// <summary>Most tokens of a completion that is trained on, a prefix included; at least 1.</summary>
    public required int MaxNewTokens { get; init; }

    /// <summary>Samples per problem, trained together; at least 1.</summary>
    public required int GroupSize { get; init; }

    /// <summary>Samples drawn in one call to train on them; 0 where none is ever drawn.</summary>
    public required int Samples { get; init; }

    /// <summary>Samples of an evaluation, drawn in one call; 0 where none is ever drawn.</summary>
    public int EvaluationSamples { get; init; }

    /// <summary>Most tokens of a completion of an evaluation.</summary>
    public int EvaluationNewTokens { get; init; }

    /// <summary>Samples of one optimizer step; at least 1.</summary>
    public required int TrainedSamples { get; init; }

    /// <summary>See <see cref="TrainingOptions.MicroBatchTokens"/>.</summary>
    public required int MicroBatchTokens { get; init; }

    /// <summary>Whether a frozen reference policy is held beside the trained one.</summary>
    public bool Reference { get; init; }

    /// <summary>The judge's own model, which is read beside the policy; <see langword="null"/> where the judge has none.</summary>
    public ModelConfig? Judge { get; init; }
}

/// <summary>
/// The memory that a process takes at most while it trains or samples a policy, in bytes: every sequence as long as it may get, every batch
/// as large.
/// </summary>
/// <param name="Weights">The weights, and the adapters beside them.</param>
/// <param name="Packed">Their copies in the order in which multiplies read them.</param>
/// <param name="Gradient">The gradient of what is trained.</param>
/// <param name="Moments">AdamW's two moments of what is trained.</param>
/// <param name="Activations">What forward keeps for backward, and a chunk of logits.</param>
/// <param name="KeyValueCache">Keys and values of the samples that decode together, their logits and activations.</param>
/// <param name="Reference">The reference policy, where it is not the frozen part of the trained one, and a group scored by it; 0 without one.</param>
/// <param name="Judge">The judge's own model, and what it reads or writes at once; 0 without one.</param>
/// <param name="Runtime">The program, its runtime and managed heap, and the tokenizer: as measured, not computed.</param>
public sealed record MemoryPlan(
    long Weights, long Packed, long Gradient, long Moments, long Activations, long KeyValueCache, long Reference, long Judge, long Runtime)
{
    // Measured: 35 MB started, 48 MB with a small model, up to 140 MB of a run without its buffers; tokenizers of 49,152 to 151,669 tokens
    // take 850 to 950 bytes a token.
    private const long ProgramBytes = 140_000_000;
    private const long TokenBytes = 950;

    // A judge reads as many tokens of responses at once, and a prompt of as many at most.
    private const int JudgeTokens = 8192;

    /// <summary>All together.</summary>
    public long Total => Weights + Packed + Gradient + Moments + Activations + KeyValueCache + Reference + Judge + Runtime;

    /// <summary>The memory this process may use: the machine's, or the limit it was started under.</summary>
    public static long Available => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    /// <summary>Plans a run.</summary>
    /// <param name="config">The model.</param>
    /// <param name="lora">The adapters; rank 0 for none.</param>
    /// <param name="recompute">See <see cref="TrainingOptions.RecomputeActivations"/>.</param>
    /// <param name="demand">What the run will ask.</param>
    public static MemoryPlan Of(ModelConfig config, LoraOptions lora, bool recompute, MemoryDemand demand)
    {
        bool frozen = lora.Rank > 0;
        long weights = new ParameterLayout(config, frozen).Count;
        AdapterLayout? adapterLayout = frozen ? new AdapterLayout(config, lora) : null;
        long adapters = adapterLayout?.Count ?? 0;
        long trained = frozen ? adapters : weights;
        long packed = DecoderWeights.PackedElements(config);
        long packedBytes = packed * (frozen && lora.Frozen == FrozenType.Bfloat16 ? sizeof(ushort) : sizeof(float));
        int newTokens = Math.Min(demand.MaxNewTokens, config.ContextLength);
        long group = demand.LongestPrompt + ((long)demand.GroupSize * newTokens);
        long batch = (demand.TrainedSamples + demand.GroupSize - 1L) / demand.GroupSize * group;
        int rows = Rows(Math.Min(batch, Math.Max(group, demand.MicroBatchTokens)));
        return new MemoryPlan(
            Bytes(weights + adapters),
            (2 * packedBytes) + Bytes(adapterLayout?.PackedElements ?? 0),
            Bytes(trained),
            Bytes(2 * trained),
            Bytes(TrainingArena.Floats(config, rows, rows, KeptLayers.OfTraining(config, recompute))),
            Bytes(Math.Max(
                DecodingFloats(config, demand.Samples, demand.LongestPrompt, demand.MaxNewTokens),
                DecodingFloats(config, demand.EvaluationSamples, demand.LongestPrompt, demand.EvaluationNewTokens))),
            Bytes(!demand.Reference ? 0
                : (frozen ? 0 : weights + packed) + TrainingArena.Floats(config, Rows(group), Rows(group), KeptLayers.OfScoring)),
            demand.Judge is { } judge ? OfJudge(judge) : 0,
            RuntimeOf(config));
    }

    /// <summary>Plans the sampling of a policy that is only read, see <see cref="LocalPolicy.LoadToRead"/>.</summary>
    /// <param name="config">The model.</param>
    /// <param name="weights">How its matrices are stored.</param>
    /// <param name="samples">Samples drawn in one call; at least 1.</param>
    /// <param name="longestPrompt">Tokens of the longest prompt; at least 1.</param>
    /// <param name="maxNewTokens">Most tokens of a completion; at least 1.</param>
    public static MemoryPlan OfReading(ModelConfig config, FrozenType weights, int samples, int longestPrompt, int maxNewTokens) => new(
        Bytes(new ParameterLayout(config, frozen: true).Count),
        DecoderWeights.PackedElements(config) * (weights == FrozenType.Bfloat16 ? sizeof(ushort) : sizeof(float)),
        Gradient: 0,
        Moments: 0,
        Activations: 0,
        Bytes(DecodingFloats(config, samples, longestPrompt, maxNewTokens)),
        Reference: 0,
        Judge: 0,
        RuntimeOf(config));

    /// <summary>The plan in one line, for example <c>8.86 GB of 25.28 GB at most: weights 538.1 MB, …</c>.</summary>
    public override string ToString()
    {
        IEnumerable<string> parts = new (string Name, long Bytes)[]
        {
            ("weights", Weights), ("packed for multiplies", Packed), ("gradient", Gradient), ("moments", Moments),
            ("activations", Activations), ("key-value cache", KeyValueCache), ("reference", Reference), ("judge", Judge),
            ("runtime and tokenizer", Runtime),
        }.Where(p => p.Bytes > 0).Select(p => $"{p.Name} {Text(p.Bytes)}");
        return $"{Text(Total)} of {Text(Available)} at most: {string.Join(", ", parts)}";
    }

    /// <summary>Refuses a run that does not fit, and says which settings would make it smaller.</summary>
    /// <param name="config">The model.</param>
    /// <param name="lora">The adapters; rank 0 for none.</param>
    /// <param name="recompute">See <see cref="TrainingOptions.RecomputeActivations"/>.</param>
    /// <param name="demand">What the run will ask.</param>
    /// <param name="available">Bytes there are.</param>
    /// <exception cref="InputException">The plan is larger than what is available.</exception>
    public static MemoryPlan Require(ModelConfig config, LoraOptions lora, bool recompute, MemoryDemand demand, long available)
    {
        MemoryPlan plan = Of(config, lora, recompute, demand);
        if (plan.Total <= available)
        {
            return plan;
        }

        LoraOptions adapters = lora.Rank > 0 ? lora : lora with { Rank = 16 };
        MemoryDemand smaller = demand with { MicroBatchTokens = 1 };
        (string Setting, MemoryPlan Plan)[] ways =
        [
            ("training.microBatchTokens=1 (a group at a time)", Of(config, lora, recompute, smaller)),
            ("training.recomputeActivations=true", Of(config, lora, recompute: true, demand)),
            ("lora.rank=16", Of(config, adapters, recompute, demand)),
            ("all of them", Of(config, adapters, recompute: true, smaller)),
        ];
        string advice = string.Join("; ", ways.Where(w => w.Plan.Total < plan.Total).Select(w => $"{w.Setting}: {Text(w.Plan.Total)}"));
        throw new InputException(
            $"The run may need {plan}. Less would do with {(advice.Length == 0 ? "a smaller model" : advice)}; or with fewer samples per "
            + "group, fewer new tokens, or a smaller model.");
    }

    /// <summary>Refuses to read a policy that does not fit.</summary>
    /// <param name="config">The model.</param>
    /// <param name="weights">How its matrices are stored.</param>
    /// <param name="samples">As in <see cref="OfReading"/>.</param>
    /// <param name="longestPrompt">As in <see cref="OfReading"/>.</param>
    /// <param name="maxNewTokens">As in <see cref="OfReading"/>.</param>
    /// <param name="available">Bytes there are.</param>
    /// <exception cref="InputException">The plan is larger than what is available.</exception>
    public static void RequireReading(
        ModelConfig config, FrozenType weights, int samples, int longestPrompt, int maxNewTokens, long available)
    {
        MemoryPlan plan = OfReading(config, weights, samples, longestPrompt, maxNewTokens);
        if (plan.Total > available)
        {
            long narrow = OfReading(config, FrozenType.Bfloat16, samples, longestPrompt, maxNewTokens).Total;
            throw new InputException(
                $"The model may need {plan}. Less would do with fewer new tokens or a smaller model"
                + (narrow < plan.Total ? $"; matrices in bfloat16 (stepwise generate --weights): {Text(narrow)}." : "."));
        }
    }

    /// <summary>A model that scores responses or answers one question at a time.</summary>
    private static long OfJudge(ModelConfig config)
    {
        int tokens = Math.Min(JudgeTokens, config.ContextLength), rows = tokens + JudgeTokens;
        long work = Math.Max(
            TrainingArena.Floats(config, rows, rows, KeptLayers.OfScoring), DecodingFloats(config, samples: 1, tokens, tokens));
        return Bytes(new ParameterLayout(config, frozen: true).Count + DecoderWeights.PackedElements(config) + work)
            + (TokenBytes * config.VocabularySize);
    }

    private static long DecodingFloats(ModelConfig config, int samples, int longestPrompt, int newTokens) =>
        samples == 0 ? 0 : DecodingBatch.Floats(config, samples, longestPrompt, Math.Min(newTokens, config.ContextLength));

    private static long RuntimeOf(ModelConfig config) => ProgramBytes + (TokenBytes * config.VocabularySize);

    private static int Rows(long rows) => rows <= int.MaxValue ? (int)rows
        : throw new InputException($"A group may have {rows} tokens, more than {int.MaxValue}. Lower training.groupSize or sampling.maxNewTokens.");

    private static long Bytes(long floats) => checked(floats * sizeof(float));

    private static string Text(long bytes) => bytes < 1_000_000_000
        ? string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0.#} MB")
        : string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:0.00} GB");
}
