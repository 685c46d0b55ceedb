namespace Stepwise.Methods.Losses;

/// <summary>
/// α·σ(τ(π − μ)): with the published constants 1 for π up to 0.25 and 1.4 from 0.344 on. A reading of ours that gives every constant an effect, in
/// the form of the code that TR-GRPO builds on (AR-Lopti).
/// </summary>
public sealed record CentredShape : TokenShape
{
    /// <inheritdoc/>
    protected override double Raw(double probability) => ShapeHeight * Sigmoid(ShapeSteepness * (probability - ShapeCentre));
}
