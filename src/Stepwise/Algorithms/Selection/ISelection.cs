using Stepwise.Rollouts;

namespace Stepwise.Algorithms.Selection;

/// <summary>Chooses which rollouts enter the update, and says why the others do not.</summary>
public interface ISelection
{
    /// <summary>Where a rollout ends up.</summary>
    /// <param name="group">Its group, with advantages.</param>
    /// <param name="rollout">The rollout.</param>
    /// <returns><see cref="Disposition.Trained"/> if it enters the update, otherwise why not.</returns>
    Disposition Select(Group group, Rollout rollout);
}
