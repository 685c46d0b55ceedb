using Stepwise.Metrics;
using Stepwise.Rollouts;

namespace Stepwise.Training;

/// <summary>Where a training step's time went; wall-clock, and in no way part of the result.</summary>
/// <param name="Sample">Sampling completions; groups that are drawn are verified and judged beside it.</param>
/// <param name="Verify">Verifying answers and splitting them into steps, as far as it went on after sampling.</param>
/// <param name="Judge">Asking the step judge, as far as it went on after verifying.</param>
/// <param name="Reference">Scoring under the reference policy.</param>
/// <param name="Update">Forward, backward and optimizer.</param>
/// <param name="Other">The rest: rewards, advantages, batching. Storing and checkpoints come after the step and are in none.</param>
[MetricPrefix("seconds")]
public sealed record StepTimes(
    [property: Metric("sampling completions; groups that are drawn are verified and judged beside it", Unit = "s", Headline = true)]
    TimeSpan Sample,
    [property: Metric("verifying answers and splitting them into steps, as far as it went on after sampling", Unit = "s", Headline = true)]
    TimeSpan Verify,
    [property: Metric("asking the step judge, as far as it went on after verifying", Unit = "s", Headline = true,
        Reading = "Near 0 for an exact judge; a judge across a network that takes longer than sampling shows here.")]
    TimeSpan Judge,
    [property: Metric("scoring under the reference policy; next to 0 without a KL term", Unit = "s", Headline = true)]
    TimeSpan Reference,
    [property: Metric("forward, backward and optimizer", Unit = "s", Headline = true,
        Reading = "It grows with the samples that train: a step of dead groups takes next to none.")]
    TimeSpan Update,
    [property: Metric("the rest: rewards, advantages, batching; storing and checkpoints are in none", Unit = "s", Headline = true)]
    TimeSpan Other)
{
    /// <summary>The whole step.</summary>
    [Metric("the whole training step, without storing and checkpoints", Unit = "s", Headline = true)]
    public TimeSpan Total => Sample + Verify + Judge + Reference + Update + Other;
}

/// <summary>What one optimizer step on a step's samples did; shares and means are over its trained tokens.</summary>
/// <param name="Loss">The loss; no headline, its value says little of progress.</param>
/// <param name="GradientNorm">Global L2 norm of the gradient before clipping.</param>
/// <param name="UpdateNorm">Global L2 norm of the change of the weights.</param>
/// <param name="Entropy">Mean entropy of the next-token distribution, in nats; <see langword="null"/> where no token was trained.</param>
/// <param name="Tokens">Trained tokens.</param>
public sealed record UpdateReport(double Loss, double GradientNorm, double UpdateNorm, double? Entropy, long Tokens)
{
    /// <summary>What the loss measured.</summary>
    public IReadOnlyList<MetricValue> OfLoss { get; init; } = [];
}

/// <summary>What one training step did. What is not known, such as the gradient of a step without an update, is <see langword="null"/>.</summary>
public sealed record StepReport
{
    /// <summary>The training step, counted from 1.</summary>
    public required int Step { get; init; }

    /// <summary>Training steps of the whole run; expected, where sampled tokens are to end it.</summary>
    public required int Steps { get; init; }

    /// <summary>Mean reward over counted samples, graded rewards and terms included; <see langword="null"/> where none is counted.</summary>
    [Metric("mean reward over counted samples, graded rewards and terms included", Name = "reward", Headline = true,
        Reading = "A rise is what training is for. With graded rewards it can rise without more right answers: look at ledger.solveRate beside it.")]
    public required double? MeanReward { get; init; }

    /// <summary>Gradient norm before clipping, mean of the optimizer steps.</summary>
    [Metric("L2 norm of the gradient before clipping, mean of the optimizer steps", Headline = true,
        Reading = "Steady is well. Spikes, or a norm always above optimizer.clipNorm, ask for a lower learning rate; none is a step without signal.")]
    public double? GradientNorm => Updates.Average(u => (double?)u.GradientNorm);

    /// <summary>Norm of the change of the weights, mean of the optimizer steps.</summary>
    [Metric("L2 norm of the change of the weights, mean of the optimizer steps",
        Reading = "With AdamW it follows the learning rate more than the gradient.")]
    public double? UpdateNorm => Updates.Average(u => (double?)u.UpdateNorm);

    /// <summary>Learning rate of the step.</summary>
    [Metric("learning rate of the step")]
    public required double LearningRate { get; init; }

    /// <summary>Mean loss of the optimizer steps.</summary>
    [Metric("the loss, mean of the optimizer steps",
        Reading = "It says little of progress: advantages are centred, so it is near 0 whatever the policy does.")]
    public double? Loss => Updates.Average(u => (double?)u.Loss);

    /// <summary>Entropy over trained tokens in nats, mean of the optimizer steps.</summary>
    [Metric("entropy of the next-token distribution, mean over trained tokens", Unit = "nats",
        Reading = "It falls as the policy grows sure. Close to 0 the samples of a group are all alike and groups die; a rise without "
            + "end is a policy that falls apart.")]
    public double? Entropy => Updates.Average(u => u.Entropy);

    /// <summary>Optimizer steps taken; a mini-batch without signal takes none.</summary>
    [Metric("optimizer steps taken; a mini-batch without signal takes none", Unit = "optimizer steps")]
    public int OptimizerSteps => Updates.Count;

    /// <summary>Completion tokens per sample.</summary>
    [Metric("completion tokens per sample", Unit = "tokens",
        Reading = "A rise towards sampling.maxNewTokens ends in cut-off answers; a fall without a better solve rate is a policy that learned to "
            + "stop early.")]
    public double? MeanCompletionTokens => Ledger.Sampled == 0 ? null : (double)Ledger.Tokens / Ledger.Sampled;

    /// <summary>Completion tokens that entered the update, once per optimizer step.</summary>
    [Metric("completion tokens that entered the update, once per optimizer step", Unit = "tokens")]
    public long TrainedTokens => Updates.Sum(u => u.Tokens);

    /// <summary>Completion tokens sampled per second of sampling, without those that were given.</summary>
    [Metric("completion tokens sampled per second of sampling, given ones left out", Unit = "tokens/s")]
    public double? SampledTokensPerSecond => PerSecond(Ledger.Tokens - Ledger.GivenTokens, Times.Sample);

    /// <summary>Completion tokens trained per second of updating.</summary>
    [Metric("completion tokens trained per second of updating", Unit = "tokens/s")]
    public double? TrainedTokensPerSecond => PerSecond(TrainedTokens, Times.Update);

    /// <summary>Where every sample went.</summary>
    public required Ledger Ledger { get; init; }

    /// <summary>Where the time went.</summary>
    public required StepTimes Times { get; init; }

    /// <summary>The optimizer steps, in order; empty where no sample carried signal.</summary>
    public required IReadOnlyList<UpdateReport> Updates { get; init; }

    /// <summary>What the method's parts measured of the step.</summary>
    public IReadOnlyList<MetricValue> OfParts { get; init; } = [];

    /// <summary>Every metric that has a value in this step; those of the loss are means of the optimizer steps.</summary>
    public IEnumerable<MetricValue> Metrics =>
    [
        .. DeclaredMetrics.Read(this),
        .. OfParts,
        .. Updates.SelectMany(u => u.OfLoss).GroupBy(v => v.Metric).Select(g => new MetricValue(g.Key, g.Average(v => v.Value))),
    ];

    private static double? PerSecond(long tokens, TimeSpan time) => time > TimeSpan.Zero ? tokens / time.TotalSeconds : null;
}
