namespace Stepwise.Methods.Losses;

/// <summary>e⁻ᵈ + d − 1, never negative; GRPO's estimate.</summary>
public sealed record K3 : IKlEstimator
{
    /// <inheritdoc/>
    public (double Value, double Derivative) Evaluate(double difference) =>
        (Math.Exp(-difference) + difference - 1.0, 1.0 - Math.Exp(-difference));
}
