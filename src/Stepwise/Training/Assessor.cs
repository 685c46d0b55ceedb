using Stepwise.Judging;
using Stepwise.Policies;
using Stepwise.Problems;
using Stepwise.Reasoning;
using Stepwise.Rollouts;
using Stepwise.Tasks;

namespace Stepwise.Training;

/// <summary>Verifies the rollouts of groups, cuts them into steps, and has them judged.</summary>
/// <param name="task">How problems are put and checked.</param>
/// <param name="judge">Finds the first wrong step.</param>
internal sealed class Assessor(ITask task, IStepJudge judge)
{
    private const ulong JudgeStream = 0x4A75646765;

    /// <summary>Says of every rollout of a group whether it is right, and what its steps are.</summary>
    /// <param name="group">The group.</param>
    /// <param name="origin">Where it comes from, for messages: "training step 3".</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="DivergenceException">A log-probability is not finite.</exception>
    /// <exception cref="RunException">The verifier threw.</exception>
    public async Task VerifyAsync(Group group, string origin, CancellationToken cancellationToken)
    {
        Problem problem = group.Problem;
        group.ReferenceSteps = Verification.Guard(
            task, problem, "reference solution",
            () => task.ReferenceResponse(problem) is { } response ? task.Steps(response, truncated: false).Count : 0);

        // A verifier that waits is asked about all of them at once.
        await Task.WhenAll(group.Rollouts.Select((rollout, g) =>
            VerifyAsync(group, rollout, $"sample {g + 1} of {group.Rollouts.Count}", origin, cancellationToken))).ConfigureAwait(false);
    }

    /// <summary>Has rollouts of a group judged.</summary>
    /// <param name="group">The group, verified.</param>
    /// <param name="keys">The random stream of each rollout.</param>
    /// <param name="wanted">Which rollouts the judge is asked about.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public async Task JudgeAsync(Group group, IReadOnlyList<ulong> keys, Func<Rollout, bool> wanted, CancellationToken cancellationToken)
    {
        (Rollout Rollout, JudgedResponse Response)[] asked = [.. group.Rollouts
            .Select((r, g) => (r, new JudgedResponse(
                r.Completion.Text, r.Completion.Truncated, r.Steps, r.Verdict, CounterRandom.Key(keys[g], JudgeStream))))
            .Where(a => wanted(a.r))];
        if (asked.Length == 0)
        {
            return;
        }

        IReadOnlyList<StepJudgement> judgements =
            await Judgements.AskAsync(judge, group.Problem, [.. asked.Select(a => a.Response)], cancellationToken).ConfigureAwait(false);
        for (int i = 0; i < asked.Length; i++)
        {
            asked[i].Rollout.Judgement = judgements[i];
        }
    }

    /// <summary>
    /// What the task takes for whole steps of the given beginning alone: one that it breaks off in, or that the response ends by stopping right there, is
    /// the response's own.
    /// </summary>
    private int GivenSteps(Rollout rollout)
    {
        Completion completion = rollout.Completion;
        if (completion.PrefixTokens == 0 || rollout.Steps.Count == 0)
        {
            return 0;
        }

        int given = completion.GivenCharacters;
        return Math.Min(task.Steps(completion.Text[..given], truncated: true).Count, rollout.Steps.Count(step => step.End <= given));
    }

    private async Task VerifyAsync(Group group, Rollout rollout, string sample, string origin, CancellationToken cancellationToken)
    {
        Problem problem = group.Problem;
        Divergence.RequireFinite(rollout.Completion, $"{origin}, problem {problem.Id}, {sample}");
        rollout.Verdict = await Verification.VerdictAsync(task, problem, rollout.Completion, sample, cancellationToken).ConfigureAwait(false);
        rollout.Steps = rollout.Failed
            ? []
            : Verification.Guard(task, problem, sample, () => task.Steps(rollout.Completion.Text, rollout.Completion.Truncated));
        rollout.GivenSteps = Verification.Guard(task, problem, sample, () => GivenSteps(rollout));
    }
}
