using Stepwise.Options;
using Stepwise.Rollouts;

namespace Stepwise.Methods.Advantages;

/// <summary>
/// The reward relative to the group: <c>A = (r − r̄) / (s + 10⁻⁴)</c>, the same for every token of a completion, with r̄ the mean of the
/// group and s the sample standard deviation (divisor n − 1) of the group or of all groups it is given; without scale <c>A = r − r̄</c>.
/// <see cref="PartDeviations"/> puts another r in the reward's place.
/// </summary>
/// <remarks>
/// Only counted rollouts enter r̄ and s; the others get 0. A group with fewer than two counted rollouts, or whose counted rewards are all
/// equal, gets exactly 0. Source: arXiv 2402.03300 §4.1.2; the divisor n − 1 and 10⁻⁴ are those of TRL's trainer.
/// </remarks>
[Formula("A = (r − r̄) / (s + 10⁻⁴)")]
public sealed record GroupAdvantage : IAdvantageEstimator
{
    /// <summary>What a centred reward is divided by.</summary>
    [Part<AdvantageScaleCatalog>("advantageScale", "what a centred reward is divided by")]
    public IAdvantageScale Scale { get; init; } = new GroupDeviation();

    /// <inheritdoc/>
    public void Estimate(IReadOnlyList<Group> groups)
    {
        double[][] rewards = [.. groups.Select(Scale.Rewards)];
        IReadOnlyList<double> divisors = Scale.Divisors(rewards);
        for (int g = 0; g < groups.Count; g++)
        {
            bool flat = Array.TrueForAll(rewards[g], r => r == rewards[g][0]);
            double mean = flat ? 0.0 : rewards[g].Average();
            int next = 0;
            foreach (Rollout rollout in groups[g].Rollouts)
            {
                double reward = rollout.Counted ? rewards[g][next++] : 0.0;
                double advantage = flat || !rollout.Counted ? 0.0 : (reward - mean) / divisors[g];
                Array.Fill(rollout.Advantages, advantage);
            }
        }
    }
}
