using Stepwise.Options;
using Stepwise.Rollouts;

namespace Stepwise.Methods.Advantages;

/// <summary>
/// Each part of the reward by its own deviation in the group (GDPO): with w_k the weights, 1 of the method's own reward, and m_k and s_k mean and
/// sample standard deviation of part k over the group's counted rollouts, a rollout is compared by <c>Σ w_k (v_k − m_k) / (s_k + 10⁻⁴)</c>, and the
/// centred sum is divided by its deviation over all groups of the training step, and 10⁻⁴.
/// </summary>
/// <remarks>
/// A sum of rewards that is normalised as one lets a part with a wide spread drown the others; here each weighs by its weight. A part that is the same
/// for all of a group, or that a rollout has not, adds 0. Without terms the reward is the only part. Source: arXiv 2601.05242; TRL's
/// "normalize_then_sum".
/// </remarks>
[Formula("Σ w_k (v_k − m_k) / (s_k + 10⁻⁴)")]
public sealed record PartDeviations : IAdvantageScale
{
    private static readonly BatchDeviation Batch = new();

    /// <inheritdoc/>
    public double[] Rewards(Group group)
    {
        Rollout[] counted = [.. group.Rollouts.Where(r => r.Counted)];
        RewardPart[][] parts = Array.ConvertAll(counted, r => r.RewardParts.Count > 0 ? [.. r.RewardParts] : new[] { new RewardPart(1, r.Reward) });
        double[] sums = new double[counted.Length];
        for (int part = 0; part < parts.Select(p => p.Length).FirstOrDefault(); part++)
        {
            double[] values = [.. parts.Select(p => p[part].Value).OfType<double>()];
            if (values.Distinct().Skip(1).Any())
            {
                double mean = values.Average(), divisor = GroupDeviation.Of(values) + GroupDeviation.Epsilon;
                for (int i = 0; i < sums.Length; i++)
                {
                    sums[i] += parts[i][part].Value is { } value ? parts[i][part].Weight * (value - mean) / divisor : 0;
                }
            }
        }

        return sums;
    }

    /// <inheritdoc/>
    public IReadOnlyList<double> Divisors(IReadOnlyList<double[]> rewards) => Batch.Divisors(rewards);
}
