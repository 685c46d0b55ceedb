using Stepwise.Engine.Loading;
using Stepwise.Files;
using Stepwise.Policies;
using Stepwise.Recipes;
using Stepwise.Rollouts;
using Stepwise.Training;

namespace Stepwise.Cli.Tests;

/// <summary>Methods that remember something, in the policy or in a part: resumed is uninterrupted, at any number of threads.</summary>
public sealed class MethodResumeTests(TinyPolicy tiny)
{
    [Theory]
    [InlineData("gdpo")]
    [InlineData("grpo-care")]
    [InlineData("faithful-grpo")]
    [InlineData("group-invariant")]
    [InlineData("generative-actor-critic")]
    [InlineData("latent-grpo")]
    [InlineData("gac")]
    [InlineData("tw-grpo")]
    [InlineData("thr")]
    [InlineData("mcts-dpo")]
    [InlineData("veripo")]
    public async Task RunAsync_Resumed_IsTheUninterruptedRun(string method)
    {
        Recipe recipe = Recipe.Load(tiny.Recipe, [$"method.name={method}", "training.updatesPerBatch=2", "training.promptsPerStep=5"]);
        string whole = tiny.Fresh(), half = tiny.Fresh(), resumed = tiny.Fresh();

        await RunAsync(recipe, from: null, steps: 4, whole, threads: 1);
        Checkpoint from = await RunAsync(recipe, from: null, steps: 2, half, threads: 2);
        await RunAsync(recipe, Checkpoint.Load(from.Folder), steps: 4, resumed, threads: 2);

        Bytes(resumed).ShouldBe(Bytes(whole));
        File.ReadAllBytes(Path.Combine(whole, "step-000004", "policy", "model.safetensors")).AsSpan()
            .SequenceEqual(File.ReadAllBytes(Path.Combine(tiny.Model, "model.safetensors"))).ShouldBeFalse("it trained");
    }

    private static byte[] Bytes(string folder) =>
    [
        .. File.ReadAllBytes(Path.Combine(folder, "step-000004", "policy", "model.safetensors")),
        .. File.ReadAllBytes(Path.Combine(folder, "step-000004", "policy", "optimizer.safetensors")),
    ];

    private static async Task<Checkpoint> RunAsync(Recipe recipe, Checkpoint? from, int steps, string checkpoints, int threads)
    {
        ProblemSets problems = ProblemSets.Load(recipe, TestContext.Current.CancellationToken);
        using IPolicy policy = PolicyLoader.Load(recipe, threads);
        using IPolicy? reference = PolicyLoader.LoadReference(recipe, policy, threads);
        Trainer trainer = new(
            policy, reference, problems.Task, problems.Task.Judge, problems.Train, recipe.Method, recipe.Sampling, recipe.Training with { Steps = steps }, recipe.Seed);
        if (from is not null)
        {
            await policy.LoadAsync(from.PolicyFolder, TestContext.Current.CancellationToken);
            trainer.Load(new(from.State.Step, from.State.DataPosition, from.State.Updates, from.State.Tokens, from.State.Method));
        }

        await trainer.RunAsync(new Nobody(), cancellationToken: TestContext.Current.CancellationToken);
        TrainerState state = trainer.State;
        return await Checkpoint.SaveAsync(
            checkpoints, new(state.Step, recipe.Seed, state.DataPosition, state.Updates, "", state.Parts), path => policy.SaveAsync(path, withOptimizer: true));
    }

    private sealed class Nobody : ITrainingObserver
    {
        public ValueTask OnStepAsync(StepReport report, IReadOnlyList<Group> groups, CancellationToken cancellationToken) => ValueTask.CompletedTask;
    }
}
