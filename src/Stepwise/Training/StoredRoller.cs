using Stepwise.Judging;
using Stepwise.Methods;
using Stepwise.Policies;
using Stepwise.Problems;
using Stepwise.Rollouts;
using Stepwise.Tasks;

namespace Stepwise.Training;

/// <summary>Carries out the draws of one training step from stored rollouts: of a group as many as are asked for, or as there are.</summary>
/// <remarks>Verdicts are the task's own anew. A judgement of the file holds where it saw as many steps as there are; otherwise the judge is asked.
/// What a response was given to go on from does not train.</remarks>
/// <param name="policy">Gives log-probabilities where the file's are not taken.</param>
/// <param name="task">How problems are put and checked.</param>
/// <param name="judge">Finds the first wrong step where the method asks for it.</param>
/// <param name="method">Says which rollouts the judge is asked about.</param>
/// <param name="stored">The rollouts.</param>
/// <param name="temperature">Divides the logits of log-probabilities.</param>
/// <param name="key">The random stream of the training step.</param>
/// <param name="step">The training step, counted from 1.</param>
/// <param name="clock">Gets the time of scoring, verifying and judging.</param>
internal sealed class StoredRoller(
    IPolicy policy, ITask task, IStepJudge judge, Method method, StoredGroups stored, double temperature, ulong key, int step,
    StepClock clock)
    : Roller(step, clock)
{
    private readonly Assessor _assessor = new(task, judge);

    /// <inheritdoc/>
    protected override async ValueTask<DrawnGroup[]> DrawAsync(IReadOnlyList<Draw> draws, CancellationToken cancellationToken)
    {
        StoredRollout[][] taken = [.. draws.Select(draw => stored[draw.Problem].Take(draw.Samples).ToArray())];
        Completion[][] completions = stored.Ratio != StoredRatio.Current
            ? [.. draws.Zip(taken, (draw, rollouts) => Completions(draw.Problem, rollouts, (rollout, _) => stored.OldLogProbs(rollout)))]
            : await ScoreAsync(draws, taken, cancellationToken).ConfigureAwait(false);
        return [.. draws.Select((draw, d) => Drawn(draw, taken[d], completions[d], cancellationToken))];
    }

    private async ValueTask<Completion[][]> ScoreAsync(
        IReadOnlyList<Draw> draws, StoredRollout[][] taken, CancellationToken cancellationToken)
    {
        Completion[][] unscored = [.. draws.Zip(taken, (draw, rollouts) => Completions(draw.Problem, rollouts, (_, tokens) => new float[tokens.Length]))];
        IReadOnlyList<IReadOnlyList<float[]>> scores = await policy.ScoreAsync(
            [.. draws.Zip(unscored, (draw, group) => new ScoreRequest(policy.Tokenizer.Encode(task.Prompt(draw.Problem)), [.. group.Select(c => c.Tokens)]))],
            temperature, cancellationToken).ConfigureAwait(false);
        return [.. unscored.Zip(scores, (group, ofGroup) => group.Zip(ofGroup, (completion, logProbs) => completion with { LogProbs = logProbs }).ToArray())];
    }

    private Completion[] Completions(Problem problem, StoredRollout[] rollouts, Func<StoredRollout, int[], float[]> logProbs)
    {
        Prompt prompt = task.Prompt(problem);
        return [.. rollouts.Select(rollout => rollout.Completion(policy.Tokenizer, prompt, tokens => logProbs(rollout, tokens)))];
    }

    private DrawnGroup Drawn(Draw draw, StoredRollout[] rollouts, Completion[] completions, CancellationToken cancellationToken)
    {
        Group group = new(
            draw.Problem, policy.Tokenizer.Encode(task.Prompt(draw.Problem)),
            [.. completions.Select(completion => new Rollout(completion) { Guided = completion.PrefixTokens > 0 })]);
        Task verified = Task.Run(() => _assessor.VerifyAsync(group, $"training step {Step}", cancellationToken), cancellationToken);
        return new(group, verified, JudgeAsync(draw, group, rollouts, verified, cancellationToken));
    }

    private async Task JudgeAsync(Draw draw, Group group, StoredRollout[] rollouts, Task verified, CancellationToken cancellationToken)
    {
        await verified.ConfigureAwait(false);
        foreach ((Rollout rollout, StoredRollout from) in group.Rollouts.Zip(rollouts))
        {
            if (from.Judgement is { } judgement && judgement.Saw(rollout.Steps.Count) && method.WantsJudgement(group, rollout, Step))
            {
                rollout.Judgement = judgement.ToJudgement();
            }
        }

        ulong problem = CounterRandom.Key(key, (ulong)draw.Slot);
        ulong[] keys = [.. Enumerable.Range(0, group.Rollouts.Count).Select(sample => CounterRandom.Key(problem, (ulong)sample))];
        await _assessor.JudgeAsync(
            group, keys, rollout => rollout.Judgement is null && method.WantsJudgement(group, rollout, Step), cancellationToken).ConfigureAwait(false);
    }
}
