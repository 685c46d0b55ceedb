namespace Stepwise.Methods.Sampling;

/// <summary>The same length in every training step: ℓ_k = ℓ₁.</summary>
public sealed record FixedGuidance : GuidanceLength
{
    /// <inheritdoc/>
    public override void Observe(double reward)
    {
        // Whatever comes of it.
    }
}
