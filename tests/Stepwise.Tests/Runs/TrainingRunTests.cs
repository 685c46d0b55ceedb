using System.Text.Json.Nodes;
using Stepwise.Files;
using Stepwise.Methods;
using Stepwise.Policies;
using Stepwise.Problems;
using Stepwise.Recipes;
using Stepwise.Runs;
using Stepwise.Tasks;
using Stepwise.Tasks.Chains;
using Stepwise.Tests.Training;

namespace Stepwise.Tests.Runs;

/// <summary>What a run refuses before it writes anything.</summary>
public sealed class TrainingRunTests : IDisposable
{
    private static readonly Problem[] Short = [new("short", "1+1", "2")];
    private static readonly Problem[] Long = [.. Short, new("long", "1+2+3+4", "10")];

    private readonly TemporaryFolder _folder = new();

    public TrainingRunTests()
    {
        Directory.CreateDirectory(_folder.In("model"));
        File.WriteAllText(_folder.In("model", "model.safetensors"), "1");
    }

    public void Dispose() => _folder.Dispose();

    // A prompt is the chain and a line feed, a token a character: 4 and 8 tokens.
    [Theory]
    [InlineData(4, "Problem short: its prompt has 4 tokens; the policy's context of 4 holds at most 3")]
    [InlineData(8, "Problem long: its prompt has 8 tokens; the policy's context of 8 holds at most 7")]
    public async Task Execute_PromptFillsTheContext_IsRefusedBeforeAStoreIsMade(int context, string message)
    {
        foreach (ProblemSets problems in new[] { new ProblemSets(new ChainedArithmetic(), Long, Short), new(new ChainedArithmetic(), Short, Long) })
        {
            RunFolder run = RunFolder.Create(_folder.In(Path.GetRandomFileName()), Recipe("model"), DateTimeOffset.UnixEpoch);

            InputException error = await Should.ThrowAsync<InputException>(
                () => new TrainingRun(Recipe("model"), problems, new CharacterPolicy(context)) { Folder = run }.ExecuteAsync());

            error.Message.ShouldStartWith(message);
            Directory.GetFileSystemEntries(run.Path).ShouldBe([run.RecipePath]);
        }
    }

    [Fact]
    public async Task Execute_PromptsLeaveRoomForOneToken_GoesOn() =>
        await Should.ThrowAsync<SampledException>(
            () => new TrainingRun(Recipe("model"), Problems(Long), new CharacterPolicy(9)).ExecuteAsync());

    [Fact]
    public async Task Execute_FromACheckpoint_MovedModelGoesOnAndChangedModelIsRefused()
    {
        Recipe recipe = Recipe("model");
        Checkpoint from = await SaveAsync(new(3, recipe.Seed, 3 * 16, 3, RecipeContents.Digest(recipe, Problems(Short)), new JsonObject()));
        Directory.Move(_folder.In("model"), _folder.In("moved"));

        await Should.ThrowAsync<LoadedException>(() => ResumeAsync(Recipe("moved"), from));

        File.WriteAllText(_folder.In("moved", "model.safetensors"), "2");
        (await Should.ThrowAsync<InputException>(() => ResumeAsync(Recipe("moved"), from))).Message.ShouldContain("from another model");
    }

    [Theory]
    [InlineData(2UL, 48)]
    [InlineData(1UL, -1)]
    public async Task Execute_FromACheckpointOfAnotherState_IsRefused(ulong seed, long position)
    {
        Recipe recipe = Recipe("model");
        Checkpoint from = await SaveAsync(new(3, seed, position, 3, RecipeContents.Digest(recipe, Problems(Short)), new JsonObject()));

        (await Should.ThrowAsync<InputException>(() => ResumeAsync(recipe, from)))
            .Message.ShouldContain($"seed {seed}, {position} problems drawn and 0 tokens sampled; this recipe's seed is 1, and problems and tokens are at least 0");
    }

    // Checkpoints after every step; the third one's update, or the sampling after two, is not finite.
    [Theory]
    [InlineData(3, int.MaxValue, 0, PolicyWeights.Stored, "{run}/checkpoints/step-000002. Start a new run from it (policy.model={run}/checkpoints/step-000002/policy) with a lower")]
    [InlineData(3, int.MaxValue, 0, PolicyWeights.Random, "(policy.model={run}/checkpoints/step-000002/policy and policy.weights=stored) with a lower")]
    [InlineData(3, int.MaxValue, 4, PolicyWeights.Stored, "Make it one model (stepwise export {run}/checkpoints/step-000002 --out <folder>) and start")]
    [InlineData(0, 2, 0, PolicyWeights.Stored, "The last good checkpoint is {run}/checkpoints/step-000001. ")]
    [InlineData(0, 1, 0, PolicyWeights.Stored, "There is no checkpoint of weights that were still good: start a new run with a lower")]
    [InlineData(0, 0, 0, PolicyWeights.Stored, "evaluation, problem a, sample 1 of 2, token 1, log-probability NaN. Take an earlier checkpoint, or another copy of the model. It has trained nothing yet: the model ")]
    public async Task Execute_PolicyDiverges_NamesTheLastGoodCheckpointAsItCanBeLoaded(
        int badUpdate, int nanAfter, int rank, PolicyWeights weights, string message)
    {
        Completion[] group = [.. new[] { "1", "0" }.Select(text => new Completion([1], [0], text, [1], FinishReason.Stop))];
        Problem[] one = [new("a", "a", "1")];
        Recipe recipe = new()
        {
            Policy = new() { Model = _folder.In("model"), Weights = weights },
            Task = new OwnTaskOptions(),
            Method = MethodCatalog.Find("grpo"),
            Training = new() { Steps = 5, PromptsPerStep = 1, GroupSize = 2 },
            Evaluation = new() { Samples = 2 },
            Lora = new() { Rank = rank },
            Checkpoint = new() { Every = 1 },
        };
        using ScriptedPolicy policy = new(group)
        {
            Applied = n => new(1, n == badUpdate ? double.NaN : 1),
            NaNAfter = nanAfter,
        };
        RunFolder run = RunFolder.Create(_folder.In("run"), recipe, DateTimeOffset.UnixEpoch);

        DivergenceException error = await Should.ThrowAsync<DivergenceException>(() => new TrainingRun(recipe, new(new DigitTask(), one, one), policy)
        {
            Folder = run,
        }.ExecuteAsync());

        error.Message.Replace('\\', '/').ShouldContain(message.Replace("{run}", run.Path, StringComparison.Ordinal).Replace('\\', '/'));
        int whole = badUpdate > 0 ? badUpdate - 1 : nanAfter;
        (Checkpoint.Latest(run.CheckpointsPath)?.State.Step ?? 0).ShouldBe(whole);
    }

