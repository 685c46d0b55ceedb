using Stepwise.Options;
using Stepwise.Rollouts;

namespace Stepwise.Methods.Advantages;

/// <summary>
/// Keeps another estimator's advantages and, in coloured groups, masks the tokens after a response's first wrong step: what follows an
/// error is neither praised nor blamed for it.
/// </summary>
/// <remarks>
/// Ours, not the paper's. The masked tokens have no loss and count in no denominator. A response without an error keeps all its tokens;
/// groups that are not coloured are left as they are.
/// </remarks>
/// <param name="Inner">Gives the advantages.</param>
public sealed record CreditToFirstError([property: Section] GroupAdvantage Inner) : IAdvantageEstimator
{
    /// <summary>Creates the estimator over GRPO's.</summary>
    public CreditToFirstError()
        : this(new GroupAdvantage())
    {
    }

    /// <inheritdoc/>
    public bool NeedsJudge => true;

    /// <inheritdoc/>
    public void Estimate(IReadOnlyList<Group> groups)
    {
        Inner.Estimate(groups);
        foreach (Rollout rollout in groups.Where(g => g.Coloured).SelectMany(g => g.Rollouts))
        {
            if (rollout.BlamedStep <= rollout.Steps.Count)
            {
                rollout.Mask.AsSpan(rollout.TokensOf(rollout.BlamedStep).End).Clear();
            }
        }
    }
}
