using System.CommandLine;
using Stepwise.Comparisons;
using Stepwise.Evaluation.Benchmarks;

namespace Stepwise.Cli.Commands;

/// <summary><c>stepwise compare</c>: several variants × several seeds, paired, and finished runs beside them.</summary>
internal static class CompareCommand
{
    public static Command Create()
    {
        Argument<string[]> paths = new("compared")
        {
            Description = "A comparison's file; or two and more of recipes and folders of finished runs, which are compared as they are; or folders of "
                + "evaluations on the same problems.",
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
        Option<string[]> benchmarks = new("--benchmark")
        {
            Description = "Of evaluations: a benchmark's file, or the recipe of held-out problems, where it is not where the first evaluation had it.",
            HelpName = "name=file",
            Arity = ArgumentArity.OneOrMore,
        };
        CompareRunning running = new();
        CliCommand command = new(
            "compare",
            "Compare methods or settings over several seeds, paired, with intervals and curves.",
            """
            stepwise compare compare-hard --out runs/hard
            stepwise compare quickstart my-recipe.yaml --seeds 3 --set training.steps=50
            stepwise compare runs/grpo-1 runs/grpo-2 runs/sgpo-1 runs/sgpo-2
            stepwise compare evaluations/start evaluations/grpo evaluations/sgpo --out comparisons/grpo-sgpo
            """)
        {
            paths, seeds, set, benchmarks, running.Threads, running.Parallel, running.Output, running.Json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            string[] given = parsed.GetRequiredValue(paths), overrides = parsed.GetValue(set) ?? [];
            int? wanted = parsed.GetValue(seeds);
            (Benchmark? Benchmark, string File)[] files = [.. (parsed.GetValue(benchmarks) ?? []).Select(BenchmarkOptions.Named)];
            if (CompareEvaluations.Are(given))
            {
                if (overrides.Length > 0 || wanted is not null)
                {
                    throw new InputException("--set and --seeds are for what is run, and evaluations are compared as they are. Leave them out.");
                }

                await CompareEvaluations.RunAsync(
                    given, files, parsed.GetValue(running.Output), parsed.GetValue(running.Json), Terminal.Of(parsed), cancellationToken).ConfigureAwait(false);
                return;
            }

            if (files.Length > 0)
            {
                throw new InputException("--benchmark says where the problems of evaluations are, and no evaluation is named. Leave it out.");
            }

            ComparisonPlan plan = ComparisonPlan.Of(given, overrides, wanted);
            if (plan.Planned.Count == 0 && (overrides.Length > 0 || wanted is not null))
            {
                throw new InputException("--set and --seeds are for what is run, and finished runs are compared as they are. Leave them out.");
            }

            await running.RunAsync(plan, parsed, more: null, cancellationToken).ConfigureAwait(false);
        });
        return command;
    }
}
