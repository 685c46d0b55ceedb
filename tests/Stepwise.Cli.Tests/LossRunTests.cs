using Stepwise.Engine.Loading;
using Stepwise.Files;
using Stepwise.Policies;
using Stepwise.Recipes;
using Stepwise.Rollouts;
using Stepwise.Training;

namespace Stepwise.Cli.Tests;

/// <summary>The objectives on the engine, in whole runs of a policy of two small layers.</summary>
public sealed class LossRunTests(TinyPolicy tiny)
{
    public static TheoryData<string> Names() =>
    [
        "dapo", "gspo", "luspo", "vespo", "lambda-grpo", "grpo-lambda", "tr-grpo", "advantage-reweighting", "disco", "rebel", "dpo", "ipo", "rwr", "best-of-n",
    ];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task RunAsync_CutIntoMicroBatches_LosesNothing(string name)
    {
        Recipe whole = Recipe.Load(tiny.Recipe, [$"method.name={name}", "training.updatesPerBatch=2", "training.microBatchTokens=100000"]);
        Recipe cut = Recipe.Load(tiny.Recipe, [$"method.name={name}", "training.updatesPerBatch=2", "training.microBatchTokens=1"]);

        UpdateReport[] one = await RunAsync(whole), several = await RunAsync(cut);

        one.Length.ShouldBeGreaterThan(0);
        several.Length.ShouldBe(one.Length);
        foreach ((UpdateReport first, UpdateReport second) in one.Zip(several))
        {
            second.Loss.ShouldBe(first.Loss, 1e-4);
            second.GradientNorm.ShouldBe(first.GradientNorm, 1e-3 * Math.Max(1, first.GradientNorm));
        }

        one.ShouldContain(update => update.GradientNorm > 0);
    }

    [Fact]
    public async Task RunAsync_LearnedPreference_ResumedIsTheUninterruptedRun()
    {
        Recipe recipe = Recipe.Load(tiny.Recipe, ["method.name=lambda-grpo", "training.updatesPerBatch=2", "training.promptsPerStep=5"]);
        string whole = tiny.Fresh(), first = tiny.Fresh(), resumed = tiny.Fresh();

        await RunAsync(recipe, whole);
        Checkpoint middle = Checkpoint.Load((await SaveAsync(recipe with { Training = recipe.Training with { Steps = 2 } }, first)).Folder);
        await SaveAsync(recipe, resumed, middle);

        ((double)middle.State.Method["loss"]!["lambda"]!).ShouldNotBe(0);
        Weights(resumed).ShouldBe(Weights(whole));
    }

    [Theory]
    [InlineData("truncate")]
    [InlineData("mask")]
    public async Task RunAsync_SamplerOfThisEngine_NeedsNoCorrectionByOneBit(string correction)
    {
        string plain = tiny.Fresh(), corrected = tiny.Fresh();

        await RunAsync(Recipe.Load(tiny.Recipe, ["method.name=grpo"]), plain);
        await RunAsync(
            Recipe.Load(tiny.Recipe, ["method.name=grpo", $"method.samplerCorrection={correction}", "method.mismatchOfCompletion=true"]), corrected);

        Weights(corrected).ShouldBe(Weights(plain));
    }

    private static byte[] Weights(string folder) => File.ReadAllBytes(Path.Combine(folder, "step-000004", "policy", "model.safetensors"));

    private async Task<UpdateReport[]> RunAsync(Recipe recipe, string? checkpoints = null)
    {
        Kept kept = new();
        await SaveAsync(recipe, checkpoints ?? tiny.Fresh(), observer: kept);
        return [.. kept.Updates];
    }

    private static async Task<Checkpoint> SaveAsync(Recipe recipe, string checkpoints, Checkpoint? from = null, Kept? observer = null)
    {
        ProblemSets problems = ProblemSets.Load(recipe, TestContext.Current.CancellationToken);
        using IPolicy policy = PolicyLoader.Load(recipe, threads: 1), reference = PolicyLoader.Load(recipe, threads: 1);
        Trainer trainer = new(
            policy, reference, problems.Task, problems.Task.Judge, problems.Train, recipe.Method, recipe.Sampling, recipe.Training, recipe.Seed);
        if (from is not null)
        {
            await policy.LoadAsync(from.PolicyFolder, TestContext.Current.CancellationToken);
            trainer.Load(new(from.State.Step, from.State.DataPosition, from.State.Updates, from.State.Tokens, from.State.Method));
        }

        await trainer.RunAsync(observer ?? new Kept(), cancellationToken: TestContext.Current.CancellationToken);
        TrainerState state = trainer.State;
        return await Checkpoint.SaveAsync(
            checkpoints, new(state.Step, recipe.Seed, state.DataPosition, state.Updates, "", state.Parts), path => policy.SaveAsync(path, withOptimizer: true));
    }

    private sealed class Kept : ITrainingObserver
    {
        public List<UpdateReport> Updates { get; } = [];

        public ValueTask OnStepAsync(StepReport report, IReadOnlyList<Group> groups, CancellationToken cancellationToken)
        {
            Updates.AddRange(report.Updates);
            return ValueTask.CompletedTask;
        }
    }
}
