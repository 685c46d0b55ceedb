using Stepwise.Options;
using Stepwise.Rollouts;

namespace Stepwise.Methods.Selection;

/// <summary>
/// The m rollouts of each group whose rewards differ most: the i highest and the m − i lowest, with the i of the largest variance (PODS). Rewards of the
/// others enter no mean.
/// </summary>
/// <remarks>
/// With <c>r₁ ≥ … ≥ r_n</c> sorted, the subset of size m with the largest variance is always such a union. Among equals the one with more of the highest is
/// taken, and rollouts of equal rewards in their order. A group of at most m counted rollouts is left as it is. Source: arXiv 2504.13818, lemma 3.1.
/// </remarks>
public sealed record MaximumVariance : ISelection
{
    /// <summary>m, rollouts of a group that train; at least 2.</summary>
    [Key("rollouts of each group that train, those whose rewards differ most", Unit = "rollouts", Low = 2, High = 4096)]
    public int TrainedOfGroup { get; init; } = 4;

    /// <inheritdoc/>
    public void Select(IReadOnlyList<Group> groups)
    {
        foreach (Group group in groups)
        {
            Rollout[] counted = [.. group.Rollouts.Where(r => r.Counted && r.Decided).OrderByDescending(r => r.Reward)];
            if (counted.Length > TrainedOfGroup)
            {
                int highest = Highest([.. counted.Select(r => r.Reward)]);
                foreach (Rollout rollout in counted[highest..^(TrainedOfGroup - highest)])
                {
                    rollout.LeaveOut(Disposition.Filtered);
                    rollout.Counted = false;
                }
            }
        }
    }

    /// <summary>How many of the highest belong to the subset of the largest variance.</summary>
    private int Highest(double[] falling)
    {
        (int best, double largest) = (0, double.NegativeInfinity);
        for (int highest = 0; highest <= TrainedOfGroup; highest++)
        {
            double variance = Variance([.. falling[..highest], .. falling[^(TrainedOfGroup - highest)..]]);
            if (variance >= largest)
            {
                (best, largest) = (highest, variance);
            }
        }

        return best;
    }

    private static double Variance(double[] values)
    {
        double mean = values.Average();
        return values.Sum(value => (value - mean) * (value - mean));
    }
}
