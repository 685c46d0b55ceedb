using Stepwise.Judging;
using Stepwise.Methods;
using Stepwise.Policies;
using Stepwise.Rollouts;
using Stepwise.Tasks;

namespace Stepwise.Training;

/// <summary>Samples the draws of one training step from the policy.</summary>
/// <param name="policy">What is sampled from.</param>
/// <param name="task">How problems are put and checked.</param>
/// <param name="judge">Finds the first wrong step where the method asks for it.</param>
/// <param name="method">Says which rollouts the judge is asked about.</param>
/// <param name="sampling">How completions are drawn.</param>
/// <param name="key">The random stream of the training step.</param>
/// <param name="step">The training step, counted from 1.</param>
/// <param name="clock">Gets the time of sampling, verifying and judging.</param>
/// <param name="progress">Told how many completions of the step are sampled, or <see langword="null"/>.</param>
internal sealed class SamplingRoller(
    IPolicy policy, ITask task, IStepJudge judge, Method method, SamplingOptions sampling, ulong key, int step, StepClock clock,
    IProgress<int>? progress)
    : Roller(step, clock)
{
    private const ulong RoundStream = 0x526F756E64;

    private readonly Assessor _assessor = new(task, judge);

    /// <inheritdoc/>
    protected override async ValueTask<DrawnGroup[]> DrawAsync(IReadOnlyList<Draw> draws, CancellationToken cancellationToken)
    {
        SampleRequest[] requests = [.. draws.Select(Request)];
        DrawnGroup?[] sampled = new DrawnGroup?[draws.Count];
        TaskCompletionSource allDrawn = new(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            IReadOnlyList<IReadOnlyList<Completion>> drawn = await policy.SampleAsync(
                requests, sampling, progress is null ? null : new Offset(progress, Rolled), Drawn, cancellationToken).ConfigureAwait(false);
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

            allDrawn.SetResult();
            return sampled!;
        }
        catch
        {
            allDrawn.TrySetCanceled(CancellationToken.None);

            // Nothing goes on when the caller hears of it.
            await Task.WhenAll(sampled.OfType<DrawnGroup>().Select(s => s.Judged)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }

        void Drawn(int d, IReadOnlyList<Completion> completions)
        {
            Draw draw = draws[d];
            int[]? trained = draw.TrainedPrompt is { } prompt ? policy.Tokenizer.Encode(prompt) : null;
            Group group = new(draw.Problem, requests[d].Prompt, [.. completions.Select((completion, sample) =>
                new Rollout(completion, draw.TrainsPrefix) { Guided = draw.IsGuided(sample), DrawnPrompt = requests[d].Prompt, TrainedPrompt = trained })]);
            Task verified = Task.Run(() => _assessor.VerifyAsync(group, $"training step {Step}", cancellationToken), cancellationToken);
            Task free = judge.UsesPolicy ? allDrawn.Task : Task.CompletedTask;
            sampled[d] = new DrawnGroup(group, verified, JudgeAsync(draw, group, requests[d].Keys, verified, free, cancellationToken));
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

    private async Task JudgeAsync(
        Draw draw, Group group, IReadOnlyList<ulong> keys, Task verified, Task free, CancellationToken cancellationToken)
    {
        // Never on the thread that draws, which calls this.
        await verified.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        await free.ConfigureAwait(false);
        await _assessor.JudgeAsync(
            group, keys, rollout => draw.IsJudged && method.WantsJudgement(group, rollout, Step), cancellationToken).ConfigureAwait(false);
    }
}
