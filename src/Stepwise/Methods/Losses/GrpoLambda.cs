using Stepwise.Options;
using Stepwise.Policies;

namespace Stepwise.Methods.Losses;

/// <summary>
/// The clipped surrogate with an eligibility trace in the ratio: that of a token holds the changes of the tokens before it too, so that credit flows
/// back to them. With t counting a completion's trained tokens from 0, d = ℓ − ℓ_old, the trace's weight w of lag l (<see cref="ITrace"/>), and the
/// weight v of a token (<see cref="IAggregation"/>),
/// <code>ρ_t = exp(Σ_{l=0..t} w(t, l)·d_{t−l}),   A' = max(A, A_low)</code>
/// <code>L = Σ v · [ −min(ρA', clip(ρ, 1 − ε_low, 1 + ε_high)·A') + β·KL ]</code>
/// <code>∂L/∂ℓ_k = Σ_{t≥k} v · [ −ρ_t·A'_t·u_t·w(t, t − k) ] + v·β·∂KL/∂ℓ_k,   u as in <see cref="Grpo"/></code>
/// With a decay of 0 it is GRPO's.
/// </summary>
/// <remarks>
/// <para>
/// GRPO-λ, arXiv 2510.00194 §3.2, reconstructed from third parties' notes and code: the official code is not public. Negative advantages are held
/// above A_low, as with them the summed ratios are said to be unstable.
/// </para>
/// <para>Special values are those of <see cref="Grpo"/>; a NaN spreads to the tokens after it. Time grows with the square of a completion's length.</para>
/// </remarks>
[Formula("ρ_t = exp(Σ_{l=0..t} w(t, l)·d_{t−l}), A' = max(A, A_low); L = Σ v · [ −min(ρA', clip(ρ, 1 − ε_low, 1 + ε_high)·A') + β·KL ]")]
public sealed record GrpoLambda : ClippedLoss
{
    /// <summary>How much of an earlier token's change a later one's ratio holds.</summary>
    [Part<TraceCatalog>("trace", "how the change of an earlier token weighs in the ratio of a later one")]
    public ITrace Trace { get; init; } = new RecentTrace();

    /// <summary>A_low, at most 0: a lower advantage counts as this; <see langword="null"/> for no limit.</summary>
    [Key("the lowest that an advantage counts", Low = -1e6, High = 0)]
    public double? LowestAdvantage { get; init; } = -0.1;

    /// <inheritdoc/>
    protected override double Surrogate(
        in LossGroup group, int start, int end, int trained, double weight, Span<double> gradient, LossMetrics metrics)
    {
        ClippedTokens clipped = default;
        double meanLogRatio = SequenceRatio.MeanLog(group, start, end, trained), sum = 0.0;
        int[] tokens = [.. Trained(group, start, end)];
        for (int t = 0; t < tokens.Length; t++)
        {
            if (IsSilent(group, tokens[t], meanLogRatio))
            {
                continue;
            }

            double logRatio = 0.0;
            for (int k = 0; k <= t; k++)
            {
                logRatio += Trace.Weight(t, t - k) * (group.LogProbs[tokens[k]] - group.OldLogProbs[tokens[k]]);
            }

            double advantage = Math.Max(group.Advantages[tokens[t]], LowestAdvantage ?? double.NegativeInfinity);
            (double value, double slope) = Clipped(advantage, Math.Exp(logRatio), ref clipped);
            sum += value;
            for (int k = 0; k <= t && slope != 0.0; k++)
            {
                gradient[tokens[k]] += weight * slope * Trace.Weight(t, t - k);
            }
        }

        clipped.AddTo(metrics, trained);
        return sum;
    }

    private static List<int> Trained(in LossGroup group, int start, int end)
    {
        List<int> tokens = [];
        for (int t = start; t < end; t++)
        {
            if (group.Mask[t])
            {
                tokens.Add(t);
            }
        }

        return tokens;
    }
}
