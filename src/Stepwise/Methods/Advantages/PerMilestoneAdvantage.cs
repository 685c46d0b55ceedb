using Stepwise.Options;
using Stepwise.Rollouts;

namespace Stepwise.Methods.Advantages;

/// <summary>
/// Credit milestone by milestone, against the members of the group that came as far. A response's segment k, counted from 0, is its steps after
/// the one that reached its k-th milestone, up to the one that reaches the next, goes wrong, or is the last. Alive at k are the responses that
/// reached k milestones; with c = 1 for those that reach the next one and 0 for those that go wrong, stop or are cut off first, every token of
/// segment k gets
/// <code>A_k = c_k − mean of c_k over the responses alive at k</code>
/// and every token after a response's last segment is credited for its end (<see cref="EndCredit"/>).
/// </summary>
/// <remarks>
/// <para>
/// Ours, not the paper's. An idle step is a part of its segment: it neither earns by itself nor shifts the alignment of the group. No response is
/// counted at a milestone that it was given. A right answer reaches every milestone, those that the judge did not see on the way at its last
/// step. A step that reaches several milestones ends the segment of the first; its segments of the others have no tokens, and still count for the
/// others of the group. The lone survivor of a segment gets 0. There is no division by a standard deviation.
/// </para>
/// <para>
/// It covers the groups in which the judge named milestones of a wrong answer; the others go to <paramref name="Inner"/>. A response that is
/// not counted, or a wrong one of which the judge could say nothing, enters no mean and gets 0.
/// </para>
/// </remarks>
/// <param name="Inner">Gives the advantages of the groups without milestones.</param>
[Formula("A_k = c_k − mean of c_k over the responses alive at k")]
public sealed record PerMilestoneAdvantage([property: Section] PerStepAdvantage Inner) : IAdvantageEstimator
{
    /// <summary>Creates the estimator over credit per step, and that over GRPO's.</summary>
    public PerMilestoneAdvantage()
        : this(new PerStepAdvantage())
    {
    }

    /// <inheritdoc/>
    public bool NeedsJudge => true;

    /// <inheritdoc/>
    public bool ComparesRightAnswers => true;

    /// <summary>They do not: a judged group's come from its steps.</summary>
    public bool FollowsRewards => false;

    /// <inheritdoc/>
    public void Estimate(IReadOnlyList<Group> groups)
    {
        ILookup<bool, Group> measured = groups.ToLookup(g => g.Rollouts.Any(r => r is { Incorrect: true, Judgement.Progress: not null }));
        Inner.Estimate([.. measured[false]]);
        foreach (Group group in measured[true])
        {
            Estimate(group);
        }
    }

    private static void Estimate(Group group)
    {
        int milestones = group.Rollouts.Max(r => r.Judgement?.Progress?.Milestones ?? 0);
        Trace[] traces = [.. group.Rollouts.Select(r => Trace.Of(r, milestones)).OfType<Trace>()];
        foreach (Rollout rollout in group.Rollouts)
        {
            Array.Clear(rollout.Advantages);
        }

        for (int k = 0; k < milestones; k++)
        {
            Trace[] alive = Array.FindAll(traces, t => t.Given <= k && k <= t.ReachedAt.Length);
            double reached = alive.Count(t => k < t.ReachedAt.Length) / (double)alive.Length;
            foreach (Trace trace in alive)
            {
                (int start, int end) = trace.Segment(k);
                trace.Rollout.Advantages.AsSpan(start, end - start).Fill((k < trace.ReachedAt.Length ? 1.0 : 0.0) - reached);
            }
        }

        EndCredit.Give([.. traces.Select(t => (t.Rollout, t.Last))]);
    }

    /// <summary>A response whose milestones are known.</summary>
    /// <param name="Rollout">The response.</param>
    /// <param name="ReachedAt">The step at which it reached each of its milestones.</param>
    /// <param name="Last">The step that ends its last segment.</param>
    private sealed record Trace(Rollout Rollout, int[] ReachedAt, int Last)
    {
        /// <summary>How many of the milestones it was given.</summary>
        public int Given { get; } = ReachedAt.Count(step => step <= Rollout.GivenSteps);

        public static Trace? Of(Rollout rollout, int milestones)
        {
            int steps = rollout.Steps.Count;
            int[] reachedAt = [.. rollout.Judgement?.Progress?.ReachedAt ?? []];
            return rollout switch
            {
                { Counted: false } => null,
                { Correct: true } when steps > 0 => new(
                    rollout, [.. reachedAt, .. Enumerable.Repeat(steps, milestones - reachedAt.Length)], steps),
                { Incorrect: true, Judgement.Progress: { } progress } =>
                    new(rollout, reachedAt, Math.Min(Math.Max(progress.FirstError, rollout.GivenSteps + 1), steps)),
                _ => null,
            };
        }

        /// <summary>The tokens of segment <paramref name="k"/>.</summary>
        public (int Start, int End) Segment(int k)
        {
            int first = Math.Max(k == 0 ? 1 : ReachedAt[k - 1] + 1, Rollout.GivenSteps + 1), last = k < ReachedAt.Length ? ReachedAt[k] : Last;
            return first <= last ? (Rollout.TokensOf(first).Start, Rollout.TokensOf(last).End) : (0, 0);
        }
    }
}
