using System.CommandLine;
using Stepwise.Comparisons;
using Stepwise.Engine.Loading;
using Stepwise.Evaluation;
using Stepwise.Recipes;
using Stepwise.Rollouts;
using Stepwise.Runs;
using Stepwise.Training;

namespace Stepwise.Cli.Commands;

/// <summary><c>stepwise compare</c>: several variants × several seeds, paired, and finished runs beside them.</summary>
internal static class CompareCommand
{
    public static Command Create()
    {
        Argument<string[]> paths = new("compared")
        {
            Description = "A comparison's file; or two and more of recipes and folders of finished runs, which are compared as they are.",
            Arity = ArgumentArity.OneOrMore,
        };
        Option<int?> seeds = CommonOptions.WholeIfGiven(
            "--seeds", "Number of seeds, counted from 1 (default: the file's, or 5).", 1, ComparisonPlan.MaxSeeds);
        Option<string[]> set = new("--set")
        {
            Description = "A recipe key with another value for every variant; may be given several times.",
            HelpName = "key=value",
            Arity = ArgumentArity.OneOrMore,
        };
        Option<int> threads = CommonOptions.Threads("Threads of one run; changes no result.", 1);
        Option<int?> parallel = CommonOptions.WholeIfGiven(
            "--parallel",
            "Runs at a time; changes no result. Each holds a policy of its own (default: one per processor, as far as memory reaches).", 1, 1024);
        Option<string?> output = new("--out")
        {
            Description = "The comparison's folder, with that of every run; given again, finished runs are not repeated and stopped ones go on "
                + "(default: runs/<time>-<name>).",
            HelpName = "folder",
        };
        Option<bool> json = CommonOptions.Json();
        CliCommand command = new(
            "compare",
            "Compare methods or settings over several seeds, paired, with intervals and curves.",
            """
            stepwise compare compare-hard --out runs/hard
            stepwise compare quickstart my-recipe.yaml --seeds 3 --set training.steps=50
            stepwise compare runs/grpo-1 runs/grpo-2 runs/sgpo-1 runs/sgpo-2
            """)
        {
            paths, seeds, set, threads, parallel, output, json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            string[] given = parsed.GetRequiredValue(paths), overrides = parsed.GetValue(set) ?? [];
            int? wanted = parsed.GetValue(seeds);
            ComparisonPlan plan = ComparisonPlan.Of(given, overrides, wanted);
            PlannedRun[] runs = [.. plan.Runs()];
            if (runs.Length == 0 && (overrides.Length > 0 || wanted is not null))
            {
                throw new InputException("--set and --seeds are for what is run, and finished runs are compared as they are. Leave them out.");
            }

            // Whatever the user may have got wrong comes first, so that a mistake leaves no folder.
            int atOnce = 1;
            if (runs.Length > 0)
            {
                atOnce = Parallel(plan.Planned, runs.Length, parsed.GetValue(parallel));
                RequireOne(plan.Planned);
            }

            CompareFolder folder = CompareFolder.Open(parsed.GetValue(output), plan.Name, DateTimeOffset.Now);
            CompareDisplay display = new(plan, folder, parsed.GetValue(json), Terminal.Of(parsed).AsLog());
            using FileStream held = folder.Hold();
            ComparedTraining training = new(folder, parsed.GetValue(threads), new StepObserver(display));
            CompareRunner runner = new(folder, atOnce, training.ExecuteAsync);
            await display.FollowAsync(() => runner.RunAsync(runs, display.OnOutcome, cancellationToken)).ConfigureAwait(false);
        });
        return command;
    }

    /// <summary>How many runs are carried out at a time: as asked, or as many as the memory holds.</summary>
    /// <exception cref="InputException">A run, or so many at once, would need more memory than there is; or a variant cannot be run.</exception>
    private static int Parallel(IReadOnlyList<ComparisonVariant> variants, int runs, int? asked)
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
            display.OnStep();
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
