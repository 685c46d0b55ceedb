using Stepwise.Options;
using Stepwise.Rollouts;

namespace Stepwise.Methods.Selection;

/// <summary>Every rollout may train, or all but those that were cut off.</summary>
public sealed record AllRollouts : ISelection
{
    /// <summary>
    /// Whether completions cut off by the length limit are left out of the update; their rewards still enter the group's mean, but for a wrong
    /// answer in a coloured group, whose reward is the judge's, who is not asked about it (DAPO's overlong filtering, arXiv 2503.14476 §3.4).
    /// </summary>
    [Key("leave completions cut off by the length limit out of the update")]
    public bool DropTruncated { get; init; }

    /// <inheritdoc/>
    public bool CanTrain(Rollout rollout) => !Drops(rollout);

    /// <inheritdoc/>
    public void Select(IReadOnlyList<Group> groups)
    {
        foreach (Rollout rollout in groups.SelectMany(g => g.Rollouts).Where(r => r.Decided && Drops(r)))
        {
            rollout.LeaveOut(Disposition.Truncated);
        }
    }

    private bool Drops(Rollout rollout) => DropTruncated && rollout.Completion.Truncated;
}
