using Microsoft.Data.Sqlite;
using Stepwise.Engine.Loading;
using Stepwise.Evaluation;
using Stepwise.Files;
using Stepwise.Judging;
using Stepwise.Policies;
using Stepwise.Problems;
using Stepwise.Reasoning;
using Stepwise.Recipes;
using Stepwise.Rollouts;
using Stepwise.Runs;
using Stepwise.Tasks;
using Stepwise.Training;

namespace Stepwise.Cli.Tests;

/// <summary>Whatever ends a run leaves the last whole training step, and from there it ends as one that nothing interrupted.</summary>
public sealed class DeathTests(TinyPolicy tiny)
{
    /// <summary>What ends a run once a training step was told of.</summary>
    public enum Death
    {
        Verifier,
        Observer,
        Store,
        Cancellation,
        StoreRemoved,
        FolderRemoved,
    }

    // Evaluations come after steps 2 and 4: a verifier that fails from step 2 on fails in one.
    [Theory]
    [InlineData(Death.Verifier, 1, 1)]
    [InlineData(Death.Verifier, 2, 2)]
    [InlineData(Death.Observer, 1, 1)]
    [InlineData(Death.Observer, 2, 2)]
    [InlineData(Death.Store, 1, 2)]
    [InlineData(Death.Store, 3, 4)]
    [InlineData(Death.Cancellation, 3, 3)]
    public async Task Execute_DiesAndGoesOn_EqualsUninterrupted(Death death, int after, int kept)
    {
        RunFolder whole = Folder(), parts = Folder();
        RunResult uninterrupted = await ExecuteAsync(whole, from: null, new Fate());
        using CancellationTokenSource stop = new();
        Fate fate = new() { Death = death, After = after, Folder = parts, Stop = stop };

        await Should.ThrowAsync<Exception>(() => ExecuteAsync(parts, from: null, fate));

        Directory.GetDirectories(parts.CheckpointsPath).ShouldBe([Path.Combine(parts.CheckpointsPath, Checkpoint.NameOf(kept))]);
        fate.MendStore();
        Checkpoint from = parts.Newest(note => throw new InvalidOperationException(note));
        from.State.Step.ShouldBe(kept);
        RunResult resumed = await ExecuteAsync(parts, from, new Fate());

        resumed.SolveRates.ShouldBe(uninterrupted.SolveRates);
        resumed.Judge!.Asked.ShouldBeGreaterThan(0);
        resumed.Judge.ShouldBe(uninterrupted.Judge! with { Seconds = resumed.Judge.Seconds });
        foreach (string file in new[] { "model.safetensors", "optimizer.safetensors" })
        {
            File.ReadAllBytes(Trained(parts, file)).AsSpan().SequenceEqual(File.ReadAllBytes(Trained(whole, file))).ShouldBeTrue(file);
        }

        RunStore.WholeSteps(parts.StorePath).ShouldBe(4);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Execute_PolicyDiverged_IsKeptOnlyWhereTheLastStepsWeightsWereGood(bool inUpdate)
    {
        RunFolder run = Folder();
        Fate fate = new() { OnStep = () => throw new DivergenceException("NaN", inUpdate) };

        await Should.ThrowAsync<DivergenceException>(() => ExecuteAsync(run, from: null, fate));

        run.HasCheckpoint.ShouldBe(inUpdate);
    }

    [Theory]
    [InlineData(Death.StoreRemoved, "run.db: the run's store is gone")]
    [InlineData(Death.FolderRemoved, "the run's folder is gone")]
    public async Task Execute_StoreOrFolderIsRemoved_IsAFailureThatSaysSo(Death death, string message)
    {
        RunFolder run = Folder();

        RunException error = await Should.ThrowAsync<RunException>(
            () => ExecuteAsync(run, from: null, new Fate { Death = death, After = 1, Folder = run }));

        error.Message.ShouldContain(message);
        Directory.Exists(run.Path).ShouldBe(death == Death.StoreRemoved);
    }

    [Fact]
    public async Task Execute_AnotherProgramHoldsTheRun_IsRefusedAndLeavesItAlone()
    {
        RunFolder run = Folder();
        Fate second = new();

        await ExecuteAsync(run, from: null, new Fate
        {
            OnStep = async () => (await Should.ThrowAsync<InputException>(() => ExecuteAsync(run, from: null, second)))
                .Message.ShouldContain($"in use by process {Environment.ProcessId}"),
        });

        RunStore.WholeSteps(run.StorePath).ShouldBe(4);
        run.RequireFree();
    }

    [Fact]
    public async Task Execute_FromACheckpointOfOtherUpdates_IsRefused()
    {
        RunFolder run = Folder();
        await Should.ThrowAsync<Exception>(() => ExecuteAsync(run, from: null, new Fate { Death = Death.Observer, After = 3 }));
        Checkpoint whole = run.Newest(_ => { })!;
        string aside = tiny.Fresh();
        Directory.Move(whole.PolicyFolder, aside);
        Directory.Delete(whole.Folder, recursive: true);
        Checkpoint other = await Checkpoint.SaveAsync(run.CheckpointsPath, whole.State with { Updates = whole.State.Updates + 1 }, path =>
        {
            Array.ForEach(Directory.GetFiles(aside), file => File.Move(file, Path.Combine(path, Path.GetFileName(file))));
            return ValueTask.CompletedTask;
        });

        (await Should.ThrowAsync<InputException>(() => ExecuteAsync(run, other, new Fate()))).Message.ShouldContain("its optimizer has made");
    }

    [Fact]
    public async Task Execute_AnEvaluationIsMissing_IsRefused()
    {
        RunFolder run = Folder();
        await Should.ThrowAsync<Exception>(() => ExecuteAsync(run, from: null, new Fate { Death = Death.Observer, After = 3 }));
        Execute(run, "DELETE FROM metrics WHERE name GLOB 'evaluation.*' AND step = 2");

        (await Should.ThrowAsync<InputException>(() => ExecuteAsync(run, run.Newest(_ => { }), new Fate())))
            .Message.ShouldContain("the evaluation after 2 training steps is missing");
    }

    private static string Trained(RunFolder run, string file) => Path.Combine(run.CheckpointsPath, Checkpoint.NameOf(4), "policy", file);

    private static void Execute(RunFolder run, string sql)
    {
        using SqliteConnection connection = new($"Data Source={run.StorePath};Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static async Task<RunResult> ExecuteAsync(RunFolder folder, Checkpoint? from, Fate fate)
    {
        Recipe recipe = Recipe.Load(folder.RecipePath);
        ProblemSets sets = ProblemSets.Load(recipe);
        Recipe own = recipe with { Task = new OwnTaskOptions() };
        using IPolicy policy = PolicyLoader.Load(recipe, threads: 1);
        TrainingRun run = new(own, sets with { Task = new MortalTask(sets.Task, fate) }, policy) { Folder = folder, Observer = fate };
        return await run.ExecuteAsync(from, fate.Stop?.Token ?? TestContext.Current.CancellationToken);
    }

    private RunFolder Folder() => RunFolder.Create(tiny.Fresh(), Recipe.Load(tiny.Recipe), DateTimeOffset.UnixEpoch);

    /// <summary>Follows a run and ends it.</summary>
    private sealed class Fate : IRunObserver
    {
        public CancellationTokenSource? Stop { get; init; }

        public Death? Death { get; init; }

        /// <summary>The training step after which it comes.</summary>
        public int After { get; init; }

        public RunFolder? Folder { get; init; }

        public Func<Task> OnStep { get; init; } = () => Task.CompletedTask;

        public bool HasCome { get; private set; }

        public async ValueTask OnStepAsync(StepReport report, IReadOnlyList<Group> groups, CancellationToken cancellationToken)
        {
            await OnStep();
            if (report.Step != After)
            {
                return;
            }

            HasCome = true;
            switch (Death)
            {
                case DeathTests.Death.Observer:
                    throw new IOException("the log is full");
                case DeathTests.Death.Cancellation:
                    await Stop!.CancelAsync();
                    break;
                case DeathTests.Death.Store:
                    Execute(Folder!, "ALTER TABLE metrics RENAME TO hidden");
                    break;
                case DeathTests.Death.StoreRemoved:
                    File.Delete(Folder!.StorePath);
                    break;
                case DeathTests.Death.FolderRemoved:
                    Directory.Delete(Folder!.Path, recursive: true);
                    break;
            }
        }

        public void OnEvaluation(int step, EvaluationResult result)
        {
        }

        public void MendStore()
        {
            if (Death == DeathTests.Death.Store)
            {
                Execute(Folder!, "ALTER TABLE hidden RENAME TO metrics");
            }
        }
    }

    /// <summary>A task whose verifier throws once its time has come.</summary>
    private sealed class MortalTask(ITask task, Fate fate) : ITask
    {
        public string Name => task.Name;

        public IStepJudge Judge => task.Judge;

        public Prompt Prompt(Problem problem) => task.Prompt(problem);

        public string? ReferenceResponse(Problem problem) => task.ReferenceResponse(problem);

        public ValueTask<Verdict> VerifyAsync(Problem problem, Completion completion, CancellationToken cancellationToken = default) =>
            fate is { HasCome: true, Death: Death.Verifier } ? throw new NotSupportedException("no verdict") : task.VerifyAsync(problem, completion, cancellationToken);

        public IReadOnlyList<ReasoningStep> Steps(string response, bool truncated) => task.Steps(response, truncated);
    }
}
