using Stepwise.Rollouts;

namespace Stepwise.Methods.Selection;

/// <summary>Chooses which rollouts enter the update, and says why the others do not.</summary>
public interface ISelection
{
    /// <summary>
    /// Whether a rollout can enter the update at all, whatever its advantage: the judge is not asked about one that cannot. Every rollout can,
    /// unless implemented. Called for several groups side by side, on any thread.
    /// </summary>
    /// <param name="rollout">The rollout, with its verdict.</param>
    bool CanTrain(Rollout rollout) => true;

    /// <summary>Where a rollout ends up.</summary>
    /// <param name="group">Its group, with advantages.</param>
    /// <param name="rollout">The rollout.</param>
    /// <returns><see cref="Disposition.Trained"/> if it enters the update, otherwise why not.</returns>
    Disposition Select(Group group, Rollout rollout);
}

/// <summary>A selection asked about a whole training step.</summary>
public static class SelectionExtensions
{
    /// <summary>Sets every rollout's <see cref="Rollout.Disposition"/> and counts.</summary>
    /// <param name="selection">Says which rollouts enter the update.</param>
    /// <param name="groups">All groups of the training step, with advantages.</param>
    public static Ledger Settle(this ISelection selection, IReadOnlyList<Group> groups)
    {
        foreach (Group group in groups)
        {
            foreach (Rollout rollout in group.Rollouts)
            {
                rollout.Disposition = selection.Select(group, rollout);
            }
        }

        return Ledger.Of(groups);
    }
}
