namespace Stepwise.Policies;

/// <summary>
/// A policy that can keep a slow copy of its trained weights, an exponential average, and score with it. The average is saved and loaded with the
/// optimizer's state, so that a run that goes on is the uninterrupted one.
/// </summary>
public interface IWeightAverage
{
    /// <summary>
    /// Keeps the average from now on: it begins as the weights are, or as they were loaded with their average, and after every so many optimizer steps
    /// becomes <c>decay · average + (1 − decay) · weights</c>.
    /// </summary>
    /// <param name="decay">In [0, 1]; 1 keeps the weights of the beginning.</param>
    /// <param name="every">Optimizer steps, at least 1.</param>
    void KeepAverage(double decay, int every);

    /// <summary>Log-probabilities under the average; otherwise as <see cref="IPolicy.ScoreAsync"/>.</summary>
    /// <param name="requests">Prompts and completions.</param>
    /// <param name="temperature">Divides the logits; above 0.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="InvalidOperationException">No average is kept.</exception>
    ValueTask<IReadOnlyList<IReadOnlyList<float[]>>> ScoreWithAverageAsync(
        IReadOnlyList<ScoreRequest> requests, double temperature = 1.0, CancellationToken cancellationToken = default);
}
