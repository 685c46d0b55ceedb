using Stepwise.Options;
using Stepwise.Reasoning;

namespace Stepwise.Methods.Rewards;

/// <summary>
/// The share of the reference solution's milestones reached before the first error, <c>P / K</c> (ours). Where the judge placed a wrong answer of
/// a group and names no milestones, all of the group is measured by steps: shares of different things are not compared.
/// </summary>
[Formula("P / K")]
public sealed record MilestoneShare : IRtsMeasure
{
    /// <summary>The measure of a group without milestones.</summary>
    [Section]
    public StepShare Otherwise { get; init; } = new();

    /// <inheritdoc/>
    public (IReadOnlyList<double?> Rts, bool ByProgress) Of(IReadOnlyList<JudgedAnswer> answers)
    {
        StepJudgement[] placed =
            [.. answers.Select(a => a.Judgement).OfType<StepJudgement>().Where(j => j.Outcome != JudgementOutcome.NoJudgement || j.Progress is not null)];
        return placed.Length > 0 && Array.TrueForAll(placed, j => j.Progress is not null)
            ? ([.. answers.Select(a => a.Judgement?.Progress?.Share)], true)
            : Otherwise.Of(answers);
    }
}
