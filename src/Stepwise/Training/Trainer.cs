using Stepwise.Algorithms;
using Stepwise.Algorithms.Losses;
using Stepwise.Judging;
using Stepwise.Policies;
using Stepwise.Problems;
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
    public async Task RunAsync(
        int completedSteps, ITrainingObserver observer, IProgress<int>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(observer);
        if (method.Loss.NeedsReference && reference is null)
        {
            throw new InvalidOperationException("The loss has a KL term and no reference policy was given.");
        }

        for (int step = completedSteps + 1; step <= options.Steps; step++)
        {
            StepClock clock = new();

            SampledGroup[] sampled = await SampleAsync(step, progress, cancellationToken).ConfigureAwait(false);
            clock.Lap(Phase.Sample);

            // What a verifier throws surfaces with its group's judging, when nothing goes on any more.
            await Task.WhenAll(sampled.Select(s => s.Verified)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            clock.Lap(Phase.Verify);

            await Task.WhenAll(sampled.Select(s => s.Judged)).ConfigureAwait(false);
            clock.Lap(Phase.Judge);

            Group[] groups = [.. sampled.Select(s => s.Group)];
            foreach (Group group in groups)
            {
                method.Reward.Shape(group, step);
            }

            method.Advantage.Estimate(groups);
            Ledger ledger = Ledger.Settle(groups, method.Selection);
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
        Problem[] chosen = ProblemsOf(step);
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
            await policy.SampleAsync(requests, sampling, progress, Drawn, cancellationToken).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            return [.. sampled.Select((group, p) => group ?? throw new InvalidOperationException(
                $"The policy returned without having told of the completions of request {p} of {sampled.Length}, counted from 0."))];
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
            Task verified = Task.Run(() => Verify(group), cancellationToken);
            sampled[p] = new SampledGroup(group, verified, JudgeAsync(group, verified, step, cancellationToken));
        }
    }

    private Problem[] ProblemsOf(int step)
    {
        Problem[] chosen = new Problem[options.PromptsPerStep];
        long first = (long)(step - 1) * options.PromptsPerStep;
        long epoch = -1;
        int[] order = [];
        for (int p = 0; p < chosen.Length; p++)
        {
            (long inEpoch, long index) = Math.DivRem(first + p, problems.Count);
            if (inEpoch != epoch)
            {
                epoch = inEpoch;
                order = CounterRandom.Permutation(CounterRandom.Key(CounterRandom.Key(seed, DataStream), (ulong)epoch), problems.Count);
            }

            chosen[p] = problems[order[index]];
        }

        return chosen;
    }

    private void Verify(Group group)
    {
        group.ReferenceSteps = task.ReferenceResponse(group.Problem) is { } response ? task.Steps(response, truncated: false).Count : 0;
        foreach (Rollout rollout in group.Rollouts)
        {
            rollout.Verdict = task.Verify(group.Problem, rollout.Completion);
            rollout.Steps = task.Steps(rollout.Completion.Text, rollout.Completion.Truncated);
        }
    }

    private async Task JudgeAsync(Group group, Task verified, int step, CancellationToken cancellationToken)
    {
        // Never on the thread that draws, which calls this.
        await verified.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        foreach (Rollout rollout in group.Rollouts)
        {
            if (method.Reward.WantsJudgement(group, rollout, step))
            {
                rollout.Judgement = await judge.JudgeAsync(group.Problem, rollout.Steps, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>
    /// The rollouts that train, with their advantages; the denominators count every rollout that entered its group's statistics.
    /// </summary>
    private TrainingBatch Assemble(IReadOnlyList<Group> groups)
    {
        TrainingGroup[] training = [.. groups
            .Select(g => new TrainingGroup(g.Prompt, [.. g.Rollouts
                .Where(r => r.Disposition == Disposition.Trained)
                .Select(r => new TrainingSequence(r.Completion.Tokens, r.Advantages, r.Mask, r.Completion.LogProbs))]))
            .Where(g => g.Sequences.Count > 0)];
        Rollout[] counted = [.. groups.SelectMany(g => g.Rollouts).Where(r => r.Counted)];
        BatchTotals totals = new(
            counted.Length, counted.Sum(r => (long)r.Mask.AsSpan().Count(value: true)), sampling.MaxNewTokens);
        return new TrainingBatch(training, totals, sampling.Temperature);
    }

    private async ValueTask<TrainingBatch> WithReferenceAsync(TrainingBatch batch, CancellationToken cancellationToken)
    {
        if (!method.Loss.NeedsReference)
        {
            return batch;
        }

        TrainingGroup[] groups = new TrainingGroup[batch.Groups.Count];
        for (int g = 0; g < groups.Length; g++)
        {
            TrainingGroup group = batch.Groups[g];
            IReadOnlyList<float[]> logProbs = await reference!.ScoreAsync(
                group.Prompt, [.. group.Sequences.Select(s => s.Tokens)], batch.Temperature, cancellationToken).ConfigureAwait(false);
            groups[g] = group with { Sequences = [.. group.Sequences.Select((s, i) => s with { ReferenceLogProbs = logProbs[i] })] };
        }

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

            stop.ThrowIfCancellationRequested();
            Torn = true;
            ApplyResult applied = await policy.ApplyAsync(learningRate, CancellationToken.None).ConfigureAwait(false);
            if (!double.IsFinite(loss) || !double.IsFinite(applied.GradientNorm))
            {
                throw new DivergenceException(
                    $"Training step {step} diverged: loss {loss}, gradient norm {applied.GradientNorm}. "
                    + "Start a new run with a lower training.learningRate or optimizer.clipNorm; if this one wrote a checkpoint, it can start "
                    + "from there with policy.model=<run>/checkpoints/<step>/policy.", inUpdate: true);
            }

            double tokens = Math.Max(1, metrics.Tokens);
            updates[u] = new UpdateReport(
                loss, applied.GradientNorm, applied.UpdateNorm, entropy / tokens, method.Loss.NeedsReference ? metrics.KlSum / tokens : null,
                metrics.ClippedLow / tokens, metrics.ClippedHigh / tokens, metrics.Tokens);
        }

        return updates;
    }

    /// <summary>A group that is drawn, and the work on it that may still go on.</summary>
    private sealed record SampledGroup(Group Group, Task Verified, Task Judged);
}
