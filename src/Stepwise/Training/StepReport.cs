using Stepwise.Rollouts;

namespace Stepwise.Training;

/// <summary>Where a training step's time went; wall-clock, and in no way part of the result.</summary>
/// <param name="Sample">Sampling completions; groups that are drawn are verified and judged beside it.</param>
/// <param name="Verify">Verifying answers and splitting them into steps, as far as it went on after sampling.</param>
/// <param name="Judge">Asking the step judge, as far as it went on after verifying.</param>
/// <param name="Reference">Scoring under the reference policy.</param>
/// <param name="Update">Forward, backward and optimizer.</param>
/// <param name="Other">The rest: rewards, advantages, batching. Storing and checkpoints come after the step and are in none.</param>
public sealed record StepTimes(
    TimeSpan Sample, TimeSpan Verify, TimeSpan Judge, TimeSpan Reference, TimeSpan Update, TimeSpan Other)
{
    /// <summary>The whole step.</summary>
    public TimeSpan Total => Sample + Verify + Judge + Reference + Update + Other;
}

/// <summary>What one optimizer step on a step's samples did; shares and means are over its trained tokens.</summary>
/// <param name="Loss">The loss; no headline, its value says little of progress.</param>
/// <param name="GradientNorm">Global L2 norm of the gradient before clipping.</param>
/// <param name="UpdateNorm">Global L2 norm of the change of the weights.</param>
/// <param name="Entropy">Mean entropy of the next-token distribution, in nats; <see langword="null"/> where no token was trained.</param>
/// <param name="Kl">Mean KL estimate to the reference policy, in nats; <see langword="null"/> without a KL term.</param>
/// <param name="ClippedLowShare">Share of tokens whose gradient the lower clip cut.</param>
/// <param name="ClippedHighShare">Share of tokens whose gradient the upper clip cut.</param>
/// <param name="Tokens">Trained tokens.</param>
public sealed record UpdateReport(
    double Loss, double GradientNorm, double UpdateNorm, double? Entropy, double? Kl, double ClippedLowShare, double ClippedHighShare,
    long Tokens);

/// <summary>What one training step did.</summary>
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

    /// <summary>Learning rate of the step.</summary>
    public required double LearningRate { get; init; }

    /// <summary>The optimizer steps, in order; empty where no sample carried signal.</summary>
    public required IReadOnlyList<UpdateReport> Updates { get; init; }

    /// <summary>Where the time went.</summary>
    public required StepTimes Times { get; init; }

    /// <summary>Mean loss of the optimizer steps; 0 without any.</summary>
    public double Loss => Mean(u => u.Loss);

    /// <summary>Gradient norm before clipping, mean of the optimizer steps; 0 without any.</summary>
    public double GradientNorm => Mean(u => u.GradientNorm);

    /// <summary>Norm of the change of the weights, mean of the optimizer steps; 0 without any.</summary>
    public double UpdateNorm => Mean(u => u.UpdateNorm);

    /// <summary>Entropy over trained tokens in nats, mean of the optimizer steps; <see langword="null"/> where nothing was trained.</summary>
    public double? Entropy => Updates.Average(u => u.Entropy);

    /// <summary>KL estimate in nats, mean of the optimizer steps; <see langword="null"/> without a KL term, or where nothing was trained.</summary>
    public double? Kl => Updates.Average(u => u.Kl);

    /// <summary>Share of trained tokens cut by the lower clip, mean of the optimizer steps.</summary>
    public double ClippedLowShare => Mean(u => u.ClippedLowShare);

    /// <summary>Share of trained tokens cut by the upper clip, mean of the optimizer steps.</summary>
    public double ClippedHighShare => Mean(u => u.ClippedHighShare);

    /// <summary>Completion tokens that entered the update, once per optimizer step.</summary>
    public long TrainedTokens => Updates.Sum(u => u.Tokens);

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

    private double Mean(Func<UpdateReport, double> value) => Updates.Count == 0 ? 0 : Updates.Average(value);
}
