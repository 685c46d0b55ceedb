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
public sealed record TrainingOptions
{
    /// <summary>Number of training steps; at least 1.</summary>
    public int Steps { get; init; } = 100;

    /// <summary>Problems P per training step; at least 1.</summary>
    public int PromptsPerStep { get; init; } = 16;

    /// <summary>Group size G, samples per problem; at least 2.</summary>
    public int GroupSize { get; init; } = 8;

    /// <summary>Optimizer steps on each batch of samples; at least 1, more than 1 is off-policy from the second on.</summary>
    public int UpdatesPerBatch { get; init; } = 1;

    /// <summary>Peak learning rate, above 0.</summary>
    public double LearningRate { get; init; } = 1e-6;

    /// <summary>Training steps over which the learning rate rises linearly to its peak; at least 0.</summary>
    public int WarmupSteps { get; init; }

    /// <summary>How the learning rate goes after warm-up.</summary>
    public LearningRateSchedule Schedule { get; init; } = LearningRateSchedule.Constant;

    /// <summary>
    /// The most tokens, prompts included, run forward and backward at once (a group is never cut, so one group may be more); bounds
    /// activation memory and changes no result beyond rounding. At least 1.
    /// </summary>
    public int MicroBatchTokens { get; init; } = 8192;

    /// <summary>Whether backward computes each layer a second time in place of keeping its activations: same results, less memory, more time.</summary>
    public bool RecomputeActivations { get; init; }

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
