using Stepwise.Rollouts;

namespace Stepwise.Methods.Selection;

/// <summary>
/// Trains on the counted rollouts with an advantage, one other than 0 on an unmasked token: without a KL term the others have no gradient, so
/// leaving them out saves their forward and backward pass and changes nothing.
/// </summary>
/// <remarks>
/// The denominators of the loss count those too, so leaving them out does not make the others weigh more. They do not count a truncated
/// completion that is dropped: the loss is not a mean over it (<see cref="Rollout.InLoss"/>).
/// </remarks>
/// <param name="keepSilent">Whether counted rollouts without an advantage enter too; needed where the loss has a KL term.</param>
/// <param name="dropTruncated">
/// Whether completions cut off by the length limit are left out of the update; their rewards still enter the group's mean, but for a wrong
/// answer in a coloured group, whose reward is the judge's, who is not asked about it (DAPO's overlong filtering, arXiv 2503.14476 §3.4).
/// </param>
public sealed class SignalSelection(bool keepSilent, bool dropTruncated) : ISelection
{
    /// <inheritdoc/>
    public bool CanTrain(Rollout rollout) => rollout.Decided && !Drops(rollout);

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

        if (Drops(rollout))
        {
            return Disposition.Truncated;
        }

        if (rollout.Counted && (keepSilent || rollout.HasAdvantage))
        {
            return Disposition.Trained;
        }

        return IsDead(group) ? Dead(group) : Unplaced(rollout) ? Disposition.NoJudgement : Disposition.Filtered;
    }

    private bool Drops(Rollout rollout) => dropTruncated && rollout.Completion.Truncated;

    private bool IsDead(Group group) => !group.Rollouts.Any(r => r.Counted && r.HasAdvantage && !Drops(r));

    private static Disposition Dead(Group group) =>
        group.AllNegative ? Disposition.AllNegativeGroup
        : group.AllPositive ? Disposition.AllPositiveGroup
        : Disposition.Filtered;

    /// <summary>A decided rollout is not counted only where its group needed a judgement that the judge could not give.</summary>
    private static bool Unplaced(Rollout rollout) =>
        !rollout.Counted || rollout is { Incorrect: true, Judgement: not null, Rts: null };
}
