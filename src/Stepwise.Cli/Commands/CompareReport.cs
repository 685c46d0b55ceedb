using System.Globalization;
using System.Text;
using Stepwise.Charts;
using Stepwise.Cli.Display;
using Stepwise.Comparisons;
using Stepwise.Recipes;

namespace Stepwise.Cli.Commands;

/// <summary>What a comparison has shown so far, as table, chart and object.</summary>
/// <param name="plan">The comparison.</param>
/// <param name="runs">The runs finished so far, in any order.</param>
internal sealed class CompareReport(ComparisonPlan plan, IReadOnlyList<ComparedRun> runs)
{
    private const double Half = 0.5;

    /// <summary>Points between 0 and the last sampled token.</summary>
    private const int TokenPoints = 20;

    /// <summary>The most points of a table, spread evenly over training and without its beginning.</summary>
    private const int MostColumns = 5;

    /// <summary>The most lines of a chart.</summary>
    private const int MostDrawn = 10;

    private readonly string[] _variants = [.. plan.Variants.Select(v => v.Name)];

    private readonly ulong[] _seeds =
    [
        .. (plan.Planned.Count == 0 ? [] : Enumerable.Range(1, plan.Seeds).Select(seed => (ulong)seed))
            .Union(plan.Variants.SelectMany(v => v.Finished).Select(run => run.Seed)).Order(),
    ];

    private IReadOnlyList<ComparisonPoint> Points => field ??= plan.Tokens is { } budget
        ? Comparison.PointsByTokens(_variants, runs, Enumerable.Range(0, TokenPoints + 1).Select(i => (long)budget * i / TokenPoints))
        : Comparison.Points(_variants, runs);

    private string[] Drawn => _variants.Length <= MostDrawn ? _variants
        : [_variants[0], .. _variants.Skip(1).OrderByDescending(name =>
            Points.LastOrDefault(p => string.Equals(p.Variant, name, StringComparison.Ordinal))?.Mean ?? -1).Take(MostDrawn - 1)];

    private string Unit => plan.Tokens is null ? "training steps" : "sampled tokens";

    /// <summary>The comparison's figures, to be serialized; a number that is not known is null.</summary>
    public object ToFigures() => new
    {
        name = plan.Name,
        seeds = _seeds.Length,
        finishedRuns = runs.Count,
        evaluationSamples = plan.Variants[0].Recipe.Evaluation.Samples,
        evaluationSampling = plan.Variants[0].Recipe.EvaluationSampling,
        variants = plan.Variants.Select(v => new { name = v.Name, settings = Settings(v) }),
        points = Points.Select(p => new
        {
            step = plan.Tokens is null ? p.At : (long?)null,
            tokens = plan.Tokens is null ? (long?)null : p.At,
            variant = p.Variant,
            runs = p.Runs,
            mean = p.Mean,
            lowest = p.Lowest,
            highest = p.Highest,
            deviation = Known(p.Deviation),
            difference = p.Difference?.Estimate,
            differenceInterval = p.Difference is { } d ? (double?[])[Known(d.Low), Known(d.High)] : null,
        }),
        toHalf = _variants.Select(name => new { variant = name, at = ToHalf(name) }),
    };

    /// <summary>The figures with every run's evaluations.</summary>
    public object ToObject() => new
    {
        comparison = ToFigures(),
        runs = runs.OrderBy(r => r.Seed).ThenBy(r => Array.IndexOf(_variants, r.Variant)),
    };

    /// <summary>
    /// The mean of every variant over training, shaded from the lowest seed to the highest; of many variants the first and those that end highest.
    /// </summary>
    public LineChart ToChart() => new()
    {
        Title = $"Held-out solve rate, mean and range of {Counted.Of(_seeds.Length, "seed")} ({plan.Name}"
            + (Drawn.Length < _variants.Length ? $": {_variants[0]} and the {Drawn.Length - 1} of {_variants.Length} that end highest)" : ")"),
        XLabel = Unit,
        YLabel = "solve rate",
        Percent = true,
        Series = [.. Drawn.Select(name => new ChartSeries(name, [.. Points
            .Where(p => string.Equals(p.Variant, name, StringComparison.Ordinal))
            .Select(p => new ChartPoint(p.At, p.Mean, p.Lowest, p.Highest))]))],
    };

