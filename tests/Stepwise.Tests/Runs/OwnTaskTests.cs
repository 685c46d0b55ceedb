using System.Text.Json.Nodes;
using Stepwise.Files;
using Stepwise.Judging;
using Stepwise.Methods;
using Stepwise.Policies;
using Stepwise.Problems;
using Stepwise.Reasoning;
using Stepwise.Recipes;
using Stepwise.Runs;
using Stepwise.Tasks;
using Stepwise.Tasks.Chains;
using Stepwise.Tests.Training;

namespace Stepwise.Tests.Runs;

/// <summary>A run on a task that this repository does not have.</summary>
public sealed class OwnTaskTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public OwnTaskTests()
    {
        Directory.CreateDirectory(_folder.In("model"));
        File.WriteAllText(_folder.In("model", "model.safetensors"), "1");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Task_OfPromptAndVerifierOnly_HasLinesForStepsAndNoReference()
    {
        ITask task = new Echo();

        task.Steps("a\n\nb\nc", truncated: true).ShouldBe([new(0, 2, "a"), new(2, 3, ""), new(3, 5, "b")]);
        task.Steps("a\nc", truncated: false).ShouldBe([new(0, 2, "a"), new(2, 3, "c")]);
        task.ReferenceResponse(Problem("1")).ShouldBeNull();
    }

    [Fact]
    public async Task Execute_MethodWithJudgeOnTaskWithout_IsRefusedBeforeAStoreIsMade()
    {
        RunFolder run = RunFolder.Create(_folder.In("run"), Recipe("sgpo"), DateTimeOffset.UnixEpoch);

        InputException error = await Should.ThrowAsync<InputException>(
            () => new TrainingRun(Recipe("sgpo"), Problems("1"), new CharacterPolicy(9)) { Folder = run }.ExecuteAsync());

        error.Message.ShouldBe(
            "method.name sgpo asks a judge, and the task echo has none. Give it one (ITask.Judge), or take a method that asks none: grpo.");
        File.Exists(run.StorePath).ShouldBeFalse();
    }

    [Fact]
    public async Task Execute_MethodWithJudgeOfARecipeWithout_IsRefused()
    {
        Recipe recipe = Recipe("sgpo") with { Task = new ChainedArithmeticOptions(), Judge = new NoJudgeOptions() };
        ProblemSets problems = new(new ChainedArithmetic(), [new("1", "1+1", "2")], [new("2", "1+2", "3")]);

        (await Should.ThrowAsync<InputException>(() => new TrainingRun(recipe, problems, new CharacterPolicy(9)).ExecuteAsync())).Message
            .ShouldBe("method.name sgpo asks a judge, and judge.kind is none. Set it to task, or take a method that asks none: grpo.");
        await Should.ThrowAsync<SampledException>(
            () => new TrainingRun(recipe with { Judge = new TaskJudgeOptions() }, problems, new CharacterPolicy(9)).ExecuteAsync());
        (recipe with { Judge = new TaskJudgeOptions() }).Digest.ShouldNotBe(recipe.Digest, StringComparer.Ordinal);
    }

    [Fact]
    public async Task Execute_KeptRunWhoseRecipeNamesAnotherTask_IsRefused()
    {
        Recipe recipe = Recipe("grpo") with { Task = new ChainedArithmeticOptions() };
        RunFolder run = RunFolder.Create(_folder.In("run"), recipe, DateTimeOffset.UnixEpoch);

        (await Should.ThrowAsync<InvalidOperationException>(
            () => new TrainingRun(recipe, Problems("1"), new CharacterPolicy(9)) { Folder = run }.ExecuteAsync()))
            .Message.ShouldContain("another task than the problems', echo");
        await Should.ThrowAsync<SampledException>(() => new TrainingRun(recipe, Problems("1"), new CharacterPolicy(9)).ExecuteAsync());
    }

    [Fact]
    public async Task Execute_FromACheckpoint_SameProblemsGoOnAndOthersAreRefused()
    {
        Recipe recipe = Recipe("grpo");
        Checkpoint from = await Checkpoint.SaveAsync(
            _folder.In("checkpoints"), new(3, recipe.Seed, 3 * 16, 3, RecipeContents.Digest(recipe, Problems("1")), new JsonObject()),
            _ => ValueTask.CompletedTask);

        await Should.ThrowAsync<LoadedException>(() => new TrainingRun(recipe, Problems("1"), new CharacterPolicy(9)).ExecuteAsync(from));
        await Should.ThrowAsync<InputException>(() => new TrainingRun(recipe, Problems("2"), new CharacterPolicy(9)).ExecuteAsync(from));
    }

    [Fact]
    public void Recipe_OfAnOwnTask_NeedsNoProblemFilesAndIsRefusedWhereThereIsNoProgram()
    {
        string path = _folder.In("own.yaml");
        File.WriteAllText(path, "policy:\n  model: model\ntask:\n  name: own\n");

        Recipe recipe = Stepwise.Recipes.Recipe.Load(path);

        recipe.Task.ShouldBe(new OwnTaskOptions());
        Should.Throw<InputException>(() => ProblemSets.Load(recipe, TestContext.Current.CancellationToken)).Message.ShouldStartWith("task.name is own");
        File.WriteAllText(path, "policy:\n  model: model\ntask:\n  name: own\n  train: nowhere.jsonl\n");
        Should.Throw<InputException>(() => Stepwise.Recipes.Recipe.Load(path)).Message.ShouldContain("nowhere.jsonl, which does not exist");
    }

    private static Problem Problem(string answer) => new("1", "1", answer);

    private static ProblemSets Problems(string answer) => new(new Echo(), [Problem(answer)], [Problem("1")]);

    private Recipe Recipe(string method) => new()
    {
        Policy = new() { Model = _folder.In("model") },
        Task = new OwnTaskOptions(),
        Method = MethodCatalog.Find(method),
    };

    private sealed class Echo : ITask
    {
        public string Name => "echo";

        public Prompt Prompt(Problem problem) => new TextPrompt(problem.Question);

        public ValueTask<Verdict> VerifyAsync(Problem problem, Completion completion, CancellationToken cancellationToken = default) =>
            new(new Verdict(Correctness.Undecided, null, ""));
    }
}
