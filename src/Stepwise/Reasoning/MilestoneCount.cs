namespace Stepwise.Reasoning;

/// <summary>Counts the milestones that a response reaches, step by step.</summary>
/// <param name="milestones">The problem's milestones, at least one.</param>
public sealed class MilestoneCount(IReadOnlyList<Milestone> milestones)
{
    private readonly bool[] _reached = new bool[milestones.Count];
    private readonly List<int> _reachedAt = [];

    /// <summary>A step reaches a milestone, and with it those that it depends on; what was reached before counts no second time.</summary>
    /// <param name="milestone">The milestone, counted from 0.</param>
    /// <param name="step">The step, counted from 1; at least that of the call before.</param>
    public void Reach(int milestone, int step)
    {
        Stack<int> open = new([milestone]);
        while (open.TryPop(out int next))
        {
            if (!_reached[next])
            {
                _reached[next] = true;
                _reachedAt.Add(step);
                foreach (int needed in milestones[next].Needs)
                {
                    open.Push(needed);
                }
            }
        }
    }

    /// <summary>The progress so far.</summary>
    /// <param name="firstError">The step at which it ends, counted from 1; one more than there are steps if it does not.</param>
    /// <param name="steps">H, the number of steps.</param>
    public Progress End(int firstError, int steps) => new(milestones.Count, [.. _reachedAt], firstError, steps);
}
