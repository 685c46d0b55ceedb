namespace Stepwise.Methods.Rewards;

/// <summary>max(H, steps of the reference solution), so that a short response earns no more than it got done (ours).</summary>
public sealed record ReferenceSteps : IRtsDenominator
{
    /// <inheritdoc/>
    public int Of(int steps, int referenceSteps) => Math.Max(steps, referenceSteps);
}
