using Stepwise.Options;
using Stepwise.Rollouts;

namespace Stepwise.Methods.Advantages;

/// <summary>
/// Another estimator's advantages times <c>α = B / (B − M)</c>, where M of B groups have none: groups that teach nothing then take no weight from the others.
/// </summary>
/// <remarks>A group without a counted rollout is one of M. With M = B there is nothing to scale. Source: GPG, arXiv 2504.02546.</remarks>
/// <param name="Inner">Gives the advantages.</param>
[Formula("α = B / (B − M)")]
public sealed record RescaledAdvantage([property: Section] GroupAdvantage Inner) : IAdvantageEstimator
{
    /// <summary>Creates the estimator over GPG's: rewards less their group's mean.</summary>
    public RescaledAdvantage()
        : this(new GroupAdvantage { Scale = new NoScale() })
    {
    }

    /// <inheritdoc/>
    public void Estimate(IReadOnlyList<Group> groups)
    {
        ArgumentNullException.ThrowIfNull(groups);
        Inner.Estimate(groups);
        int teaching = groups.Count(g => g.Rollouts.Any(r => r.HasAdvantage));
        if (teaching == 0)
        {
            return;
        }

        double alpha = (double)groups.Count / teaching;
        foreach (Rollout rollout in groups.SelectMany(g => g.Rollouts))
        {
            for (int t = 0; t < rollout.Advantages.Length; t++)
            {
                rollout.Advantages[t] *= alpha;
            }
        }
    }
}
