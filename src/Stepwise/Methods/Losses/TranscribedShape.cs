namespace Stepwise.Methods.Losses;

/// <summary>
/// α·(σ(π / τ) − μ), as a third party transcribed it: with the published constants in [0.50, 0.56] for every π, so that the weight is always L = 1 and
/// the loss GRPO's.
/// </summary>
public sealed record TranscribedShape : TokenShape
{
    /// <inheritdoc/>
    protected override double Raw(double probability) => ShapeHeight * (Sigmoid(probability / ShapeSteepness) - ShapeCentre);
}
