using Stepwise.Metrics;
using Stepwise.Options;
using Stepwise.Policies;

namespace Stepwise.Methods.Losses;

/// <summary>
/// REINFORCE on group-relative advantages with a truncated importance ratio as weight. With ρ = exp(ℓ − ℓ_old), the cap δ and the weight
/// w of a token (<see cref="IAggregation"/>),
/// <code>L = Σ w · [ −sg(min(ρ, δ))·A·ℓ + β·KL ]</code>
/// <code>∂L/∂ℓ = w · [ −min(ρ, δ)·A + β·∂KL/∂ℓ ]</code>
/// sg stops the gradient: unlike in <see cref="Grpo"/> no token ever loses its gradient.
/// </summary>
/// <remarks>
/// <para>CISPO of MiniMax-M1, arXiv 2506.13585, without its lower bound, which the paper leaves off too.</para>
/// <para>
/// Special values: a masked token is never read. A token with advantage 0 has no surrogate, whatever its ratio. ℓ = −∞ gives ratio 0 and
/// 0 · ∞: the loss is NaN, so that the caller sees a diverged policy. A completion without trained tokens adds nothing.
/// </para>
/// </remarks>
[Formula("L = Σ w · [ −sg(min(ρ, δ))·A·ℓ + β·KL ]")]
public sealed record Cispo : SurrogateLoss
{
    /// <summary>Share of the trained tokens with ρ &gt; δ and A &gt; 0, whose weight is capped.</summary>
    [Metric("trained tokens with a ratio above the cap and a positive advantage (their weight is capped), over trained tokens", Unit = "share",
        Reading = "0 while the policy is the one that sampled; it rises with the learning rate and with the updates made from one batch.")]
    public static Metric CappedShare { get; } = Metric.Of<Cispo>();

    /// <summary>δ, at least 1: a ratio counts as δ at most. TRL recommends 5.</summary>
    [Key("the most an importance ratio counts", Low = 1, High = 1e6)]
    public double RatioCap { get; init; } = 5.0;

    /// <inheritdoc/>
    protected override double Surrogate(
        in LossGroup group, int start, int end, int trained, double weight, Span<double> gradient, LossMetrics metrics)
    {
        double sum = 0.0;
        int capped = 0;
        for (int t = start; t < end; t++)
        {
            double advantage = group.Advantages[t];
            if (group.Mask[t] && advantage != 0.0)
            {
                double ratio = Math.Exp(group.LogProbs[t] - group.OldLogProbs[t]);
                capped += ratio > RatioCap && advantage > 0.0 ? 1 : 0;
                double slope = -Math.Min(ratio, RatioCap) * advantage;
                sum += slope * group.LogProbs[t];
                gradient[t] = weight * slope;
            }
        }

        metrics.Add(CappedShare, capped, trained);
        return sum;
    }
}
