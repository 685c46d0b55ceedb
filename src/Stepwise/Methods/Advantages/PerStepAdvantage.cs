using Stepwise.Options;
using Stepwise.Reasoning;
using Stepwise.Rollouts;

namespace Stepwise.Methods.Advantages;

/// <summary>
/// Credit step by step, against the members of the group that are still right there. With h the first wrong step of a response
/// (H + 1 if there is none), the responses alive at step j are those that have a step j of their own and h ≥ j; with c = 1 where step j is right
/// (j &lt; h) and 0 where it is the first error (j = h), every token of step j gets
/// <code>A_j = c_j − mean of c_j over the responses alive at j</code>
/// and every token after step h, or in a step that was cut off, is credited for the response's end (<see cref="EndCredit"/>).
/// </summary>
/// <remarks>
/// <para>
/// Ours, not the paper's. It covers the groups in which the judge placed a wrong answer (<see cref="Rewards.SpectralReward"/> says where it
/// is asked); the others go to <paramref name="Inner"/>, which knows of these only, so that a mixed group in which the judge could not say
/// anything keeps the signal of its verdicts. A correct response has no error and is not judged. A response that is not counted, or that the judge
/// could not place, enters no mean and gets 0. The lone survivor of a step gets 0, and so does a step that was given. There is no division by a
/// standard deviation.
/// </para>
/// <para>The credit is myopic: a step is praised for being right, not for leading anywhere, so watch the number of steps.</para>
/// </remarks>
/// <param name="Inner">Gives the advantages of the groups in which the judge placed no wrong answer.</param>
[Formula("A_j = c_j − mean of c_j over the responses alive at j")]
public sealed record PerStepAdvantage([property: Section] GroupAdvantage Inner) : IAdvantageEstimator
{
    /// <summary>Creates the estimator over GRPO's.</summary>
    public PerStepAdvantage()
        : this(new GroupAdvantage())
    {
    }

    /// <summary>They do not: a judged group's come from its steps.</summary>
    public bool FollowsRewards => false;

    /// <inheritdoc/>
    public bool NeedsJudge => true;

    /// <inheritdoc/>
    public void Estimate(IReadOnlyList<Group> groups)
    {
        ILookup<bool, Group> placed = groups.ToLookup(
            g => g.Rollouts.Any(r => r is { Incorrect: true, Judgement.Outcome: not JudgementOutcome.NoJudgement }));
        Inner.Estimate([.. placed[false]]);
        foreach (Group group in placed[true])
        {
            Estimate(group);
        }
    }

    private static void Estimate(Group group)
    {
        Trace[] traces = [.. group.Rollouts.Select(Trace.Of).OfType<Trace>()];
        foreach (Rollout rollout in group.Rollouts)
        {
            Array.Clear(rollout.Advantages);
        }

        int longest = traces.Select(t => t.LastTrained).DefaultIfEmpty().Max();
        for (int step = 1; step <= longest; step++)
        {
            Trace[] alive = Array.FindAll(traces, t => t.Rollout.GivenSteps < step && step <= t.LastTrained);
            double right = alive.Count(t => step < t.FirstError) / (double)alive.Length;
            foreach (Trace trace in alive)
            {
                (int start, int end) = trace.Rollout.TokensOf(step);
                double credit = step < trace.FirstError ? 1.0 : 0.0;
                trace.Rollout.Advantages.AsSpan(start, end - start).Fill(credit - right);
            }
        }

        EndCredit.Give([.. traces.Select(t => (t.Rollout, t.LastTrained))]);
    }

    /// <summary>A response whose first error is known.</summary>
    private sealed record Trace(Rollout Rollout, int FirstError)
    {
        /// <summary>The first wrong step, or the last step where all are right.</summary>
        public int LastTrained => Math.Min(FirstError, Rollout.Steps.Count);

        public static Trace? Of(Rollout rollout) => rollout switch
        {
            { Counted: false } => null,
            { Correct: true } => new(rollout, rollout.Steps.Count + 1),
            { Judgement.Outcome: not JudgementOutcome.NoJudgement } => new(rollout, rollout.BlamedStep),
            _ => null,
        };
    }
}
