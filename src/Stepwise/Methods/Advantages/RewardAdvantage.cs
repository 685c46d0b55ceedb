using Stepwise.Options;
using Stepwise.Rollouts;

namespace Stepwise.Methods.Advantages;

/// <summary>
/// The reward itself, without a baseline: <c>A = w + (1 − w) r</c>, which is 1 for a reward of 1 and w for one of 0. With w = 0 only right
/// answers teach (RAFT), with w = −1 wrong ones are pushed away as strongly (Reinforce-Rej).
/// </summary>
/// <remarks>Rollouts that are not counted get 0. Source: arXiv 2504.11343, whose mathematics scorer gives 1 and −1.</remarks>
[Formula("A = w + (1 − w) r")]
public sealed record RewardAdvantage : IAdvantageEstimator
{
    /// <summary>w, the advantage of a reward of 0; in [−1, 0].</summary>
    [Key("advantage of a reward of 0; a reward of 1 has 1", Low = -1, High = 0)]
    public double WrongAdvantage { get; init; }

    /// <inheritdoc/>
    public void Estimate(IReadOnlyList<Group> groups)
    {
        foreach (Rollout rollout in groups.SelectMany(g => g.Rollouts))
        {
            Array.Fill(rollout.Advantages, rollout.Counted ? WrongAdvantage + ((1 - WrongAdvantage) * rollout.Reward) : 0.0);
        }
    }
}
