using Stepwise.Options;
using Stepwise.Policies;

namespace Stepwise.Methods.Losses;

/// <summary>
/// The clipped surrogate with ratios weighted by how likely a token is, as unlikely ones have the largest gradients. With ρ = exp(ℓ − ℓ_old),
/// s = clip(f(exp ℓ), L, U) of <see cref="TokenShape"/>, which is held fixed, and the weight w of a token (<see cref="IAggregation"/>),
/// <code>L = Σ w · [ −min(sρA, clip(sρ, 1 − ε_low, 1 + ε_high)·A) + β·s·KL ]</code>
/// <code>∂L/∂ℓ = w · [ −sρA·u(sρ) + β·s·∂KL/∂ℓ ],  u as in <see cref="Grpo"/></code>
/// </summary>
/// <remarks>
/// <para>
/// TR-GRPO, arXiv 2511.00066, equation 9, from summaries and third parties' code. As s is inside the clipping, a likely token with A &gt; 0 and
/// s &gt; 1 + ε_high has no gradient, on-policy too. Special values are those of <see cref="Grpo"/>.
/// </para>
/// </remarks>
[Formula("L = Σ w · [ −min(sρA, clip(sρ, 1 − ε_low, 1 + ε_high)·A) + β·s·KL ]")]
public sealed record TrGrpo : ClippedLoss
{
    /// <summary>How the weight follows from a token's probability.</summary>
    [Part<TokenShapeCatalog>("tokenShape", "how a token's weight follows from its probability")]
    public TokenShape Shape { get; init; } = new CentredShape();

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
                double ratio = Shape.Weight(Math.Exp(group.LogProbs[t])) * Math.Exp(group.LogProbs[t] - group.OldLogProbs[t]);
                (double value, double slope) = Clipped(group.Advantages[t], ratio, ref clipped);
                sum += value;
                gradient[t] = weight * slope;
            }
        }

        clipped.AddTo(metrics, trained);
        return sum;
    }

    /// <inheritdoc/>
    protected override double Penalty(in LossGroup group, int start, int end, double weight, Span<double> gradient, LossMetrics metrics)
    {
        double sum = 0.0;
        for (int t = start; t < end; t++)
        {
            double shape = group.Mask[t] ? Shape.Weight(Math.Exp(group.LogProbs[t])) : 0.0;
            sum += shape * Kl.Add(group, t, t + 1, weight * shape, gradient, metrics);
        }

        return sum;
    }
}
