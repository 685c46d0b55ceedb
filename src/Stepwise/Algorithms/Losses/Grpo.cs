namespace Stepwise.Algorithms.Losses;

/// <summary>What the importance ratio of a token compares.</summary>
public enum RatioLevel
{
    /// <summary>The token under the current and the old policy: ρ = exp(ℓ − ℓ_old).</summary>
    Token,

    /// <summary>The whole completion, as a mean over its trained tokens: ρ = exp(mean(ℓ − ℓ_old)) (GSPO, arXiv 2507.18071).</summary>
    Sequence,
}

/// <summary>
/// The clipped surrogate of PPO on group-relative advantages. With the importance ratio ρ (<see cref="RatioLevel"/>) and the weight w of
/// a token (<see cref="Aggregation"/>),
/// <code>L = Σ w · [ −min(ρA, clip(ρ, 1 − ε_low, 1 + ε_high)·A) + β·KL ]</code>
/// <code>∂L/∂ℓ = w · [ −ρA·u + β·∂KL/∂ℓ ],  u = 0 where A &gt; 0 and ρ &gt; 1 + ε_high, or A &lt; 0 and ρ &lt; 1 − ε_low; else 1</code>
/// A ratio of the whole completion spreads the sum of −ρA·u over its trained tokens evenly.
/// </summary>
/// <remarks>
/// <para>
/// GRPO: sequence mean (arXiv 2402.03300, equation 3). Dr.GRPO: constant length (arXiv 2503.20783). DAPO: token mean with
/// ε_high &gt; ε_low (arXiv 2503.14476, equation 8).
/// </para>
/// <para>
/// Special values: a masked token is never read. A token with advantage 0 has no surrogate, whatever its ratio. ℓ = −∞ gives ratio 0:
/// no gradient from the surrogate. NaN in ℓ or A, and ℓ_old = −∞ with A &lt; 0 and no cap, make the loss NaN or infinite, so that the
/// caller sees a diverged policy. A completion without trained tokens adds nothing.
/// </para>
/// </remarks>
public sealed class Grpo : SurrogateLoss
{
    private readonly double _lowest;
    private readonly double _highest;

    /// <summary>Creates the loss.</summary>
    /// <param name="clipLow">ε_low in [0, 1]: ratios below 1 − ε_low are clipped.</param>
    /// <param name="clipHigh">ε_high, at least 0: ratios above 1 + ε_high are clipped.</param>
    /// <param name="aggregation">How tokens are averaged.</param>
    /// <param name="kl">The penalty, or <see langword="null"/> for none: then no reference policy is needed.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is outside its range.</exception>
    public Grpo(double clipLow, double clipHigh, Aggregation aggregation, KlPenalty? kl = null)
        : base(aggregation, kl)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(clipLow);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(clipLow, 1.0);
        ArgumentOutOfRangeException.ThrowIfNegative(clipHigh);
        _lowest = 1.0 - clipLow;
        _highest = 1.0 + clipHigh;
    }

    /// <summary>What the importance ratio compares.</summary>
    public RatioLevel RatioLevel { get; init; } = RatioLevel.Token;

    /// <summary>
    /// δ, at least 1 + ε_high: where A &lt; 0, the ratio counts as δ at most, with no gradient beyond; ∞ for no cap. It bounds what
    /// clipping leaves unbounded (two-sided clipping, arXiv 2505.07291).
    /// </summary>
    public double RatioCap { get; init; } = double.PositiveInfinity;

    /// <summary>
    /// In nats, at least 0: tokens with A &lt; 0 have no surrogate in a completion whose mean of ℓ_old − ℓ exceeds this; ∞ for no limit
    /// (DeepSeek-V3.2's off-policy mask).
    /// </summary>
    public double OffPolicyThreshold { get; init; } = double.PositiveInfinity;

    /// <inheritdoc/>
    protected override double Surrogate(
        in LossGroup group, int start, int end, int trained, double weight, Span<double> gradient, LossMetrics metrics)
    {
        double meanLogRatio = 0.0;
        for (int t = start; t < end; t++)
        {
            meanLogRatio += group.Mask[t] ? (group.LogProbs[t] - group.OldLogProbs[t]) / trained : 0.0;
        }

        bool offPolicy = -meanLogRatio > OffPolicyThreshold;
        double sum = 0.0, slopes = 0.0;
        for (int t = start; t < end; t++)
        {
            double advantage = group.Advantages[t];
            if (!group.Mask[t] || advantage == 0.0 || (offPolicy && advantage < 0.0))
            {
                continue;
            }

            double logRatio = RatioLevel == RatioLevel.Token ? group.LogProbs[t] - group.OldLogProbs[t] : meanLogRatio;
            (double value, double slope) = Clipped(advantage, Math.Exp(logRatio), metrics);
            sum += value;
            slopes += slope;
            gradient[t] = RatioLevel == RatioLevel.Token ? weight * slope : 0.0;
        }

        for (int t = start; t < end && RatioLevel == RatioLevel.Sequence; t++)
        {
            gradient[t] = group.Mask[t] ? weight * slopes / trained : 0.0;
        }

        return sum;
    }

    /// <summary>−min(ρA, clip(ρ)·A) and its derivative by log ρ.</summary>
    private (double Value, double Slope) Clipped(double advantage, double ratio, LossMetrics metrics)
    {
        if (advantage > 0.0 && ratio > _highest)
        {
            metrics.ClippedHigh++;
            return (-_highest * advantage, 0.0);
        }

        if (advantage < 0.0 && ratio < _lowest)
        {
            metrics.ClippedLow++;
            return (-_lowest * advantage, 0.0);
        }

        return advantage < 0.0 && ratio > RatioCap
            ? (-RatioCap * advantage, 0.0)
            : (-ratio * advantage, -ratio * advantage);
    }
}
