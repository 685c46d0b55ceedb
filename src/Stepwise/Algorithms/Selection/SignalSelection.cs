using Stepwise.Judging;
using Stepwise.Rollouts;

namespace Stepwise.Algorithms.Selection;

/// <summary>
/// Trains on the counted rollouts that carry signal, a trained token with an advantage other than 0: without a KL term the others have
/// no gradient, so leaving them out saves their forward and backward pass and changes nothing.
/// </summary>
/// <remarks>The denominators of the loss count what was sampled, so leaving a rollout out does not make the others weigh more.</remarks>
/// <param name="keepSilent">Whether counted rollouts without signal enter too; needed where the loss has a KL term.</param>
/// <param name="dropTruncated">
/// Whether completions cut off by the length limit are left out of the update; their rewards still enter the group's mean
/// (DAPO's overlong filtering, arXiv 2503.14476 §3.4).
/// </param>
public sealed class SignalSelection(bool keepSilent, bool dropTruncated) : ISelection
{
    /// <inheritdoc/>
    public Disposition Select(Group group, Rollout rollout)
    {
        if (rollout.Failed)
        {
            return Disposition.Failed;
        }

        if (!rollout.Decided)
        {
            return Disposition.Undecided;
        }

        if (dropTruncated && rollout.Completion.Truncated)
        {
            return Disposition.Truncated;
        }

        if (rollout.Counted && (keepSilent || rollout.HasSignal))
        {
            return Disposition.Trained;
        }

        return group.Dead ? Dead(group) : Unplaced(rollout) ? Disposition.NoJudgement : Disposition.Filtered;
    }

    private static Disposition Dead(Group group) =>
        group.AllNegative ? Disposition.AllNegativeGroup
        : group.AllPositive ? Disposition.AllPositiveGroup
        : Disposition.Filtered;

    /// <summary>A decided rollout is not counted only where its group needed a judgement that the judge could not give.</summary>
    private static bool Unplaced(Rollout rollout) =>
        !rollout.Counted || rollout.Judgement is { Outcome: JudgementOutcome.NoJudgement };
}
