namespace Stepwise.Methods.Losses;

/// <summary>ℓ (DisCO's log-L).</summary>
public sealed record LikelihoodScore : IDiscoScore
{
    /// <inheritdoc/>
    public (double Value, double Derivative) Evaluate(double logProb, double oldLogProb) => (logProb, 1.0);
}
