using Stepwise.Rollouts;

namespace Stepwise.Methods.Selection;

/// <summary>Chooses which rollouts count and which may train, before advantages are made from them, and says why the others do not.</summary>
public interface ISelection
{
    /// <summary>
    /// Whether a rollout may train at all, whatever its reward: the judge is not asked about one that may not. Every rollout may, unless
    /// implemented. Called for several groups side by side, on any thread.
    /// </summary>
    /// <param name="rollout">The rollout, with its verdict.</param>
    bool CanTrain(Rollout rollout) => true;

    /// <summary>
    /// Leaves rollouts out of the update, see <see cref="Rollout.LeaveOut"/>; clears <see cref="Rollout.Counted"/> of those whose rewards are
    /// not to enter their group's statistics either.
    /// </summary>
    /// <param name="groups">All groups of the training step, with rewards.</param>
    void Select(IReadOnlyList<Group> groups);
}
