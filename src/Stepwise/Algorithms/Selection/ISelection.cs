using Stepwise.Rollouts;

namespace Stepwise.Algorithms.Selection;

/// <summary>Chooses which rollouts enter the update.</summary>
public interface ISelection
{
    /// <summary>Whether a rollout enters the update.</summary>
    /// <param name="group">Its group, with advantages.</param>
    /// <param name="rollout">The rollout.</param>
    bool Select(Group group, Rollout rollout);
}
