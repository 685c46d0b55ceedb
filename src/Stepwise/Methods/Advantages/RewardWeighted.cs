using Stepwise.Options;
using Stepwise.Rollouts;

namespace Stepwise.Methods.Advantages;

/// <summary>
/// How much a completion is imitated: <c>A_i = G·softmax_i(r / β)</c> over the G counted completions of the group (reward-weighted regression). β = 0 is its
/// limit, best-of-n: the best share G, the others get 0.
/// </summary>
/// <remarks>
/// Never negative, mean 1: no completion is pushed away, and in a group of equal rewards each gets 1. Rollouts that are not counted get 0. Source: RWR, J.
/// Peters and S. Schaal (2007), and best-of-n, as arXiv 2404.14367 compares them.
/// </remarks>
[Formula("A_i = G·softmax_i(r / β)")]
public sealed record RewardWeighted : IAdvantageEstimator
{
    /// <summary>β, in units of reward; at least 0.</summary>
    [Key("difference of rewards that makes a completion e times as important; 0 for the best only", Low = 0, High = 1e6)]
    public double RewardTemperature { get; init; } = 0.5;

    /// <inheritdoc/>
    public void Estimate(IReadOnlyList<Group> groups)
    {
        foreach (Group group in groups)
        {
            Rollout[] counted = [.. group.Rollouts.Where(r => r.Counted)];
            double best = counted.Select(r => r.Reward).DefaultIfEmpty().Max();
            double sum = counted.Sum(r => Importance(r.Reward - best));
            foreach (Rollout rollout in group.Rollouts)
            {
                Array.Fill(rollout.Advantages, rollout.Counted ? counted.Length * Importance(rollout.Reward - best) / sum : 0.0);
            }
        }
    }

    /// <summary>exp(gap / β); where β is 0, its limit.</summary>
    private double Importance(double gap) => gap == 0.0 ? 1.0 : Math.Exp(gap / RewardTemperature);
}
