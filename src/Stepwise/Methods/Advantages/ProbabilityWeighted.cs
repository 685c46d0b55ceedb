using Stepwise.Options;
using Stepwise.Rollouts;

namespace Stepwise.Methods.Advantages;

/// <summary>
/// Another estimator's advantages, less where a token was unlikely: with π its probability under the policy that sampled it,
/// <code>A_{i,t} = (α·π_{i,t} + 1 − α)·A_i</code>
/// Unlikely tokens have the largest gradients, and would drown the others.
/// </summary>
/// <remarks>
/// The advantage reweighting of AR-Lopti, arXiv 2505.12929, as in its code ("both_linear_normal"). A given token, of a prefix, is weighted by its
/// probability too.
/// </remarks>
/// <param name="Inner">Gives the advantages.</param>
[Formula("A_{i,t} = (α·π_{i,t} + 1 − α)·A_i")]
public sealed record ProbabilityWeighted([property: Section] GroupAdvantage Inner) : IAdvantageEstimator
{
    /// <summary>Creates the estimator over GRPO's.</summary>
    public ProbabilityWeighted()
        : this(new GroupAdvantage())
    {
    }

    /// <summary>α in [0, 1], what an advantage loses at a token of probability 0; 0 leaves advantages as they are. The paper has 0.1 to 0.3.</summary>
    [Key("share of its advantage that a token of probability 0 loses", Unit = "share", Low = 0, High = 1)]
    public double ProbabilityShare { get; init; } = 0.3;

    /// <inheritdoc/>
    public void Estimate(IReadOnlyList<Group> groups)
    {
        ArgumentNullException.ThrowIfNull(groups);
        Inner.Estimate(groups);
        foreach (Rollout rollout in groups.SelectMany(g => g.Rollouts).Where(r => r.Counted))
        {
            for (int t = 0; t < rollout.Advantages.Length; t++)
            {
                rollout.Advantages[t] *= (ProbabilityShare * Math.Exp(rollout.Completion.LogProbs[t])) + 1.0 - ProbabilityShare;
            }
        }
    }
}
