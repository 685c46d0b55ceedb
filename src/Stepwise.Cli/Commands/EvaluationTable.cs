using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Stepwise.Charts;
using Stepwise.Cli.Display;
using Stepwise.Evaluation.Benchmarks;
using Stepwise.Statistics;

namespace Stepwise.Cli.Commands;

/// <summary>Evaluations beside each other, as object, tables and chart.</summary>
/// <param name="evaluations">The evaluations, at least two; differences are to the first.</param>
internal sealed class EvaluationTable(IReadOnlyList<ComparedEvaluation> evaluations)
{
    private readonly EvaluationSettings _settings = evaluations[0].Settings;

    /// <summary>All of it as JSON; a number that is not known is null.</summary>
    public JsonObject ToJson() => new()
    {
        ["samples"] = _settings.Samples,
        ["temperature"] = _settings.Temperature,
        ["topP"] = _settings.TopP,
        ["maxNewTokens"] = _settings.MaxNewTokens,
        ["seed"] = _settings.Seed,
        ["evaluations"] = new JsonArray([.. evaluations.Select(evaluation => (JsonNode)new JsonObject
        {
            ["name"] = evaluation.Name,
            ["model"] = evaluation.Settings.Model,
            ["benchmarks"] = new JsonArray([.. evaluation.Scores.Select((score, i) => (JsonNode)EvaluationReport.Json(
                score, evaluation.Differences.Count > i ? evaluation.Differences[i] : null))]),
        })]),
    };

    /// <summary>The tables for people.</summary>
    public string ToMarkdown()
    {
        StringBuilder text = new();
        void Line(FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
        Line($"# Evaluations\n");
        Line($"{Counted.Of(_settings.Samples, "sample")} a problem, {_settings.Sampling}, seed {_settings.Seed}.");
        Line($"Intervals are 95 %, over problems; differences are paired by problem.");
        for (int i = 0; i < evaluations[0].Scores.Count; i++)
        {
            BenchmarkScore first = evaluations[0].Scores[i];
            Line($"\n## {first.Benchmark}, {Counted.Of(first.Problems, "problem")}\n");
            AddScores(text, i);
            Line($"\nMinus {evaluations[0].Name}, in points:\n");
            AddDifferences(text, i);
            if (first.ByDifficulty.Count > 1)
            {
                Line($"\navg@{_settings.Samples} by difficulty, and of how many problems:\n");
                AddDifficulties(text, i);
            }
        }

        return text.ToString();
    }

    /// <summary>
    /// Every measure of every benchmark with its interval; at the end of a line the difference to the first evaluation, which stands out where its
    /// interval leaves 0 out.
    /// </summary>
    public IntervalChart ToChart() => new()
    {
        Title = $"With 95 % intervals; at the right minus {evaluations[0].Name}, paired by problem",
        Panels = [.. evaluations[0].Scores.SelectMany((score, i) => Measures(i).Select(
            measure => new IntervalPanel($"{score.Benchmark}: {measure.Title}", [.. evaluations.Select(evaluation => Row(evaluation, measure, i))])))],
    };

    private void AddScores(StringBuilder text, int benchmark)
    {
        Measure[] measures = Measures(benchmark);
        RateAtK most = evaluations[0].Scores[benchmark].PassAtK[^1];
        bool votes = evaluations[0].Scores[benchmark].MajAtK is not null;
        string[] header =
        [
            "evaluation", .. measures.Select(measure => measure.Column), .. If(most.K > 1, $"pass@{most.K}"), .. If(votes, $"maj@{_settings.Samples}"),
            "undecided", "truncated", "tokens",
        ];
        MarkdownTable.Write(text, "l" + new string('r', header.Length - 1), header, evaluations.Select(evaluation =>
        {
            BenchmarkScore score = evaluation.Scores[benchmark];
            string tokens = Figures.Fixed(double.IsNaN(score.MeanTokens.All) ? null : score.MeanTokens.All, 0);
            return (string[])
            [
                evaluation.Name, .. measures.Select(measure => Share(measure.Share(score))), .. If(most.K > 1, Share(score.PassAtK[^1].Rate)),
                .. If(votes, Share(score.MajAtK?.Rate)), Figures.Percent(score.UndecidedShare), Figures.Percent(score.TruncatedShare), tokens,
            ];
        }));
    }

    private void AddDifferences(StringBuilder text, int benchmark)
    {
        Measure[] measures = Measures(benchmark);
        MarkdownTable.Write(
            text, "l" + new string('r', measures.Length), ["evaluation", .. measures.Select(measure => measure.Column)],
            evaluations.Skip(1).Select(evaluation => (string[])
                [evaluation.Name, .. measures.Select(measure => Points(measure.Difference(evaluation.Differences[benchmark])))]));
    }

    private void AddDifficulties(StringBuilder text, int benchmark)
    {
        IReadOnlyList<DifficultyScore> levels = evaluations[0].Scores[benchmark].ByDifficulty;
        MarkdownTable.Write(
            text, "l" + new string('r', levels.Count),
            ["evaluation", .. levels.Select(level => string.Create(CultureInfo.InvariantCulture, $"{level.Difficulty} ({level.Problems})"))],
            evaluations.Select(evaluation => (string[])
                [evaluation.Name, .. evaluation.Scores[benchmark].ByDifficulty.Select(level => Figures.Percent(level.Avg))]));
    }

    private static IntervalRow Row(ComparedEvaluation evaluation, Measure measure, int benchmark)
    {
        Interval share = measure.Share(evaluation.Scores[benchmark])!.Value;
        string text = Figures.Percent(share.Estimate);
        return evaluation.Differences.Count > benchmark && measure.Difference(evaluation.Differences[benchmark]) is { } difference
            ? new(evaluation.Name, share, $"{text}  {Points(difference)}", difference.Low > 0 || difference.High < 0)
            : new(evaluation.Name, share, text);
    }

    /// <summary>The measures that are known of a benchmark.</summary>
    private Measure[] Measures(int benchmark) =>
    [
        .. ((Measure[])
        [
            new($"avg@{_settings.Samples}", $"right answers, avg@{_settings.Samples}", score => score.Avg, difference => difference.Avg),
            new(
                $"sound@{_settings.Samples}", $"right answers without a wrong step, sound@{_settings.Samples}",
                score => score.Sound, difference => difference.Sound),
            new("reached", "milestones reached", score => score.Reached, difference => difference.Reached),
        ]).Where(measure => measure.Share(evaluations[0].Scores[benchmark]) is not null),
    ];

    private static IEnumerable<string> If(bool known, string text) => known ? [text] : [];

    private static string Share(Interval? share) => share is { } known ? Figures.Percent(known) : Figures.Unknown;

    private static string Points(Interval? difference) => difference is { } known ? Figures.Points(known) : Figures.Unknown;

    private sealed record Measure(string Column, string Title, Func<BenchmarkScore, Interval?> Share, Func<PairedDifference, Interval?> Difference);
}
