using Stepwise.Options;

namespace Stepwise.Training;

/// <summary>How the learning rate goes after warm-up.</summary>
public enum LearningRateSchedule
{
    /// <summary>It stays.</summary>
    Constant,

    /// <summary>It falls linearly towards 0, which it would reach one step after the last.</summary>
    Linear,

    /// <summary>It falls along half a cosine towards 0, which it would reach one step after the last.</summary>
    Cosine,
}

/// <summary>How much is sampled and how the policy is updated.</summary>
public sealed record TrainingOptions : IChecked, IRemarks
{
    /// <summary>Number of training steps; at least 1.</summary>
    [Key("how long to train", Unit = "training steps", Low = 1, High = 1e9)]
    public int Steps { get; init; } = 100;

    /// <summary>
    /// Completion tokens, guidance and replaced samples included, after which training ends where its steps have not ended it before: with the
    /// step that reaches them; <see langword="null"/> for no bound. At least 1.
    /// </summary>
    [Key("end with the step that reaches so many sampled tokens, if the steps do not end before", Unit = "tokens", Low = 1)]
    public int? SampledTokens { get; init; }

    /// <summary>Problems P per training step; at least 1.</summary>
    [Key("problems per training step", Unit = "problems", Low = 1, High = 65_536)]
    public int PromptsPerStep { get; init; } = 16;

    /// <summary>Group size G, samples per problem; at least 2.</summary>
    [Key("samples per problem", Unit = "samples", Low = 2, High = 4096)]
    public int GroupSize { get; init; } = 8;

    /// <summary>How often a training step's samples are learnt from; at least 1, more than 1 is off-policy from the second time on.</summary>
    [Key("updates on each batch; off-policy from the second on", Unit = "optimizer steps", Low = 1, High = 1024)]
    public int UpdatesPerBatch { get; init; } = 1;

    /// <summary>
    /// Mini-batches of whole groups into which a training step's samples are cut, with an optimizer step each; in [1, P], more than 1 is
    /// off-policy from the second on.
    /// </summary>
    [Key("mini-batches of whole groups, with an optimizer step each; off-policy from the second on", Unit = "mini-batches", Low = 1, High = 65_536)]
    public int MiniBatches { get; init; } = 1;

    /// <summary>Peak learning rate, above 0.</summary>
    [Key("peak learning rate", Low = 0, AboveLow = true, High = 10)]
    public double LearningRate { get; init; } = 1e-6;

    /// <summary>Training steps before the first at the peak, over which the learning rate rises linearly; at least 0.</summary>
    [Key("steps before the first at the peak learning rate, over which it rises", Unit = "training steps", Low = 0, High = 1e9)]
    public int WarmupSteps { get; init; }

    /// <summary>How the learning rate goes after warm-up.</summary>
    [Key("how the learning rate goes after warm-up")]
    public LearningRateSchedule Schedule { get; init; } = LearningRateSchedule.Constant;

    /// <summary>
    /// The most tokens, prompts included, run forward and backward at once (a group is never cut, so one group may be more); bounds
    /// activation memory and changes no result beyond rounding. At least 1.
    /// </summary>
    [Key("most tokens run forward and backward at once; bounds memory", Unit = "tokens", Low = 1, High = 1e9)]
    public int MicroBatchTokens { get; init; } = 8192;

    /// <summary>
    /// Whether backward computes each layer a second time in place of keeping its activations: same results, less memory, more time.
    /// </summary>
    [Key("compute each layer again in backward: same results, less memory, more time")]
    public bool RecomputeActivations { get; init; }

    /// <inheritdoc/>
    public void Check()
    {
        if (MiniBatches > PromptsPerStep)
        {
            throw new OptionException(
                nameof(MiniBatches), $" is {MiniBatches}; allowed is up to training.promptsPerStep, {PromptsPerStep}: a mini-batch has whole groups.");
        }
    }

    /// <inheritdoc/>
    public IEnumerable<(string Property, string Remark)> Remarks()
    {
        if (WarmupSteps >= Steps)
        {
            yield return (
                nameof(WarmupSteps), $" is {WarmupSteps}, and there are {Counted.Of(Steps, "training step")}: the learning rate never reaches its peak");
        }

        if (SampledTokens is not null && Schedule != LearningRateSchedule.Constant)
        {
            yield return (
                nameof(SampledTokens), $" may end training before its {Counted.Of(Steps, "training step")}, over which the learning rate falls");
        }
    }

    /// <summary>Whether training is over.</summary>
    /// <param name="step">Training steps done.</param>
    /// <param name="tokens">Completion tokens sampled in them.</param>
    public bool Ends(int step, long tokens) => step >= Steps || tokens >= SampledTokens;

    /// <summary>The training steps of the whole run: <see cref="Steps"/>, or fewer where <see cref="SampledTokens"/> is to end it at the rate so far.</summary>
    /// <param name="step">Training steps done.</param>
    /// <param name="tokens">Completion tokens sampled in them.</param>
    public int ExpectedSteps(int step, long tokens) => Ends(step, tokens) ? step
        : SampledTokens is { } budget && tokens > 0 ? (int)Math.Min(Steps, Math.Ceiling((double)step * budget / tokens))
        : Steps;

    /// <summary>The learning rate of a training step.</summary>
    /// <param name="step">Training step, counted from 1.</param>
    public double LearningRateAt(int step)
    {
        if (step <= WarmupSteps)
        {
            return LearningRate * step / (WarmupSteps + 1);
        }

        double progress = (double)(step - WarmupSteps - 1) / Math.Max(1, Steps - WarmupSteps);
        return Schedule switch
        {
            LearningRateSchedule.Constant => LearningRate,
            LearningRateSchedule.Linear => LearningRate * (1 - progress),
            LearningRateSchedule.Cosine => LearningRate * 0.5 * (1 + Math.Cos(Math.PI * progress)),
            _ => throw new InvalidOperationException($"No such schedule: {Schedule}."),
        };
    }
}
