using System.CommandLine;
using Stepwise.Comparisons;
using Stepwise.Engine.Loading;
using Stepwise.Evaluation;
using Stepwise.Recipes;
using Stepwise.Rollouts;
using Stepwise.Runs;
using Stepwise.Training;

namespace Stepwise.Cli.Commands;

/// <summary>The options by which a command is told how to carry out a comparison, and how it does so.</summary>
internal sealed class CompareRunning
{
    public Option<int> Threads { get; } = CommonOptions.Threads("Threads of one run; changes no result.", 1);

    public Option<int?> Parallel { get; } = CommonOptions.WholeIfGiven(
        "--parallel",
        "Runs at a time; changes no result. Each holds a policy of its own (default: one per processor, as far as memory reaches).", 1, 1024);

    public Option<string?> Output { get; } = new("--out")
    {
        Description = "The comparison's folder, with that of every run; given again, finished runs are not repeated and stopped ones go on "
            + "(default: runs/<time>-<name>).",
        HelpName = "folder",
    };

    public Option<bool> Json { get; } = CommonOptions.Json();

    /// <summary>Carries out what is not finished, and shows and keeps the comparison.</summary>
    /// <param name="plan">What is compared.</param>
    /// <param name="parsed">The options' values.</param>
    /// <param name="more">Shows what the command has to say of the finished runs beside their comparison; or <see langword="null"/>.</param>
    /// <param name="cancellationToken">Stops the runs.</param>
    /// <exception cref="InputException">The folder is another's, or a run would need more memory than there is.</exception>
    /// <exception cref="RunException">Runs failed.</exception>
    public async Task RunAsync(
        ComparisonPlan plan, ParseResult parsed, Action<CompareFolder, IReadOnlyList<ComparedRun>>? more, CancellationToken cancellationToken)
    {
        PlannedRun[] runs = [.. plan.Runs()];

        // Whatever the user may have got wrong comes first, so that a mistake leaves no folder.
        int atOnce = 1;
        if (runs.Length > 0)
        {
            atOnce = AtOnce(plan.Planned, runs.Length, parsed.GetValue(Parallel));
            RequireOne(plan.Planned);
        }

        CompareFolder folder = CompareFolder.Open(parsed.GetValue(Output), plan.Name, DateTimeOffset.Now);
        CompareDisplay display = new(plan, folder, parsed.GetValue(Json), Terminal.Of(parsed).AsLog());
        using FileStream held = folder.Hold();
        ComparedTraining training = new(folder, parsed.GetValue(Threads), new StepObserver(display));
        CompareRunner runner = new(folder, atOnce, training.ExecuteAsync);
        await display.FollowAsync(
            () => runner.RunAsync(runs, display.OnOutcome, cancellationToken), () => more?.Invoke(folder, display.Runs)).ConfigureAwait(false);
    }

    /// <summary>How many runs are carried out at a time: as asked, or as many as the memory holds.</summary>
    /// <exception cref="InputException">A run, or so many at once, would need more memory than there is; or a variant cannot be run.</exception>
    private static int AtOnce(IReadOnlyList<ComparisonVariant> variants, int runs, int? asked)
    {
        (string name, long bytes) = variants.Select(v => (v.Name, PlanOf(v).Total)).MaxBy(plan => plan.Total);
        int fit = (int)Math.Clamp(MemoryPlan.Available / bytes, 1, Math.Max(1, runs));
        return asked is { } wanted && Math.Min(wanted, runs) > fit
            ? throw new InputException(
                $"--parallel is {wanted}: a run of variant {name} may need {bytes / 1_000_000} MB, and there are "
                + $"{MemoryPlan.Available / 1_000_000} MB for all at a time. Give {fit} at most.")
            : Math.Min(asked ?? Environment.ProcessorCount, fit);
    }

    private static MemoryPlan PlanOf(ComparisonVariant variant)
    {
        try
        {
            variant.Recipe.Task.RequireHeldOut();
            using ProblemSets problems = PolicyLoader.LoadProblems(variant.Recipe);
            return PolicyLoader.Plan(variant.Recipe, problems);
        }
        catch (InputException error)
        {
            throw new InputException($"Variant {variant.Name}: {error.Message}", error);
        }
    }

    /// <summary>Refuses what nothing would come of, that no variant's policy loads. Where one does, the others' failures are reported.</summary>
    private static void RequireOne(IReadOnlyList<ComparisonVariant> variants)
    {
        InputException? first = null;
        foreach (ComparisonVariant variant in variants)
        {
            try
            {
                PolicyLoader.Load(variant.Recipe, threads: 1).Dispose();
                return;
            }
            catch (InputException error)
            {
                first ??= error;
            }
        }

        throw first!;
    }

    private sealed class StepObserver(CompareDisplay display) : IRunObserver
    {
        public ValueTask OnStepAsync(StepReport report, IReadOnlyList<Group> groups, CancellationToken cancellationToken)
        {
            display.OnStep(report);
            return ValueTask.CompletedTask;
        }

        public void OnData(DataReport data) => display.OnData(data);

        public void OnEvaluation(int step, EvaluationResult result)
        {
            // A finished run's evaluations are shown together.
        }

        public void OnProgress(RunProgress progress)
        {
            // A training step is fine enough a measure of a whole comparison.
        }
    }
}
