namespace Stepwise.Rollouts;

/// <summary>
/// Carries out draws: samples, verifies, and judges where the reward asks for it, each group as soon as it is drawn. Every sample of the
/// training step is booked, also one that a later draw replaces.
/// </summary>
public interface IRoller
{
    /// <summary>Draws groups.</summary>
    /// <param name="draws">What to draw; one group comes of each.</param>
    /// <param name="cancellationToken">Stops sampling and judging.</param>
    /// <returns>The groups in the order of the draws, with verdicts and judgements.</returns>
    /// <exception cref="DivergenceException">A log-probability of the policy is NaN or infinite.</exception>
    /// <exception cref="RunException">The verifier threw.</exception>
    ValueTask<IReadOnlyList<Group>> RollAsync(IReadOnlyList<Draw> draws, CancellationToken cancellationToken);
}
