using Stepwise.Options;
using Stepwise.Rollouts;

namespace Stepwise.Methods.Advantages;

/// <summary>What a centred reward is divided by.</summary>
public enum AdvantageScale
{
    /// <summary>The standard deviation of the group's rewards (GRPO).</summary>
    Group,

    /// <summary>
    /// The standard deviation of the rewards of all groups of the training step, without those that <see cref="PerStepAdvantage"/> and
    /// <see cref="PerMilestoneAdvantage"/> credit themselves.
    /// </summary>
    Batch,

    /// <summary>Nothing (Dr.GRPO).</summary>
    None,
}

/// <summary>
/// The reward relative to the group: <c>A = (r − r̄) / (s + 10⁻⁴)</c>, the same for every token of a completion, with r̄ the mean of the
/// group and s the sample standard deviation (divisor n − 1) of the group or of all groups it is given; without scale <c>A = r − r̄</c>.
/// </summary>
/// <remarks>
/// Only counted rollouts enter r̄ and s; the others get 0. A group with fewer than two counted rollouts, or whose counted rewards are all
/// equal, gets exactly 0. Source: arXiv 2402.03300 §4.1.2; the divisor n − 1 and 10⁻⁴ are those of TRL's trainer.
/// </remarks>
/// <param name="Scale">What a centred reward is divided by.</param>
public sealed record GroupAdvantage(
    [property: Key("a centred reward is divided by the deviation of its group, of the batch, or not", Name = "advantageScale")]
    AdvantageScale Scale = AdvantageScale.Group) : IAdvantageEstimator
{
    /// <summary>Keeps the division finite; in units of reward.</summary>
    public const double Epsilon = 1e-4;

    /// <inheritdoc/>
    public void Estimate(IReadOnlyList<Group> groups)
    {
        double batchDeviation = Scale == AdvantageScale.Batch ? Deviation([.. groups.SelectMany(Rewards)]) : 0.0;
        foreach (Group group in groups)
        {
            double[] rewards = Rewards(group);
            bool flat = Array.TrueForAll(rewards, r => r == rewards[0]);
            double mean = flat ? 0.0 : rewards.Average();
            double divisor = Scale switch
            {
                AdvantageScale.Group => Deviation(rewards) + Epsilon,
                AdvantageScale.Batch => batchDeviation + Epsilon,
                _ => 1.0,
            };
            foreach (Rollout rollout in group.Rollouts)
            {
                double advantage = flat || !rollout.Counted ? 0.0 : (rollout.Reward - mean) / divisor;
                Array.Fill(rollout.Advantages, advantage);
            }
        }
    }

    private static double[] Rewards(Group group) => [.. group.Rollouts.Where(r => r.Counted).Select(r => r.Reward)];

    /// <summary>Sample standard deviation; 0 for fewer than two values.</summary>
    private static double Deviation(double[] values)
    {
        if (values.Length < 2)
        {
            return 0.0;
        }

        double mean = values.Average();
        return Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Length - 1));
    }
}
