using Stepwise.Options;

namespace Stepwise.Methods.Losses;

/// <summary>A weight by the ratio of the trainer's to the sampler's probability, of a token or of a whole completion.</summary>
public abstract record RatioCorrection : ISamplerCorrection
{
    /// <summary>C, at least 1.</summary>
    [Key("the largest ratio of the trainer's to the sampler's probability that counts", Low = 1, High = 1e6)]
    public double LargestMismatch { get; init; } = 2.0;

    /// <summary>Whether the ratio is that of the completion, the product over its tokens, for all of them.</summary>
    [Key("one ratio for a whole completion, the product over its tokens")]
    public bool MismatchOfCompletion { get; init; }

    /// <inheritdoc/>
    public double[] Weights(double[] logRatios)
    {
        double whole = MismatchOfCompletion ? logRatios.Sum() : 0.0;
        return Array.ConvertAll(logRatios, logRatio => Weight(Math.Exp(MismatchOfCompletion ? whole : logRatio)));
    }

    /// <summary>The weight of a ratio.</summary>
    /// <param name="ratio">Above 0; NaN gives NaN.</param>
    protected abstract double Weight(double ratio);
}
