using Stepwise.Options;
using Stepwise.Policies;

namespace Stepwise.Methods.Losses;

/// <summary>
/// The clipped surrogate of PPO on group-relative advantages. With the importance ratio ρ = exp(ℓ − ℓ_old) and the weight w of a token
/// (<see cref="IAggregation"/>),
/// <code>L = Σ w · [ −min(ρA, clip(ρ, 1 − ε_low, 1 + ε_high)·A) + β·KL ]</code>
/// <code>∂L/∂ℓ = w · [ −ρA·u + β·∂KL/∂ℓ ],  u = 0 where A &gt; 0 and ρ &gt; 1 + ε_high, or A &lt; 0 and ρ &lt; 1 − ε_low; else 1</code>
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
[Formula("L = Σ w · [ −min(ρA, clip(ρ, 1 − ε_low, 1 + ε_high)·A) + β·KL ]")]
public sealed record Grpo : ClippedLoss
{
    /// <inheritdoc/>
    protected override double Surrogate(
        in LossGroup group, int start, int end, int trained, double weight, Span<double> gradient, LossMetrics metrics)
    {
        ClippedTokens clipped = default;
        double meanLogRatio = SequenceRatio.MeanLog(group, start, end, trained), sum = 0.0;
        for (int t = start; t < end; t++)
        {
            if (!IsSilent(group, t, meanLogRatio))
            {
                (double value, double slope) = Clipped(group.Advantages[t], Math.Exp(group.LogProbs[t] - group.OldLogProbs[t]), ref clipped);
                sum += value;
                gradient[t] = weight * slope;
            }
        }

        clipped.AddTo(metrics, trained);
        return sum;
    }
}
