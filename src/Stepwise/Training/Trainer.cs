using Stepwise.Judging;
using Stepwise.Methods;
using Stepwise.Methods.Selection;
using Stepwise.Policies;
using Stepwise.Problems;
using Stepwise.Reasoning;
using Stepwise.Rollouts;
using Stepwise.Tasks;

namespace Stepwise.Training;

/// <summary>
/// The training loop: a step is Sample, Verify, Judge, Advantage, Update, Report.
/// </summary>
/// <remarks>
/// What a paper changes is a part of <see cref="Method"/>; what a machine does is behind <see cref="IPolicy"/>. Left out on purpose:
/// asynchronous sampling (every update is made from samples of the policy it updates), dynamic resampling of dead groups (they are
/// counted in the ledger instead), and any dependence on wall-clock time.
/// </remarks>
/// <param name="policy">The policy to improve.</param>
/// <param name="reference">The frozen policy of the KL term, or <see langword="null"/> where the loss has none.</param>
/// <param name="task">How problems are put and checked.</param>
/// <param name="judge">Finds the first wrong step where the method asks for it.</param>
/// <param name="problems">The training problems, at least one.</param>
/// <param name="method">Rewards, advantages, selection and loss.</param>
/// <param name="sampling">How completions are drawn.</param>
/// <param name="options">How much is sampled and how the policy is updated.</param>
/// <param name="seed">Every random choice of the run follows from it.</param>
public sealed class Trainer(
    IPolicy policy,
    IPolicy? reference,
    ITask task,
    IStepJudge judge,
    IReadOnlyList<Problem> problems,
    Method method,
    SamplingOptions sampling,
    TrainingOptions options,
    ulong seed)
{
    private const ulong DataStream = 1;
    private const ulong SampleStream = 2;
    private const ulong JudgeStream = 3;

    private readonly ProblemOrder _order = new(problems, CounterRandom.Key(seed, DataStream));

    /// <summary>
    /// Whether the policy stands between two training steps: an update was begun and its step is not complete. Its weights are then those of
    /// no step, and no checkpoint is to be made of them.
    /// </summary>
    public bool Torn { get; private set; }

    /// <summary>Trains from the step after <paramref name="completedSteps"/> to the last.</summary>
    /// <param name="completedSteps">Steps already in the policy's weights; 0 at the start.</param>
    /// <param name="observer">Told of every step.</param>
    /// <param name="progress">Told within a step how many completions are sampled, or <see langword="null"/>.</param>
    /// <param name="cancellationToken">
    /// Stops sampling and judging, or between the other phases of a step; the step is then not applied, and the observer has seen every step
    /// that was.
    /// </param>
    /// <exception cref="InputException">Sampling is filtered, see <see cref="SamplingOptions.RequireUnfiltered"/>.</exception>
    /// <exception cref="DivergenceException">A number that the policy gave is NaN or infinite.</exception>
    /// <exception cref="RunException">The verifier threw, or every sample of a step failed.</exception>
    public async Task RunAsync(
        int completedSteps, ITrainingObserver observer, IProgress<int>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(observer);
        sampling.RequireUnfiltered();
        if (method.Loss.NeedsReference && reference is null)
        {
            throw new InvalidOperationException("The loss has a KL term and no reference policy was given.");
        }

        for (int step = completedSteps + 1; step <= options.Steps; step++)
        {
            StepClock clock = new();

            SampledGroup[] sampled = await SampleAsync(step, progress, cancellationToken).ConfigureAwait(false);
            clock.Lap(Phase.Sample);

            // What a verifier or a diverged sample throws surfaces with its group's judging, when nothing goes on any more.
            await Task.WhenAll(sampled.Select(s => s.Verified)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            clock.Lap(Phase.Verify);

            await Task.WhenAll(sampled.Select(s => s.Judged)).ConfigureAwait(false);
            clock.Lap(Phase.Judge);

            Group[] groups = [.. sampled.Select(s => s.Group)];
            RequireASample(groups, step);
            foreach (Group group in groups)
            {
                method.Reward.Shape(group, step);
            }

            method.Advantage.Estimate(groups);
            Ledger ledger = method.Selection.Settle(groups);
            TrainingBatch batch = Assemble(groups);
            clock.Lap(Phase.Other);

            batch = await WithReferenceAsync(batch, cancellationToken).ConfigureAwait(false);
            clock.Lap(Phase.Reference);

            double learningRate = options.LearningRateAt(step);
            IReadOnlyList<UpdateReport> updates = await UpdateAsync(batch, step, learningRate, cancellationToken).ConfigureAwait(false);
            clock.Lap(Phase.Update);

            StepReport report = new()
            {
                Step = step,
                Steps = options.Steps,
                Ledger = ledger,
                MeanReward = groups.SelectMany(g => g.Rollouts).Where(r => r.Counted).Select(r => r.Reward).DefaultIfEmpty().Average(),
                LearningRate = learningRate,
                Updates = updates,
                Times = clock.Times,
            };
            Torn = false;
            await observer.OnStepAsync(report, groups, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Draws G completions for each of the step's P problems; problems come in a new random order every epoch. A group that is drawn is
    /// verified and judged while the others are still being drawn.
    /// </summary>
    private async ValueTask<SampledGroup[]> SampleAsync(int step, IProgress<int>? progress, CancellationToken cancellationToken)
    {
        ulong stepKey = CounterRandom.Key(CounterRandom.Key(seed, SampleStream), (ulong)step);
        ulong judgeKey = CounterRandom.Key(CounterRandom.Key(seed, JudgeStream), (ulong)step);
        Problem[] chosen = _order.Take((long)(step - 1) * options.PromptsPerStep, options.PromptsPerStep);
        SampleRequest[] requests = new SampleRequest[chosen.Length];
        for (int p = 0; p < chosen.Length; p++)
        {
            ulong problemKey = CounterRandom.Key(stepKey, (ulong)p);
            ulong[] keys = new ulong[options.GroupSize];
            for (int g = 0; g < keys.Length; g++)
            {
                keys[g] = CounterRandom.Key(problemKey, (ulong)g);
            }

            requests[p] = new SampleRequest(policy.Tokenizer.Encode(task.Prompt(chosen[p])), keys);
        }

        SampledGroup?[] sampled = new SampledGroup?[chosen.Length];
        try
        {
            IReadOnlyList<IReadOnlyList<Completion>> drawn =
                await policy.SampleAsync(requests, sampling, progress, Drawn, cancellationToken).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            for (int p = 0; p < sampled.Length; p++)
            {
                if (sampled[p] is null)
                {
                    // A group of which a sample was cancelled: it is booked as failed.
                    Drawn(p, p < drawn.Count ? drawn[p] : throw new InvalidOperationException(
                        $"The policy returned no completions of request {p} of {sampled.Length}, counted from 0."));
                }
            }

            return sampled!;
        }
        catch
        {
            // Nothing goes on when the caller hears of it.
            await Task.WhenAll(sampled.OfType<SampledGroup>().Select(s => s.Judged)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }

        void Drawn(int p, IReadOnlyList<Completion> completions)
        {
            Group group = new(chosen[p], requests[p].Prompt, [.. completions.Select(c => new Rollout(c))]);
            Task verified = Task.Run(() => Verify(group, step), cancellationToken);
            sampled[p] = new SampledGroup(
                group, verified, JudgeAsync(group, verified, step, CounterRandom.Key(judgeKey, (ulong)p), cancellationToken));
        }
    }

    private void Verify(Group group, int step)
    {
        Problem problem = group.Problem;
        group.ReferenceSteps = Verification.Guard(
            task, problem, "reference solution",
            () => task.ReferenceResponse(problem) is { } response ? task.Steps(response, truncated: false).Count : 0);
        for (int g = 0; g < group.Rollouts.Count; g++)
        {
            Rollout rollout = group.Rollouts[g];
            string sample = $"sample {g + 1} of {group.Rollouts.Count}";
            Divergence.RequireFinite(rollout.Completion, $"training step {step}, problem {problem.Id}, {sample}");
            rollout.Verdict = Verification.Verdict(task, problem, rollout.Completion, sample);
            rollout.Steps = rollout.Failed
                ? []
                : Verification.Guard(task, problem, sample, () => task.Steps(rollout.Completion.Text, rollout.Completion.Truncated));
        }
    }

    private async Task JudgeAsync(Group group, Task verified, int step, ulong key, CancellationToken cancellationToken)
    {
        // Never on the thread that draws, which calls this.
        await verified.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        (Rollout Rollout, JudgedResponse Response)[] asked = [.. group.Rollouts
            .Select((r, g) => (r, new JudgedResponse(
                r.Completion.Text, r.Completion.Truncated, r.Steps, r.Verdict, CounterRandom.Key(key, (ulong)g))))
            .Where(a => method.WantsJudgement(group, a.r, step))];
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

    /// <summary>A step of which every sample failed is no step: whatever samples is broken, and going on would end as if all were well.</summary>
    private static void RequireASample(Group[] groups, int step)
    {
        Rollout[] rollouts = [.. groups.SelectMany(g => g.Rollouts)];
        if (Array.TrueForAll(rollouts, r => r.Failed))
        {
            throw new RunException(
                $"Training step {step}: all of its {rollouts.Length} samples failed, the first because {rollouts[0].Verdict.Reason}.");
        }
    }

    /// <summary>
    /// The rollouts that train, with their advantages; the denominators count the silent ones too, see <see cref="Rollout.InLoss"/>.
    /// </summary>
    private TrainingBatch Assemble(IReadOnlyList<Group> groups)
    {
        TrainingGroup[] training = [.. groups
            .Select(g => new TrainingGroup(g.Prompt, [.. g.Rollouts
                .Where(r => r.Disposition == Disposition.Trained)
                .Select(r => new TrainingSequence(r.Completion.Tokens, r.Advantages, r.Mask, r.Completion.LogProbs))]))
            .Where(g => g.Sequences.Count > 0)];
        Rollout[] inLoss = [.. groups.SelectMany(g => g.Rollouts).Where(r => r.InLoss)];
        BatchTotals totals = new(inLoss.Length, inLoss.Sum(r => (long)r.Mask.AsSpan().Count(value: true)), sampling.MaxNewTokens);
        return new TrainingBatch(training, totals, sampling.Temperature);
    }

    private async ValueTask<TrainingBatch> WithReferenceAsync(TrainingBatch batch, CancellationToken cancellationToken)
    {
        if (!method.Loss.NeedsReference)
        {
            return batch;
        }

        IReadOnlyList<IReadOnlyList<float[]>> logProbs = await reference!.ScoreAsync(
            [.. batch.Groups.Select(g => new ScoreRequest(g.Prompt, [.. g.Sequences.Select(s => s.Tokens)]))],
            batch.Temperature, cancellationToken).ConfigureAwait(false);
        TrainingGroup[] groups = [.. batch.Groups.Zip(logProbs, (group, scored) => group with
        {
            Sequences = [.. group.Sequences.Zip(scored, (sequence, ofReference) => sequence with { ReferenceLogProbs = ofReference })],
        })];
        return batch with { Groups = groups };
    }

    private async ValueTask<IReadOnlyList<UpdateReport>> UpdateAsync(
        TrainingBatch batch, int step, double learningRate, CancellationToken cancellationToken)
    {
        if (batch.Groups.Count == 0)
        {
            return [];
        }

        UpdateReport[] updates = new UpdateReport[options.UpdatesPerBatch];
        for (int u = 0; u < updates.Length; u++)
        {
            // Once the weights have moved, the step is seen through: a policy is never left in the middle of one.
            CancellationToken stop = u == 0 ? cancellationToken : CancellationToken.None;
            LossMetrics metrics = new();
            double loss = 0, entropy = 0;
            foreach (TrainingBatch micro in batch.Cut(options.MicroBatchTokens))
            {
                AccumulateResult result = await policy.AccumulateAsync(micro, method.Loss, metrics, stop).ConfigureAwait(false);
                loss += result.Loss;
                entropy += result.EntropySum;
            }

            Divergence.RequireFinite($"training step {step}", ("loss", loss), ("entropy", entropy));
            stop.ThrowIfCancellationRequested();
            Torn = true;
            ApplyResult applied = await policy.ApplyAsync(learningRate, CancellationToken.None).ConfigureAwait(false);
            Torn = u > 0 || double.IsFinite(applied.GradientNorm); // Of another gradient the policy took no step.
            Divergence.RequireFinite(
                $"training step {step}", ("gradient norm", applied.GradientNorm), ("update norm", applied.UpdateNorm));
            double tokens = Math.Max(1, metrics.Tokens);
            updates[u] = new UpdateReport(
                loss, applied.GradientNorm, applied.UpdateNorm, metrics.Tokens > 0 ? entropy / tokens : null,
                method.Loss.NeedsReference && metrics.Tokens > 0 ? metrics.KlSum / tokens : null,
                metrics.ClippedLow / tokens, metrics.ClippedHigh / tokens, metrics.Tokens);
        }

        return updates;
    }

    /// <summary>A group that is drawn, and the work on it that may still go on.</summary>
    private sealed record SampledGroup(Group Group, Task Verified, Task Judged);
}
