using Stepwise.Metrics;
using Stepwise.Policies;

namespace Stepwise.Methods.Losses;

/// <summary>
/// What losses over pairs of a group's completions share. With s the sum over a completion's trained tokens of ℓ − ℓ_base, m = s_y − s_y' of a pair,
/// Q the groups of the optimizer step and f of the loss,
/// <code>L = 1/Q · Σ over groups, mean over the group's pairs (y, y') of f(m, r_y − r_y')</code>
/// <code>∂L/∂ℓ = ±1/Q · mean over the group's pairs with the completion of f',   + where it is y, − where it is y'</code>
/// </summary>
/// <remarks>
/// A group without a pair adds 0, and counts in Q. Advantages are not read. Special values: a masked token is never read; a completion without trained
/// tokens is in no pair; NaN in a trained ℓ reaches the loss.
/// </remarks>
public abstract record PairLoss : ILoss
{
    /// <summary>Share of the pairs that the policy has in the order of their rewards.</summary>
    [Metric("pairs of a group with m above 0, where the rewards differ: the better completion gained more likelihood than the other; over such pairs",
        Name = "orderedPairs", Unit = "share", Reading = "It starts at 0, where the policy is what it is compared with, and rises as the loss falls.")]
    public static Metric OrderedPairs { get; } = Metric.Of<PairLoss>();

    /// <inheritdoc/>
    public abstract LossNeeds Needs { get; }

    /// <inheritdoc/>
    public double Evaluate(in LossGroup group, Span<double> gradient, LossMetrics metrics)
    {
        ArgumentNullException.ThrowIfNull(metrics);
        gradient.Clear();
        double?[] gains = Gains(group);
        double[] slopes = new double[gains.Length];
        int pairs = 0;
        double sum = 0.0;
        for (int i = 0; i < gains.Length; i++)
        {
            for (int j = i + 1; j < gains.Length; j++)
            {
                (int better, int worse) = group.Facts[i].Reward >= group.Facts[j].Reward ? (i, j) : (j, i);
                double gap = group.Facts[better].Reward - group.Facts[worse].Reward;
                if (gains[better] - gains[worse] is { } margin && (gap > 0.0 || PairsEquals))
                {
                    (double value, double slope) = Evaluate(margin, gap);
                    sum += value;
                    slopes[better] += slope;
                    slopes[worse] -= slope;
                    pairs++;
                    metrics.Add(OrderedPairs, gap > 0.0 && margin > 0.0 ? 1 : 0, gap > 0.0 ? 1 : 0);
                }
            }
        }

        double weight = pairs == 0 ? 0.0 : 1.0 / ((double)group.Totals.Groups * pairs);
        for (int i = 0; i < gains.Length; i++)
        {
            SequenceRatio.Share(group, group.Offsets[i], group.Offsets[i + 1], weight * slopes[i], gradient);
        }

        return weight * sum;
    }

    /// <summary>Whether two completions of the same reward are a pair too; they are not, unless overridden.</summary>
    protected virtual bool PairsEquals => false;

    /// <summary>ℓ_base; [N].</summary>
    /// <param name="group">The group.</param>
    protected abstract ReadOnlySpan<double> Base(in LossGroup group);

    /// <summary>f(m, r_y − r_y') and its derivative by m.</summary>
    /// <param name="margin">m, in nats.</param>
    /// <param name="gap">r_y − r_y'.</param>
    protected abstract (double Value, double Slope) Evaluate(double margin, double gap);

    /// <summary>s of each completion; null of one without trained tokens.</summary>
    private double?[] Gains(in LossGroup group)
    {
        ReadOnlySpan<double> start = Base(group);
        double?[] gains = new double?[group.Sequences];
        for (int i = 0; i < gains.Length; i++)
        {
            for (int t = group.Offsets[i]; t < group.Offsets[i + 1]; t++)
            {
                gains[i] = group.Mask[t] ? (gains[i] ?? 0.0) + (group.LogProbs[t] - start[t]) : gains[i];
            }
        }

        return gains;
    }
}