    [Fact]
    public async Task Execute_EvaluationsWithSamplingOfTheirOwn_LeaveTrainingsAsItIs()
    {
        Completion[] group = [.. new[] { "1", "0" }.Select(text => new Completion([1], [0], text, [1], FinishReason.Stop))];
        Problem[] one = [new("a", "a", "1")];
        Recipe recipe = new()
        {
            Task = new OwnTaskOptions(),
            Method = MethodCatalog.Find("grpo"),
            Training = new() { Steps = 1, PromptsPerStep = 1, GroupSize = 2 },
            Sampling = new() { MaxNewTokens = 5, StopStrings = ["x"] },
            Evaluation = new() { Samples = 2, Temperature = 0.6, TopP = 0.9, MaxNewTokens = 7 },
        };
        using ScriptedPolicy policy = new(group);

        await new TrainingRun(recipe, new(new DigitTask(), one, one), policy).ExecuteAsync(cancellationToken: TestContext.Current.CancellationToken);

        SamplingOptions evaluation = recipe.Sampling with { Temperature = 0.6, TopP = 0.9, MaxNewTokens = 7 }, greedy = evaluation with { Temperature = 0 };
        policy.Sampled.ShouldBe([evaluation, greedy, recipe.Sampling, evaluation, greedy]);
    }

    // Two tokens a step, so the third step is the one that reaches 5.
    [Fact]
    public async Task Execute_SampledTokens_EndWithTheStepThatReachesThemAlsoAfterAResume()
    {
        Completion[] group = [.. new[] { "1", "0" }.Select(text => new Completion([1], [0], text, [1], FinishReason.Stop))];
        Problem[] one = [new("a", "a", "1")];
        Recipe recipe = new()
        {
            Policy = new() { Model = _folder.In("model") },
            Task = new OwnTaskOptions(),
            Method = MethodCatalog.Find("grpo"),
            Training = new() { Steps = 50, SampledTokens = 5, PromptsPerStep = 1, GroupSize = 2 },
            Evaluation = new() { Samples = 2 },
            Checkpoint = new() { Every = 1 },
        };
        RunFolder run = RunFolder.Create(_folder.In("run"), recipe, DateTimeOffset.UnixEpoch);
        ProblemSets problems = new(new DigitTask(), one, one);
        using ScriptedPolicy policy = new(group);

        RunResult result = await new TrainingRun(recipe, problems, policy) { Folder = run }.ExecuteAsync(cancellationToken: TestContext.Current.CancellationToken);

        result.SolveRates.Select(e => e.Step).ShouldBe([0, 3]);
        result.Steps.Select(s => s.Steps).ShouldBe([3, 3, 3]);
        Checkpoint.Latest(run.CheckpointsPath)!.State.Tokens.ShouldBe(6);
        Directory.Delete(Path.Combine(run.CheckpointsPath, "step-000003"), recursive: true);
        RunResult resumed = await new TrainingRun(recipe, problems, policy) { Folder = run }
            .ExecuteAsync(Checkpoint.Latest(run.CheckpointsPath), TestContext.Current.CancellationToken);
        resumed.Steps.Select(s => s.Step).ShouldBe([3]);
    }

    [Fact]
    public async Task Execute_StoppedWhilePromptsAreLookedAt_WritesNothing()
    {
        using CancellationTokenSource source = new();
        await source.CancelAsync();

        Should.Throw<OperationCanceledException>(() => ProblemSets.Load(Recipe("model"), source.Token));
        await Should.ThrowAsync<OperationCanceledException>(
            () => new TrainingRun(Recipe("model"), Problems(Short), new CharacterPolicy(9)).ExecuteAsync(cancellationToken: source.Token));
    }

    private static ProblemSets Problems(Problem[] problems) => new(new ChainedArithmetic(), problems, problems);

    private static Task<RunResult> ResumeAsync(Recipe recipe, Checkpoint from) =>
        new TrainingRun(recipe, Problems(Short), new CharacterPolicy(9)).ExecuteAsync(from);

    private Recipe Recipe(string model) => new() { Policy = new() { Model = _folder.In(model) } };

    private ValueTask<Checkpoint> SaveAsync(CheckpointState state) =>
        Checkpoint.SaveAsync(_folder.In("checkpoints"), state, _ => ValueTask.CompletedTask);
}
