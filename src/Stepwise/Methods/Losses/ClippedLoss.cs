using Stepwise.Metrics;
using Stepwise.Options;
using Stepwise.Policies;

namespace Stepwise.Methods.Losses;

/// <summary>
/// What the clipped losses share: PPO's surrogate of a ratio ρ and an advantage A, and the settings that bound it,
/// <code>−min(ρA, clip(ρ, 1 − ε_low, 1 + ε_high)·A)</code>
/// with derivative −ρA·u by log ρ, u = 0 where A &gt; 0 and ρ &gt; 1 + ε_high, or A &lt; 0 and ρ &lt; 1 − ε_low; else 1.
/// </summary>
public abstract record ClippedLoss : SurrogateLoss, IChecked
{
    /// <summary>Share of the trained tokens with ρ &lt; 1 − ε_low and A &lt; 0, whose gradient is cut.</summary>
    [Metric("trained tokens with a ratio below the clip range and a negative advantage (their gradient is cut), over trained tokens", Unit = "share",
        Reading = "0 while the policy is the one that sampled; it rises with the learning rate and with the updates made from one batch.")]
    public static Metric ClippedLowShare { get; } = Metric.Of<ClippedLoss>();

    /// <summary>Share of the trained tokens with ρ &gt; 1 + ε_high and A &gt; 0, whose gradient is cut.</summary>
    [Metric("trained tokens with a ratio above the clip range and a positive advantage (their gradient is cut), over trained tokens", Unit = "share",
        Reading = "As clippedLowShare. DAPO widens the range above (clipHigh), so that tokens that are rare today can grow.")]
    public static Metric ClippedHighShare { get; } = Metric.Of<ClippedLoss>();

    /// <summary>ε_low in [0, 1]: ratios below 1 − ε_low are clipped.</summary>
    [Key("importance ratios below 1 minus this are clipped", Low = 0, High = 1)]
    public double ClipLow { get; init; } = 0.2;

    /// <summary>ε_high, at least 0: ratios above 1 + ε_high are clipped.</summary>
    [Key("importance ratios above 1 plus this are clipped", Low = 0, High = 1e6)]
    public double ClipHigh { get; init; } = 0.2;

    /// <summary>
    /// δ, at least 1 + ε_high: where A &lt; 0, the ratio counts as δ at most, with no gradient beyond; <see langword="null"/> for no cap.
    /// It bounds what clipping leaves unbounded (two-sided clipping, arXiv 2505.07291).
    /// </summary>
    [Key("the most a ratio counts where the advantage is negative", Low = 1, High = 1e6)]
    public double? RatioCap { get; init; }

    /// <summary>
    /// In nats, at least 0: tokens with A &lt; 0 have no surrogate in a completion whose mean of ℓ_old − ℓ exceeds this;
    /// <see langword="null"/> for no limit (DeepSeek-V3.2's off-policy mask).
    /// </summary>
    [Key("completions with a negative advantage farther off are left out", Unit = "nats", Low = 0, High = 1e6)]
    public double? OffPolicyThreshold { get; init; }

    /// <inheritdoc/>
    public virtual void Check()
    {
        if (RatioCap < 1.0 + ClipHigh)
        {
            throw new OptionException(nameof(RatioCap), $" is {RatioCap}; allowed is at least 1 + clipHigh, or none for no cap.");
        }
    }

    /// <summary>Whether a token has no surrogate: it is masked, its advantage is 0, or it is negative in a completion too far off-policy.</summary>
    private protected bool IsSilent(in LossGroup group, int token, double meanLogRatio) =>
        !group.Mask[token] || group.Advantages[token] == 0.0 || (-meanLogRatio > OffPolicyThreshold && group.Advantages[token] < 0.0);

    /// <summary>−min(ρA, clip(ρ)·A) and its derivative by log ρ.</summary>
    private protected (double Value, double Slope) Clipped(double advantage, double ratio, ref ClippedTokens clipped)
    {
        double lowest = 1.0 - ClipLow, highest = 1.0 + ClipHigh;
        if (advantage > 0.0 && ratio > highest)
        {
            clipped.High++;
            return (-highest * advantage, 0.0);
        }

        if (advantage < 0.0 && ratio < lowest)
        {
            clipped.Low++;
            return (-lowest * advantage, 0.0);
        }

        return advantage < 0.0 && ratio > RatioCap
            ? (-RatioCap.Value * advantage, 0.0)
            : (-ratio * advantage, -ratio * advantage);
    }

    /// <summary>How many tokens of a completion were clipped.</summary>
    private protected struct ClippedTokens
    {
        public int Low { get; set; }

        public int High { get; set; }

        /// <summary>Adds them to the metrics, among the completion's trained tokens.</summary>
        public readonly void AddTo(LossMetrics metrics, int trained)
        {
            metrics.Add(ClippedLowShare, Low, trained);
            metrics.Add(ClippedHighShare, High, trained);
        }
    }
}
