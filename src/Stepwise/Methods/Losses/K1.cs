namespace Stepwise.Methods.Losses;

/// <summary>d. Its gradient is 1 for every token, which is 0 in expectation: as a loss it measures but does not pull back.</summary>
public sealed record K1 : IKlEstimator
{
    /// <inheritdoc/>
    public (double Value, double Derivative) Evaluate(double difference) => (difference, 1.0);
}
