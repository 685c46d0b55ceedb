using Stepwise.Methods.Advantages;
using Stepwise.Methods.Rewards.Terms;
using Stepwise.Metrics;
using Stepwise.Rollouts;

namespace Stepwise.Methods.Rewards;

/// <summary>A method's reward with its terms: <c>r = r₀ + Σ w_k v_k</c> over the terms in their order.</summary>
/// <remarks>
/// Only counted rollouts earn by terms; what is undecided or failed stays out. Without terms nothing changes. How the parts compare within a group is
/// the advantage's: see <see cref="PartDeviations"/>.
/// </remarks>
internal static class RewardSum
{
    /// <summary>Adds the terms to <see cref="Rollout.Reward"/> and keeps the parts in <see cref="Rollout.RewardParts"/>.</summary>
    /// <param name="group">A group with the rewards of the method's reward.</param>
    /// <param name="terms">The terms.</param>
    public static void Add(Group group, IReadOnlyList<RewardTerm> terms)
    {
        foreach (Rollout rollout in group.Rollouts)
        {
            rollout.RewardParts = terms.Count > 0 && rollout.Counted
                ? [new(1, rollout.Reward), .. terms.Select(term => new RewardPart(term.Weight, term.Value(rollout)))]
                : [];
            foreach (RewardPart part in rollout.RewardParts.Skip(1))
            {
                rollout.Reward += part.Weight * (part.Value ?? 0);
            }
        }
    }

    /// <summary>Mean and spread of every part over the counted rollouts that have a value of it; none without terms.</summary>
    /// <param name="groups">The step's groups.</param>
    /// <param name="terms">The terms.</param>
    public static IEnumerable<MetricValue> Measure(IReadOnlyList<Group> groups, IReadOnlyList<RewardTerm> terms)
    {
        Rollout[] counted = [.. groups.SelectMany(g => g.Rollouts).Where(r => r.RewardParts.Count > 0)];
        foreach ((string name, int part) in Numbered(terms.Select(term => term.Label).Prepend("reward")).Select((name, part) => (name, part)))
        {
            double[] values = [.. counted.Select(r => r.RewardParts[part].Value).OfType<double>()];
            if (values.Length > 0)
            {
                yield return new(RewardTerm.Mean.Of(name), values.Average());
                yield return new(RewardTerm.Deviation.Of(name), GroupDeviation.Of(values));
            }
        }
    }

    /// <summary>Labels as names of metrics: the second of a label gets a 2, and so on.</summary>
    /// <param name="labels">The labels.</param>
    public static IEnumerable<string> Numbered(IEnumerable<string> labels)
    {
        HashSet<string> taken = new(StringComparer.Ordinal);
        foreach (string label in labels)
        {
            string name = label;
            for (int number = 2; !taken.Add(name); number++)
            {
                name = $"{label}{number}";
            }

            yield return name;
        }
    }
}
