using Stepwise.Rollouts;

namespace Stepwise.Training;

/// <summary>Where a training step's time went; wall-clock, and in no way part of the result.</summary>
/// <param name="Sample">Sampling completions.</param>
/// <param name="Verify">Verifying answers and splitting them into steps.</param>
/// <param name="Judge">Asking the step judge.</param>
/// <param name="Reference">Scoring under the reference policy.</param>
/// <param name="Update">Forward, backward and optimizer.</param>
/// <param name="Other">The rest: rewards, advantages, batching, storing.</param>
public sealed record StepTimes(
    TimeSpan Sample, TimeSpan Verify, TimeSpan Judge, TimeSpan Reference, TimeSpan Update, TimeSpan Other)
{
    /// <summary>The whole step.</summary>
    public TimeSpan Total => Sample + Verify + Judge + Reference + Update + Other;
}

/// <summary>What one training step did; of several optimizer steps on a batch, means, and the last one's norms.</summary>
public sealed record StepReport
{
    /// <summary>The training step, counted from 1.</summary>
    public required int Step { get; init; }

    /// <summary>Training steps of the whole run.</summary>
    public required int Steps { get; init; }

    /// <summary>Where every sample went.</summary>
    public required Ledger Ledger { get; init; }

    /// <summary>Mean reward over counted samples, graded rewards included.</summary>
    public required double MeanReward { get; init; }

    /// <summary>The loss; no headline, its value says little of progress.</summary>
    public required double Loss { get; init; }

    /// <summary>Global L2 norm of the gradient before clipping.</summary>
    public required double GradientNorm { get; init; }

    /// <summary>Global L2 norm of the change of the weights.</summary>
    public required double UpdateNorm { get; init; }

    /// <summary>Learning rate of the step.</summary>
    public required double LearningRate { get; init; }

    /// <summary>Mean entropy of the next-token distribution over trained tokens, in nats.</summary>
    public required double Entropy { get; init; }

    /// <summary>Mean KL estimate to the reference policy over trained tokens, in nats; <see langword="null"/> without a KL term.</summary>
    public double? Kl { get; init; }

    /// <summary>Share of trained tokens whose gradient the lower clip cut.</summary>
    public required double ClippedLowShare { get; init; }

    /// <summary>Share of trained tokens whose gradient the upper clip cut.</summary>
    public required double ClippedHighShare { get; init; }

    /// <summary>Completion tokens that entered the update, once per optimizer step.</summary>
    public required long TrainedTokens { get; init; }

    /// <summary>Where the time went.</summary>
    public required StepTimes Times { get; init; }

    /// <summary>Right answers over samples.</summary>
    public double SolveRate => Ledger.SolveRate;

    /// <summary>Completion tokens sampled.</summary>
    public long SampledTokens => Ledger.Tokens;

    /// <summary>Completion tokens per sample.</summary>
    public double MeanCompletionTokens => Ledger.Sampled == 0 ? 0 : (double)Ledger.Tokens / Ledger.Sampled;

    /// <summary>Completion tokens sampled per second of sampling; 0 where no time was measured.</summary>
    public double SampledTokensPerSecond => PerSecond(SampledTokens, Times.Sample);

    /// <summary>Completion tokens trained per second of updating; 0 where no time was measured.</summary>
    public double TrainedTokensPerSecond => PerSecond(TrainedTokens, Times.Update);

    private static double PerSecond(long tokens, TimeSpan time) => time > TimeSpan.Zero ? tokens / time.TotalSeconds : 0;
}
