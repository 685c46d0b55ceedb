using Stepwise.Options;
using Stepwise.Policies;
using Stepwise.Rollouts;

namespace Stepwise.Methods.Rewards;

/// <summary>
/// A right answer earns less the likelier it was, so that rare ones are not forgotten: with rank 1 the likeliest of the G counted rollouts of the group,
/// <code>r = R (1 − β (G − rank) / G),   R = 1 if the answer is right, else 0</code>
/// </summary>
/// <remarks>
/// Likelihood is the mean log-probability of the sampled tokens under the policy that sampled them; equal ones have the lowest rank of them
/// all. Source: Rewarding the Unlikely, arXiv 2506.02355.
/// </remarks>
[Formula("r = R (1 − β (G − rank) / G), R = 1 if the answer is right, else 0")]
public sealed record UnlikelinessReward : IRewardShaper
{
    private static readonly OutcomeReward Outcome = new();

    /// <inheritdoc/>
    public bool AsksJudge => false;

    /// <summary>β, the most that likelihood costs; in [0, 1].</summary>
    [Key("share of a right answer's reward that the likeliest of a group may lose", Low = 0, High = 1)]
    public double RankPenalty { get; init; } = 0.25;

    /// <inheritdoc/>
    public bool WantsJudgement(Group group, Rollout rollout, int step) => false;

    /// <inheritdoc/>
    public void Shape(Group group, int step)
    {
        Outcome.Shape(group, step);
        double[] likelihoods = [.. group.Rollouts.Where(r => r.Counted).Select(r => Likelihood(r.Completion))];
        foreach (Rollout rollout in group.Rollouts.Where(r => r is { Counted: true, Correct: true }))
        {
            double own = Likelihood(rollout.Completion);
            int rank = 1 + likelihoods.Count(other => other > own);
            rollout.Reward *= 1 - (RankPenalty * (likelihoods.Length - rank) / likelihoods.Length);
        }
    }

    private static double Likelihood(Completion completion) =>
        completion.LogProbs.Skip(completion.PrefixTokens).Select(logProb => (double)logProb).DefaultIfEmpty(0).Average();
}
