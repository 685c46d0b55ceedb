using Stepwise.Rollouts;

namespace Stepwise.Training;

/// <summary>Is told of every training step once it is complete: the run store, the console, the checkpoint writer.</summary>
public interface ITrainingObserver
{
    /// <summary>A training step ended and the policy holds its update.</summary>
    /// <param name="report">The step's report.</param>
    /// <param name="groups">The step's groups with all that became known of them.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    ValueTask OnStepAsync(StepReport report, IReadOnlyList<Group> groups, CancellationToken cancellationToken);
}
