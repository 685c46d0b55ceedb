using Stepwise.Options;
using Stepwise.Policies;

namespace Stepwise.Methods.Losses;

/// <summary>
/// Soft adaptive policy optimization: in place of clipping, a sigmoid gate around ρ = 1. With ρ = exp(ℓ − ℓ_old), σ = 1 / (1 + exp(−τ(ρ − 1))),
/// the temperature τ of the advantage's sign and the weight w of a token (<see cref="IAggregation"/>),
/// <code>L = Σ w · [ −(4/τ)·σ·A + β·KL ]</code>
/// <code>∂L/∂ℓ = w · [ −4σ(1 − σ)·ρA + β·∂KL/∂ℓ ]</code>
/// On-policy the gate is 1; farther off it falls smoothly, and no gradient is cut.
/// </summary>
/// <remarks>
/// <para>arXiv 2511.20347; the defaults are TRL's.</para>
/// <para>
/// Special values: a masked token is never read. A token with advantage 0 has no surrogate, whatever its ratio. ℓ = −∞ gives ratio 0 and no
/// gradient; an infinite ratio has a gate of 0 that is multiplied by it: the gradient is NaN, so that the caller sees a diverged policy.
/// </para>
/// </remarks>
[Formula("L = Σ w · [ −(4/τ)·σ·A + β·KL ]")]
public sealed record Sapo : SurrogateLoss
{
    /// <summary>τ where the advantage is positive; above 0.</summary>
    [Key("steepness of the gate where the advantage is positive", Low = 0, AboveLow = true, High = 1e6)]
    public double TemperaturePositive { get; init; } = 1.0;

    /// <summary>
    /// τ where the advantage is negative; above 0. A steeper gate steadies the policy: these gradients spread over all other tokens.
    /// </summary>
    [Key("steepness of the gate where the advantage is negative", Low = 0, AboveLow = true, High = 1e6)]
    public double TemperatureNegative { get; init; } = 1.05;

    /// <summary>
    /// Whether ρ is that of a whole completion, exp(mean over its trained tokens of ℓ − ℓ_old), as in <see cref="Gspo"/>; then every token of it has the
    /// mean of their gradients.
    /// </summary>
    [Key("one importance ratio for a whole completion, not one per token")]
    public bool WholeCompletion { get; init; }

    /// <inheritdoc/>
    protected override double Surrogate(
        in LossGroup group, int start, int end, int trained, double weight, Span<double> gradient, LossMetrics metrics)
    {
        double shared = WholeCompletion ? SequenceRatio.MeanLog(group, start, end, trained) : 0.0, sum = 0.0, slopes = 0.0;
        for (int t = start; t < end; t++)
        {
            double advantage = group.Advantages[t];
            if (group.Mask[t] && advantage != 0.0)
            {
                double ratio = Math.Exp(WholeCompletion ? shared : group.LogProbs[t] - group.OldLogProbs[t]);
                double temperature = advantage > 0.0 ? TemperaturePositive : TemperatureNegative;
                double gate = 1.0 / (1.0 + Math.Exp(-temperature * (ratio - 1.0)));
                sum -= 4.0 / temperature * gate * advantage;
                double slope = -4.0 * gate * (1.0 - gate) * ratio * advantage;
                slopes += slope;
                gradient[t] = weight * slope;
            }
        }

        if (WholeCompletion)
        {
            SequenceRatio.Share(group, start, end, weight * slopes / trained, gradient);
        }

        return sum;
    }
}
