namespace Stepwise.Methods.Losses;

/// <summary>d²/2. Biased in value; its gradient d is, on-policy, the gradient of the KL divergence.</summary>
public sealed record K2 : IKlEstimator
{
    /// <inheritdoc/>
    public (double Value, double Derivative) Evaluate(double difference) => (0.5 * difference * difference, difference);
}
