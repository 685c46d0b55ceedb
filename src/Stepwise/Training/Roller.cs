using Stepwise.Judging;
using Stepwise.Methods;
using Stepwise.Policies;
using Stepwise.Problems;
using Stepwise.Reasoning;
using Stepwise.Rollouts;
using Stepwise.Tasks;

namespace Stepwise.Training;

/// <summary>Samples, verifies and judges the draws of one training step; a group is verified and judged while others are still drawn.</summary>
/// <param name="policy">What is sampled from.</param>
/// <param name="task">How problems are put and checked.</param>
/// <param name="judge">Finds the first wrong step where the method asks for it.</param>
/// <param name="method">Says which rollouts the judge is asked about.</param>
/// <param name="sampling">How completions are drawn.</param>
/// <param name="key">The random stream of the training step.</param>
/// <param name="step">The training step, counted from 1.</param>
/// <param name="clock">Gets the time of sampling, verifying and judging.</param>
/// <param name="progress">Told how many completions of the step are sampled, or <see langword="null"/>.</param>
internal sealed class Roller(
    IPolicy policy, ITask task, IStepJudge judge, Method method, SamplingOptions sampling, ulong key, int step, StepClock clock,
    IProgress<int>? progress)
    : IRoller
{
    private const ulong RoundStream = 0x526F756E64;
    private const ulong JudgeStream = 0x4A75646765;

    private readonly List<Group> _rolled = [];
    private int _sampled;

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<Group>> RollAsync(IReadOnlyList<Draw> draws, CancellationToken cancellationToken)
    {
        SampledGroup[] sampled = await SampleAsync(draws, cancellationToken).ConfigureAwait(false);
        clock.Lap(Phase.Sample);

        // What a verifier or a diverged sample throws surfaces with its group's judging, when nothing goes on any more.
        await Task.WhenAll(sampled.Select(s => s.Verified)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        clock.Lap(Phase.Verify);

        await Task.WhenAll(sampled.Select(s => s.Judged)).ConfigureAwait(false);
        clock.Lap(Phase.Judge);

        Group[] groups = [.. sampled.Select(s => s.Group)];
        _rolled.AddRange(groups);
        _sampled += groups.Sum(g => g.Rollouts.Count);
        return groups;
    }

    /// <summary>Groups of the step of which rollouts are in none of those that it learns from; these rollouts are replaced.</summary>
    /// <param name="kept">The groups that the step learns from.</param>
    /// <exception cref="RunException">
    /// Every sample of the step failed: whatever samples is broken, and going on would end as if all were well.
    /// </exception>
    public IReadOnlyList<Group> Replaced(IReadOnlyList<Group> kept)
    {
        Rollout[] all = [.. _rolled.SelectMany(g => g.Rollouts)];
        if (all.Length > 0 && Array.TrueForAll(all, r => r.Failed))
        {
            throw new RunException($"Training step {step}: all of its {all.Length} samples failed, the first because {all[0].Verdict.Reason}.");
        }

        HashSet<Rollout> used = [.. kept.SelectMany(g => g.Rollouts)];
        Group[] replaced = [.. _rolled
            .Select(g => new Group(g.Problem, g.Prompt, [.. g.Rollouts.Where(r => !used.Contains(r))]) { ReferenceSteps = g.ReferenceSteps })
            .Where(g => g.Rollouts.Count > 0)];
        foreach (Rollout rollout in replaced.SelectMany(g => g.Rollouts))
        {
            rollout.LeaveOut(rollout.Failed ? Disposition.Failed : Disposition.Replaced);
        }

        return replaced;
    }

    private async ValueTask<SampledGroup[]> SampleAsync(IReadOnlyList<Draw> draws, CancellationToken cancellationToken)
    {
        SampleRequest[] requests = [.. draws.Select(Request)];
        SampledGroup?[] sampled = new SampledGroup?[draws.Count];
        try
        {
            IReadOnlyList<IReadOnlyList<Completion>> drawn = await policy.SampleAsync(
                requests, sampling, progress is null ? null : new Offset(progress, _sampled), Drawn, cancellationToken).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            for (int d = 0; d < sampled.Length; d++)
            {
                if (sampled[d] is null)
                {
                    // A group of which a sample was cancelled: it is booked as failed.
                    Drawn(d, d < drawn.Count ? drawn[d] : throw new InvalidOperationException(
                        $"The policy returned no completions of request {d} of {sampled.Length}, counted from 0."));
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

        void Drawn(int d, IReadOnlyList<Completion> completions)
        {
            Draw draw = draws[d];
            int[]? trained = draw.TrainedPrompt is { } prompt ? policy.Tokenizer.Encode(prompt) : null;
            Group group = new(draw.Problem, requests[d].Prompt, [.. completions.Select((completion, sample) =>
                new Rollout(completion, draw.TrainsPrefix) { Guided = draw.IsGuided(sample), DrawnPrompt = requests[d].Prompt, TrainedPrompt = trained })]);
            Task verified = Task.Run(() => VerifyAsync(group, cancellationToken), cancellationToken);
            sampled[d] = new SampledGroup(group, verified, JudgeAsync(group, requests[d].Keys, verified, cancellationToken));
        }
    }

    private SampleRequest Request(Draw draw)
    {
        ulong round = draw.Round == 0 ? key : CounterRandom.Key(CounterRandom.Key(key, RoundStream), (ulong)draw.Round);
        ulong problem = CounterRandom.Key(round, (ulong)draw.Slot);
        return new SampleRequest(
            policy.Tokenizer.Encode(draw.Prompt ?? task.Prompt(draw.Problem)),
            [.. Enumerable.Range(0, draw.Samples).Select(sample => CounterRandom.Key(problem, (ulong)sample))])
        {
            Prefixes = draw.Prefixes,
        };
    }

    private async Task VerifyAsync(Group group, CancellationToken cancellationToken)
    {
        Problem problem = group.Problem;
        group.ReferenceSteps = Verification.Guard(
            task, problem, "reference solution",
            () => task.ReferenceResponse(problem) is { } response ? task.Steps(response, truncated: false).Count : 0);

        // A verifier that waits is asked about all of them at once.
        await Task.WhenAll(group.Rollouts.Select((rollout, g) => VerifyAsync(group, rollout, $"sample {g + 1} of {group.Rollouts.Count}", cancellationToken)))
            .ConfigureAwait(false);
    }

    private async Task VerifyAsync(Group group, Rollout rollout, string sample, CancellationToken cancellationToken)
    {
        Problem problem = group.Problem;
        Divergence.RequireFinite(rollout.Completion, $"training step {step}, problem {problem.Id}, {sample}");
        rollout.Verdict = await Verification.VerdictAsync(task, problem, rollout.Completion, sample, cancellationToken).ConfigureAwait(false);
        rollout.Steps = rollout.Failed
            ? []
            : Verification.Guard(task, problem, sample, () => task.Steps(rollout.Completion.Text, rollout.Completion.Truncated));
    }

    private async Task JudgeAsync(Group group, IReadOnlyList<ulong> keys, Task verified, CancellationToken cancellationToken)
    {
        // Never on the thread that draws, which calls this.
        await verified.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        (Rollout Rollout, JudgedResponse Response)[] asked = [.. group.Rollouts
            .Select((r, g) => (r, new JudgedResponse(
                r.Completion.Text, r.Completion.Truncated, r.Steps, r.Verdict, CounterRandom.Key(keys[g], JudgeStream))))
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

    /// <summary>A group that is drawn, and the work on it that may still go on.</summary>
    private sealed record SampledGroup(Group Group, Task Verified, Task Judged);

    private sealed class Offset(IProgress<int> progress, int before) : IProgress<int>
    {
        public void Report(int value) => progress.Report(before + value);
    }
}
