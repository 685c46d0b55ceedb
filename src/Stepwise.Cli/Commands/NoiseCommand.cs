using System.CommandLine;
using System.Globalization;
using Stepwise.Charts;
using Stepwise.Cli.Display;
using Stepwise.Comparisons;
using Stepwise.Files;
using Stepwise.Recipes;
using Stepwise.Statistics;

namespace Stepwise.Cli.Commands;

/// <summary><c>stepwise judge noise</c>: what training reaches with a judge that errs, by how often it does.</summary>
internal static class NoiseCommand
{
    private const string Baseline = "grpo";
    private const int MostPercent = 100;

    // Each differs from the first in one thing: the paper's β and γ, its four votes, and our measure.
    private static readonly (string Name, string[] Settings)[] Lines =
    [
        ("sigmoid", []),
        ("raw", ["method.shaping=raw"]),
        ("4-votes", ["judge.votes=4"]),
        ("progress", ["method.measure=progress"]),
    ];

    public static Command Create()
    {
        RecipeOptions recipe = new("quickstart");
        Option<int[]> errors = CommonOptions.Wholes(
            "--errors",
            "Percentages of simulated errors, a quarter each: error missed, right step before it blamed (where there is one), near step named, nothing said.",
            0, MostPercent, [0, 25, 50, 75]);
        Option<int?> seeds = CommonOptions.WholeIfGiven("--seeds", "Number of seeds, counted from 1 (default: 3).", 1, ComparisonPlan.MaxSeeds);
        CompareRunning running = new();
        CliCommand command = new(
            "noise",
            "Train with simulated errors of the task's judge: with and without the sigmoid, with 1 and 4 votes, by steps and by progress.",
            """
            stepwise judge noise --out runs/noise
            stepwise judge noise recipes/easier.yaml --errors 0 50 --seeds 2
            """)
        {
            recipe.Path, recipe.Set, errors, seeds, running.Threads, running.Parallel, running.Output, running.Json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            int[] levels = [.. parsed.GetValue(errors)!.Distinct().Order()];
            Recipe Load(params IEnumerable<string> more) => recipe.Load(parsed, more);
            List<ComparisonVariant> variants = [new(Baseline, Load("method.name=grpo"))];
            foreach ((string name, string[] settings) in Lines)
            {
                variants.AddRange(levels.Select(level => new ComparisonVariant(
                    Variant(name, level), Load(["method.name=sgpo", "judge.kind=noisy", .. Rates(level), .. settings]))));
            }

            ComparisonPlan plan = ComparisonPlan.Of("noise", variants[0].Recipe.Name, variants, parsed.GetValue(seeds) ?? 3);
            await running.RunAsync(
                plan, parsed, (folder, runs) => Report(levels, runs, folder, parsed.GetValue(running.Json), Terminal.Of(parsed).Output), cancellationToken)
                .ConfigureAwait(false);
        });
        return command;
    }

    private static string Variant(string line, int level) => string.Create(CultureInfo.InvariantCulture, $"{line}-{level}");

    private static IEnumerable<string> Rates(int level) =>
        ((string[])["miss", "falseAlarm", "shift", "abstain"]).Select(kind => FormattableString.Invariant($"judge.{kind}={level / 400.0}"));

    /// <summary>The last held-out solve rate by how often the judge errs, as a table and a picture.</summary>
    private static void Report(int[] levels, IReadOnlyList<ComparedRun> runs, CompareFolder folder, bool json, TextWriter output)
    {
        ILookup<string, double> reached = runs.ToLookup(run => run.Variant, run => run.Evaluations[^1].Result.SolveRate.Estimate, StringComparer.Ordinal);
        (string Line, int Level, Interval SolveRate)[] points =
        [
            .. from line in Lines from level in levels
               let rates = reached[Variant(line.Name, level)].ToArray()
               where rates.Length > 0
               select (line.Name, level, Means.MeanInterval(rates)),
        ];
        double[] baseline = [.. reached[Baseline]];
        LineChart chart = new()
        {
            Title = "Held-out solve rate after training, by how often the judge errs",
            XLabel = "simulated errors of the judge, in percent",
            YLabel = "solve rate",
            Percent = true,
            Series =
            [
                .. points.GroupBy(p => p.Line, StringComparer.Ordinal).Select(line => new ChartSeries(
                    line.Key, [.. line.Select(p => new ChartPoint(p.Level, p.SolveRate.Estimate, p.SolveRate.Low, p.SolveRate.High))])),
                .. baseline.Length > 0 ? (ChartSeries[])[new(Baseline, [.. levels.Select(level => new ChartPoint(level, Means.Mean(baseline)))])] : [],
            ],
        };
        WholeFile.Write(Path.Combine(folder.Path, "noise.svg"), chart.ToSvg());
        foreach ((string line, int level, Interval rate) in points)
        {
            if (json)
            {
                JsonLine.Write(output, new { @event = "noise", line, level, solveRate = rate.Estimate, interval = EvaluationEvent.Ends(rate) });
            }
        }

        if (!json)
        {
            output.WriteLine($"\nSolve rate after training, by the rate of simulated errors ({Baseline}: "
                + $"{Figures.Percent(Means.Mean(baseline))}):\n");
            output.WriteLine($"{"",-12}{string.Concat(levels.Select(level => $"{level,18} %"))}");
            foreach (IGrouping<string, (string Line, int Level, Interval SolveRate)> line in points.GroupBy(p => p.Line, StringComparer.Ordinal))
            {
                output.WriteLine($"{line.Key,-12}{string.Concat(line.Select(p => $"{Short(p.SolveRate),20}"))}");
            }
        }
    }

    private static string Short(Interval rate) => double.IsFinite(rate.Low)
        ? FormattableString.Invariant($"{100 * rate.Estimate:0.0} ({100 * Math.Max(0, rate.Low):0.0} to {100 * Math.Min(1, rate.High):0.0})")
        : FormattableString.Invariant($"{100 * rate.Estimate:0.0}");
}
