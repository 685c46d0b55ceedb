using Stepwise.Options;

namespace Stepwise.Methods.Losses;

/// <summary>The ratio where it is in [C_low, C], else 0: masked importance sampling; of whole completions, a mask of sequences.</summary>
/// <remarks>
/// A masked token counts in the denominators, as in TRL's token_mask and sequence_mask, which have no C_low by default. A ratio of NaN gives NaN.
/// </remarks>
public sealed record MaskedCorrection : RatioCorrection
{
    /// <summary>C_low in [0, 1].</summary>
    [Key("the smallest ratio of the trainer's to the sampler's probability that counts", Low = 0, High = 1)]
    public double SmallestMismatch { get; init; }

    /// <inheritdoc/>
    protected override double Weight(double ratio) => ratio > LargestMismatch || ratio < SmallestMismatch ? 0.0 : ratio;
}
