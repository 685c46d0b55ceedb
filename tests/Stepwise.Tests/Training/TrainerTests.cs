using Stepwise.Judging;
using Stepwise.Methods;
using Stepwise.Policies;
using Stepwise.Problems;
using Stepwise.Reasoning;
using Stepwise.Rollouts;
using Stepwise.Tasks;
using Stepwise.Training;

namespace Stepwise.Tests.Training;

public sealed class TrainerTests
{
    private static readonly Completion[] Answer = [new Completion([50], [0f], "2", [1], FinishReason.Stop)];

    [Fact]
    public async Task RunAsync_AGroupIsDrawn_IsVerifiedAndJudgedBeforeTheNextIsDrawn()
    {
        Wrong task = new();

        // The sampler does not go on until the judge was asked: it never would, if that came after sampling. A minute is to fail, not to wait.
        await Should.ThrowAsync<SampledException>(() => Run(task, async drawn =>
        {
            drawn!(0, Answer);
            await task.Asked.Task.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
            throw new SampledException();
        }));

        (await task.Asked.Task).ShouldBe("2");
    }

    [Fact]
    public async Task RunAsync_SamplingFails_DrawnGroupsAreJudgedBeforeItIsTold()
    {
        Wrong task = new();

        await Should.ThrowAsync<SampledException>(() => Run(task, drawn =>
        {
            drawn!(1, Answer);
            throw new SampledException();
        }));

        task.Asked.Task.IsCompletedSuccessfully.ShouldBeTrue();
    }

    [Fact]
    public async Task RunAsync_VerifierThrows_EndsTheRunAndNamesProblemAndSample()
    {
        RunException error = await Should.ThrowAsync<RunException>(() => Run(new Wrong { Unverifiable = true }, drawn =>
        {
            drawn!(0, Answer);
            drawn(1, Answer);
            return Task.CompletedTask;
        }));

        error.Message.ShouldContain("problem 1, sample 1 of 1 (NotSupportedException: Specified method is not supported)");
    }

    [Fact]
    public async Task RunAsync_VerifierThatWaits_EndsWhenTheRunIsStopped()
    {
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        Wrong task = new() { WaitsIn = stop };

        await Should.ThrowAsync<OperationCanceledException>(() => Run(
            task,
            drawn =>
            {
                drawn!(0, Answer);
                drawn(1, Answer);
                return Task.CompletedTask;
            },
            stop.Token));

        task.Asked.Task.IsCompleted.ShouldBeFalse("what has no verdict is not judged");
    }

    [Fact]
    public async Task RunAsync_PolicyThatReturnsNothingOfARequest_IsRefused()
    {
        (await Should.ThrowAsync<InvalidOperationException>(() => Run(new Wrong(), drawn =>
        {
            drawn!(0, Answer);
            return Task.CompletedTask;
        }))).Message.ShouldContain("request 1 of 2");
    }

    private static async Task Run(
        Wrong task, Func<Action<int, IReadOnlyList<Completion>>?, Task> draw, CancellationToken? stop = null)
    {
        using CharacterPolicy policy = new(9) { Draw = draw };
        Trainer trainer = new(
            policy, null, task, task, [new Problem("1", "1", "1")], MethodCatalog.Find("sgpo"), new SamplingOptions(),
            new TrainingOptions { PromptsPerStep = 2, GroupSize = 1 }, seed: 1);
        await trainer.RunAsync(new Nobody(), cancellationToken: stop ?? TestContext.Current.CancellationToken);
    }

    /// <summary>A task whose answers are all wrong, and its judge.</summary>
    private sealed class Wrong : ITask, IStepJudge
    {
        public bool Unverifiable { get; init; }

        /// <summary>Stopped by the verifier as soon as it is asked, which then waits for its token.</summary>
        public CancellationTokenSource? WaitsIn { get; init; }

        /// <summary>The first step that the judge was asked about.</summary>
        public TaskCompletionSource<string> Asked { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public string Name => "wrong";

        public IStepJudge Judge => this;

        public Prompt Prompt(Problem problem) => new TextPrompt(problem.Question);

        public async ValueTask<Verdict> VerifyAsync(Problem problem, Completion completion, CancellationToken cancellationToken = default)
        {
            if (WaitsIn is not null)
            {
                await WaitsIn.CancelAsync();
                await new TaskCompletionSource().Task.WaitAsync(cancellationToken);
            }

            return Unverifiable ? throw new NotSupportedException() : new(Correctness.Incorrect, null, "");
        }

        public ValueTask<IReadOnlyList<StepJudgement>> JudgeAsync(
            Problem problem, IReadOnlyList<JudgedResponse> responses, CancellationToken cancellationToken = default)
        {
            Asked.TrySetResult(responses[0].Steps[0].Text);
            return new([StepJudgement.None("")]);
        }
    }

    private sealed class Nobody : ITrainingObserver
    {
        public ValueTask OnStepAsync(StepReport report, IReadOnlyList<Group> groups, CancellationToken cancellationToken) =>
            throw new NotSupportedException();
    }
}