    /// <summary>The comparison for people; columns are aligned, so that the text can be read as it is.</summary>
    public string ToMarkdown()
    {
        StringBuilder text = new();
        void Line(FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');

        Line($"# {plan.Name}: held-out solve rate\n");
        if (plan.Planned is [{ Recipe.Training: { } training }, ..])
        {
            string until = plan.Tokens is { } tokens ? Invariant($"Until {tokens:#,0} tokens are sampled, at most ") : "";
            Line($"{until}{training.Steps} training steps of {training.PromptsPerStep} problems × {training.GroupSize} samples;");
            Line($"{Counted.Of(plan.Seeds, "seed")}, the same problems and starting policy for every variant of a seed.\n");
        }

        if (plan.Variants.Where(v => v.Finished.Count > 0).Select(v => v.Name).ToArray() is { Length: > 0 } finished)
        {
            Line($"Finished runs, as they are: {string.Join(", ", finished)}. They were evaluated alike, on the same held-out problems, and trained");
            Line($"as the settings below say.\n");
        }

        Recipe first = plan.Variants[0].Recipe;
        Line($"Every variant is evaluated by {Counted.Of(first.Evaluation.Samples, "sample")} of each held-out problem: {first.EvaluationSampling}.\n");
        if (plan.Tokens is not null)
        {
            Line($"A rate after so many tokens is on the line between the evaluations before and after; a run that its steps ended stays at its last one.\n");
        }

        Line($"Solve rate in % after so many {Unit}: mean over seeds (lowest – highest, s the sample standard deviation over seeds):\n");
        PointTable(text, p => $"{Number(p.Mean)} ({Number(p.Lowest)} – {Number(p.Highest)}, s {Number(p.Deviation)})", _variants);
        Line($"\nDifference to {_variants[0]} in points, paired by seed, with Student's 95 % interval:\n");
        PointTable(text, p => p.Difference is { } difference ? Figures.Points(difference) : "", _variants[1..]);
        Line($"\nTraining steps and sampled tokens to {100 * Half} % solved, by seed (the first evaluation at or above it; – if there was none):\n");
        ulong[] seeds = [.. runs.Select(r => r.Seed).Distinct().Order()];
        MarkdownTable.Write(
            text, "l" + new string('r', seeds.Length), ["variant", .. seeds.Select(s => $"seed {s}")],
            _variants.Select(name => (string[])[name, .. seeds.Select(s =>
                Run(name, s)?.FirstAt(Half) is { } at ? Invariant($"{at.Step}, {at.Tokens:#,0} tokens") : "–")]));
        Line($"\nWhat the variants set differently:\n");
        MarkdownTable.Write(
            text, "ll", ["variant", "settings"],
            plan.Variants.Select(v => (string[])[v.Name, string.Join(", ", Settings(v).Select(s => $"{s.Key} {s.Value}"))]));
        Line($"\n![held-out solve rate over {Unit}](comparison.svg)");
        return text.ToString();
    }

    private ComparedRun? Run(string variant, ulong seed) =>
        runs.FirstOrDefault(r => r.Seed == seed && string.Equals(r.Variant, variant, StringComparison.Ordinal));

    private object?[] ToHalf(string variant) =>
        [.. _seeds.Select(seed => Run(variant, seed)?.FirstAt(Half) is { } at ? new { seed, at.Step, at.Tokens } : null)];

    /// <summary>A table with a row per variant and a column per point of training.</summary>
    private void PointTable(StringBuilder text, Func<ComparisonPoint, string> cell, string[] variants)
    {
        long[] all = [.. Points.Select(p => p.At).Distinct().Order()];
        long[] columns = all.Length <= MostColumns ? all
            : [.. Enumerable.Range(1, MostColumns).Select(i => all[(int)Math.Round((double)i * (all.Length - 1) / MostColumns)])];
        MarkdownTable.Write(
            text, "l" + new string('r', columns.Length + 1), ["variant", "seeds", .. columns.Select(at => Invariant($"{at:#,0}"))],
            variants.Select(name => (string[])
            [
                name, Invariant($"{runs.Count(r => string.Equals(r.Variant, name, StringComparison.Ordinal))}"),
                .. columns.Select(at => Points.FirstOrDefault(p => p.At == at && string.Equals(p.Variant, name, StringComparison.Ordinal)) is { } point
                    ? cell(point) : "–"),
            ]));
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <summary>The recipe keys in which the variants are not all alike.</summary>
    private Dictionary<string, string> Settings(ComparisonVariant variant)
    {
        ILookup<string, string> values = plan.Variants.SelectMany(v => v.Recipe.Keys).ToLookup(key => key.Name, key => key.Value, StringComparer.Ordinal);
        return variant.Recipe.Keys
            .Where(key => values[key.Name].Distinct(StringComparer.Ordinal).Count() > 1
                || (values[key.Name].Count() < plan.Variants.Count && !string.Equals(key.Value, key.Default, StringComparison.Ordinal)))
            .ToDictionary(key => key.Name, key => key.Value, StringComparer.Ordinal);
    }

    private static double? Known(double value) => double.IsFinite(value) ? value : null;

    private static string Number(double share) => double.IsFinite(share) ? $"{100 * share:0.0}" : "–";
}
