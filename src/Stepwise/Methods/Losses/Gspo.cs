using Stepwise.Options;
using Stepwise.Policies;

namespace Stepwise.Methods.Losses;

/// <summary>
/// The clipped surrogate with one importance ratio for a whole completion, ρ = exp(mean over its trained tokens of ℓ − ℓ_old). With the
/// weight w of a token (<see cref="IAggregation"/>),
/// <code>L = Σ w · [ −min(ρA, clip(ρ, 1 − ε_low, 1 + ε_high)·A) + β·KL ]</code>
/// <code>∂L/∂ℓ = w · [ mean over the completion's trained tokens of −ρA·u + β·∂KL/∂ℓ ],  u as in <see cref="Grpo"/></code>
/// In the token form (<see cref="TokenForm"/>) a token has its own −ρA·u in place of that mean.
/// </summary>
/// <remarks>
/// Group sequence policy optimization, arXiv 2507.18071, equation 5, and GSPO-token, §4.3. Special values are those of <see cref="Grpo"/>; clipped
/// tokens are counted one by one, though a completion's are clipped together where they share an advantage.
/// </remarks>
[Formula("L = Σ w · [ −min(ρA, clip(ρ, 1 − ε_low, 1 + ε_high)·A) + β·KL ]")]
public sealed record Gspo : ClippedLoss
{
    /// <summary>
    /// Whether a token's ratio is sg(ρ)·exp(ℓ − sg(ℓ)), so that each follows its own advantage (GSPO-token). Where all tokens of a completion share one
    /// it changes nothing.
    /// </summary>
    [Key("whether each token follows its own advantage, not the completion's mean (GSPO-token)")]
    public bool TokenForm { get; init; }

    /// <inheritdoc/>
    protected override double Surrogate(
        in LossGroup group, int start, int end, int trained, double weight, Span<double> gradient, LossMetrics metrics)
    {
        ClippedTokens clipped = default;
        double meanLogRatio = SequenceRatio.MeanLog(group, start, end, trained), sum = 0.0, slopes = 0.0;
        for (int t = start; t < end; t++)
        {
            if (!IsSilent(group, t, meanLogRatio))
            {
                (double value, double slope) = Clipped(group.Advantages[t], Math.Exp(meanLogRatio), ref clipped);
                sum += value;
                slopes += slope;
                gradient[t] = weight * slope;
            }
        }

        if (!TokenForm)
        {
            SequenceRatio.Share(group, start, end, weight * slopes / trained, gradient);
        }

        clipped.AddTo(metrics, trained);
        return sum;
    }
}
