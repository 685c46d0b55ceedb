using System.CommandLine;
using Stepwise.Engine;
using Stepwise.Evaluation;
using Stepwise.Rollouts;
using Stepwise.Runs;
using Stepwise.Training;

namespace Stepwise.Cli.Commands;

/// <summary><c>stepwise compare</c>: several variants × several seeds, paired.</summary>
internal static class CompareCommand
{
    public static Command Create()
    {
        Argument<string[]> paths = new("recipes")
        {
            Description = "A comparison's file, or two recipes and more.",
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
        Option<int> parallel = CommonOptions.Whole(
            "--parallel",
            "Runs at a time; changes no result. Each holds its own policy in memory: about 20 bytes per parameter, and the activations of "
            + "training.microBatchTokens tokens. The default is one per processor.",
            1, 1024, Environment.ProcessorCount);
        Option<string?> output = new("--out")
        {
            Description = "The comparison's folder; given again, finished runs are not repeated (default: runs/<time>-<name>).",
            HelpName = "folder",
        };
        Option<bool> json = CommonOptions.Json();
        CliCommand command = new(
            "compare",
            "Compare methods or settings over several seeds, paired, with intervals and curves.",
            """
            stepwise compare recipes/compare-hard.yaml --out runs/hard
            stepwise compare recipes/quickstart.yaml my-recipe.yaml --seeds 3 --set training.steps=50
            """)
        {
            paths, seeds, set, threads, parallel, output, json,
        };
        command.SetAction((parsed, cancellationToken) =>
        {
            string[] given = parsed.GetRequiredValue(paths), overrides = parsed.GetValue(set) ?? [];
            int? wanted = parsed.GetValue(seeds);
            ComparisonPlan plan = given.Length == 1
                ? ComparisonPlan.Read(given[0], overrides, wanted)
                : ComparisonPlan.Of(given, overrides, wanted);
            PlannedRun[] runs = [.. plan.Runs()];

            // Whatever the user may have got wrong comes first, so that a mistake leaves no folder.
            _ = PolicyLoader.Plan(runs[0].Recipe, ProblemSets.Load(runs[0].Recipe), parsed.GetValue(parallel));
            PolicyLoader.Load(runs[0].Recipe, threads: 1).Dispose();
            CompareFolder folder = CompareFolder.Open(parsed.GetValue(output), plan.Name, DateTimeOffset.Now);
            CompareDisplay display = new(plan, folder, parsed.GetValue(json), Terminal.Of(parsed));
            CompareRunner runner = new(folder, parsed.GetValue(parallel), (run, token) =>
                ExecuteAsync(run, parsed.GetValue(threads), new StepObserver(display), token));
            return display.FollowAsync(() => runner.RunAsync(runs, display.OnOutcome, cancellationToken));
        });
        return command;
    }

    private static async Task<ComparedRun> ExecuteAsync(
        PlannedRun run, int threads, IRunObserver observer, CancellationToken cancellationToken)
    {
        using LocalPolicy policy = PolicyLoader.Load(run.Recipe, threads);
        using LocalPolicy? reference = PolicyLoader.LoadReference(run.Recipe, policy, threads);
        TrainingRun training = new(run.Recipe, ProblemSets.Load(run.Recipe), policy, reference) { Observer = observer };
        RunResult result = await training.ExecuteAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
        return new(
            run.Variant, run.Recipe.Seed, result.Seconds,
            [.. result.Evaluations.Select(e => new ComparedEvaluation(e.Step, e.Result))]);
    }

    private sealed class StepObserver(CompareDisplay display) : IRunObserver
    {
        public ValueTask OnStepAsync(StepReport report, IReadOnlyList<Group> groups, CancellationToken cancellationToken)
        {
            display.OnStep();
            return ValueTask.CompletedTask;
        }

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
