using Stepwise.Options;
using Stepwise.Policies;

namespace Stepwise.Methods.Losses;

/// <summary>
/// The policy gradient with a smooth weight of the importance ratio of a whole completion, ρ = exp(Σ over its trained tokens of ℓ − ℓ_old). With k and
/// λ of the advantage's sign and the weight w of a token (<see cref="IAggregation"/>),
/// <code>φ(ρ) = ρ^k · exp(λ(1 − ρ)),   L = Σ w · [ −sg(φ(ρ))·A·ℓ + β·KL ]</code>
/// <code>∂L/∂ℓ = w · [ −φ(ρ)·A + β·∂KL/∂ℓ ]</code>
/// φ(1) = 1, so that on-policy this is REINFORCE; φ falls to 0 on both sides of its largest value, at ρ = k / λ. sg stops the gradient.
/// </summary>
/// <remarks>
/// <para>
/// VESPO, arXiv 2602.10693; defaults and limits are those of TRL, which takes log ρ of a token as within ±20 and that of a completion as within
/// [ln 10⁻⁸, 20].
/// </para>
/// <para>Special values: a masked token is never read. A token with advantage 0 has no surrogate. ℓ = −∞ makes the loss infinite or NaN.</para>
/// </remarks>
[Formula("φ(ρ) = ρ^k · exp(λ(1 − ρ)), L = Σ w · [ −sg(φ(ρ))·A·ℓ + β·KL ]")]
public sealed record Vespo : SurrogateLoss
{
    private const double MostLogRatio = 20.0;
    private static readonly double LeastLogRatio = Math.Log(1e-8);

    /// <summary>k where the advantage is positive; at least 0.</summary>
    [Key("power of the ratio in the weight where the advantage is positive", Low = 0, High = 1e6)]
    public double PowerPositive { get; init; } = 2.0;

    /// <summary>λ where the advantage is positive; at least 0.</summary>
    [Key("decay of the weight with the ratio where the advantage is positive", Low = 0, High = 1e6)]
    public double DecayPositive { get; init; } = 3.0;

    /// <summary>k where the advantage is negative; at least 0.</summary>
    [Key("power of the ratio in the weight where the advantage is negative", Low = 0, High = 1e6)]
    public double PowerNegative { get; init; } = 3.0;

    /// <summary>λ where the advantage is negative; at least 0.</summary>
    [Key("decay of the weight with the ratio where the advantage is negative", Low = 0, High = 1e6)]
    public double DecayNegative { get; init; } = 2.0;

    /// <inheritdoc/>
    protected override double Surrogate(
        in LossGroup group, int start, int end, int trained, double weight, Span<double> gradient, LossMetrics metrics)
    {
        double logRatio = 0.0;
        for (int t = start; t < end; t++)
        {
            logRatio += group.Mask[t] ? Math.Clamp(group.LogProbs[t] - group.OldLogProbs[t], -MostLogRatio, MostLogRatio) : 0.0;
        }

        logRatio = Math.Clamp(logRatio, LeastLogRatio, MostLogRatio);
        double positive = Phi(logRatio, PowerPositive, DecayPositive), negative = Phi(logRatio, PowerNegative, DecayNegative), sum = 0.0;
        for (int t = start; t < end; t++)
        {
            double advantage = group.Advantages[t];
            if (group.Mask[t] && advantage != 0.0)
            {
                double slope = -(advantage > 0.0 ? positive : negative) * advantage;
                sum += slope * group.LogProbs[t];
                gradient[t] = weight * slope;
            }
        }

        return sum;
    }

    private static double Phi(double logRatio, double power, double decay) => Math.Exp((power * logRatio) + (decay * (1.0 - Math.Exp(logRatio))));
}
