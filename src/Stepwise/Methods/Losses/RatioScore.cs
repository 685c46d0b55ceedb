namespace Stepwise.Methods.Losses;

/// <summary>ρ = exp(ℓ − ℓ_old), which is its own derivative (DisCO's L-ratio).</summary>
public sealed record RatioScore : IDiscoScore
{
    /// <inheritdoc/>
    public (double Value, double Derivative) Evaluate(double logProb, double oldLogProb)
    {
        double ratio = Math.Exp(logProb - oldLogProb);
        return (ratio, ratio);
    }
}
