namespace Stepwise.Methods.Losses;

/// <summary>min(ratio, C): truncated importance sampling, with C of 2 by default.</summary>
/// <remarks>
/// Source: F. Yao et al., "Your Efficient RL Framework Secretly Brings You Off-Policy RL Training" (2025); TRL's token_truncate and sequence_truncate.
/// </remarks>
public sealed record TruncatedCorrection : RatioCorrection
{
    /// <inheritdoc/>
    protected override double Weight(double ratio) => Math.Min(ratio, LargestMismatch);
}
