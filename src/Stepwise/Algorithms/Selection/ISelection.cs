using Stepwise.Rollouts;

namespace Stepwise.Algorithms.Selection;

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
