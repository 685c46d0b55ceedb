using Stepwise.Judging;
using Stepwise.Methods.Rewards;
using Stepwise.Policies;
using Stepwise.Problems;
using Stepwise.Reasoning;
using Stepwise.Rollouts;
using Stepwise.Tasks;

namespace Stepwise.Training;

/// <summary>A stored rollout, verified and judged.</summary>
/// <param name="Stored">As it was read.</param>
/// <param name="Problem">Its problem.</param>
/// <param name="Steps">Its steps.</param>
/// <param name="Verdict">The verifier's word.</param>
/// <param name="Judgement">The judge's.</param>
/// <param name="RtsSteps">RTS by steps, <c>(h − 1) / H</c>; <see langword="null"/> where the judge could not say.</param>
/// <param name="RtsProgress">RTS by progress, <c>P / K</c>; <see langword="null"/> where the judge knows no milestones.</param>
/// <param name="Reward">1 if the answer is right, what it earns by its judgement if it is wrong; <see langword="null"/> where that is not known.</param>
public sealed record ColouredRollout(
    StoredRollout Stored, Problem Problem, IReadOnlyList<ReasoningStep> Steps, Verdict Verdict, StepJudgement Judgement, double? RtsSteps, double? RtsProgress,
    double? Reward)
{
    /// <summary>The rollout with what is known of it now.</summary>
    public StoredRollout Known => Stored with
    {
        Problem = Problem,
        Verdict = Verdict.Correctness,
        Answer = Verdict.Answer,
        Reason = Verdict.Reason,
        Judgement = StoredJudgement.Of(Judgement),
        Reward = Reward,
    };
}

/// <summary>Verifies and judges stored rollouts, as training does, right answers too.</summary>
/// <param name="task">How problems are put and checked.</param>
/// <param name="judge">Finds the first wrong step.</param>
/// <param name="reward">What a wrong answer earns.</param>
public sealed class Colouring(ITask task, IStepJudge judge, SpectralReward reward)
{
    private static readonly StepShare BySteps = new();

    /// <summary>Colours rollouts of a problem.</summary>
    /// <param name="problem">The problem.</param>
    /// <param name="rollouts">Some rollouts of it, at least one.</param>
    /// <param name="key">The random stream of a judge that draws; another for every group.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <returns>One for each, in their order.</returns>
    /// <exception cref="RunException">The verifier threw.</exception>
    public async Task<IReadOnlyList<ColouredRollout>> ColourAsync(
        Problem problem, IReadOnlyList<StoredRollout> rollouts, ulong key, CancellationToken cancellationToken = default)
    {
        Assessor assessor = new(task, judge);
        Group group = new(problem, [], [.. rollouts.Select(r => new Rollout(
            // Nothing is known of its tokens; two stand for what was given and what followed.
            new Completion([0, 0], [0, 0], r.Response, [r.Given?.Length ?? 0, r.Response.Length], r.Truncated ? FinishReason.Length : FinishReason.Stop)
            {
                PrefixTokens = r.Given is null ? 0 : 1,
            }))]);
        await assessor.VerifyAsync(group, "stored rollouts", cancellationToken).ConfigureAwait(false);
        await assessor.JudgeAsync(
            group, [.. rollouts.Select((_, sample) => CounterRandom.Key(key, (ulong)sample))], _ => true, cancellationToken).ConfigureAwait(false);
        return [.. group.Rollouts.Zip(rollouts, (rollout, stored) => Of(group, rollout, stored))];
    }

    private ColouredRollout Of(Group group, Rollout rollout, StoredRollout stored)
    {
        StepJudgement judgement = rollout.Judgement!;
        JudgedAnswer own = JudgedAnswer.Of(rollout, group.ReferenceSteps);
        return new(
            stored, group.Problem, rollout.Steps, rollout.Verdict, judgement,
            BySteps.Of([own]).Rts[0], own.Judgement?.Progress?.Share, rollout.Correct ? 1 : rollout.Incorrect ? reward.OfWrong(own) : null);
    }
}
