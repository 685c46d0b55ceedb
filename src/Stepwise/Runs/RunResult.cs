using Stepwise.Evaluation;
using Stepwise.Statistics;
using Stepwise.Training;

namespace Stepwise.Runs;

/// <summary>
/// What a run came to. Of a resumed run, <see cref="SolveRates"/>, <see cref="Judge"/> and <see cref="RewardParts"/> cover all of it,
/// the rest what was done since.
/// </summary>
public sealed record RunResult
{
    /// <summary>
    /// Training steps done and held-out solve rate with its 95 % interval, ascending; the first is before training, the last after.
    /// </summary>
    public required IReadOnlyList<(int Step, Interval SolveRate)> SolveRates { get; init; }

    /// <summary>The evaluations in full, with the training steps done before each.</summary>
    public required IReadOnlyList<(int Step, EvaluationResult Result)> Evaluations { get; init; }

    /// <summary>The training steps.</summary>
    public required IReadOnlyList<StepReport> Steps { get; init; }

    /// <summary>What the judge was asked, in all of the run; <see langword="null"/> where the method asks none.</summary>
    public required JudgeUse? Judge { get; init; }

    /// <summary>The parts of the reward, in all of the run; none without reward terms, and where nothing is stored.</summary>
    public IReadOnlyList<RewardPartTrend> RewardParts { get; init; } = [];

    /// <summary>Wall-clock seconds, evaluations included.</summary>
    public required double Seconds { get; init; }

    /// <summary>Held-out solve rate before the first training step.</summary>
    public Interval SolveRateBefore => SolveRates[0].SolveRate;

    /// <summary>Held-out solve rate after the last training step.</summary>
    public Interval SolveRateAfter => SolveRates[^1].SolveRate;

    /// <summary>Completion tokens sampled in training.</summary>
    public long SampledTokens => Steps.Sum(s => s.Ledger.Tokens);

    /// <summary>Completion tokens sampled in training per second of all that a training step does; 0 without a step.</summary>
    public double TokensPerSecond => Steps.Count == 0 ? 0 : SampledTokens / Steps.Sum(s => s.Times.Total.TotalSeconds);
}
