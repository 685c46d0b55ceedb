using Stepwise.Rollouts;

namespace Stepwise.Methods.Selection;

/// <summary>Groups whose counted rewards are not all equal; the rollouts of the others are left out (Reinforce-Rej). Source: arXiv 2504.11343.</summary>
public sealed record UnequalGroups : ISelection
{
    /// <inheritdoc/>
    public void Select(IReadOnlyList<Group> groups)
    {
        foreach (Group group in groups)
        {
            Rollout[] counted = [.. group.Rollouts.Where(r => r.Counted && r.Decided)];
            if (counted.Length > 0 && Array.TrueForAll(counted, r => r.Reward == counted[0].Reward))
            {
                Disposition kind = group.AllPositive ? Disposition.AllPositiveGroup : group.AllNegative ? Disposition.AllNegativeGroup : Disposition.Filtered;
                Array.ForEach(counted, rollout => rollout.LeaveOut(kind));
            }
        }
    }
}
