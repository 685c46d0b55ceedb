using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Stepwise.Charts;
using Stepwise.Files;
using Stepwise.Statistics;

namespace Stepwise.Evaluation.Benchmarks;

/// <summary>An evaluation's scores as JSON, Markdown and a picture.</summary>
/// <param name="settings">What was evaluated.</param>
/// <param name="scores">Per benchmark its score.</param>
/// <param name="against">What it was compared with: its folder, and per benchmark the differences; or <see langword="null"/>.</param>
public sealed class EvaluationReport(
    EvaluationSettings settings, IReadOnlyList<BenchmarkScore> scores, (string Folder, IReadOnlyList<PairedDifference> Differences)? against = null)
{
    /// <summary>Writes <c>evaluation.json</c>, <c>evaluation.md</c> and <c>evaluation.svg</c> over those there are.</summary>
    /// <param name="folder">Where.</param>
    /// <exception cref="RunException">The disk is full or fails.</exception>
    public void Write(EvaluationFolder folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        WholeFile.Write(folder.In("evaluation.json"), ToJson().ToJsonString(new() { WriteIndented = true }) + "\n");
        WholeFile.Write(folder.In("evaluation.md"), ToMarkdown());
        WholeFile.Write(folder.In("evaluation.svg"), ToChart().ToSvg());
    }

    /// <summary>All of it as JSON; a number that is not known is null.</summary>
    public JsonObject ToJson() => new()
    {
        ["model"] = settings.Model,
        ["chat"] = settings.Chat,
        ["samples"] = settings.Samples,
        ["temperature"] = settings.Temperature,
        ["topP"] = settings.TopP,
        ["maxNewTokens"] = settings.MaxNewTokens,
        ["seed"] = settings.Seed,
        ["against"] = against?.Folder,
        ["benchmarks"] = new JsonArray([.. scores.Select((score, i) => (JsonNode)Json(score, against?.Differences[i]))]),
    };

    /// <summary>A score as JSON; a number that is not known is null.</summary>
    /// <param name="score">The score.</param>
    /// <param name="difference">Its differences to another, which then stand beside it; or <see langword="null"/>.</param>
    public static JsonObject Json(BenchmarkScore score, PairedDifference? difference = null)
    {
        ArgumentNullException.ThrowIfNull(score);
        JsonObject json = new()
        {
            ["benchmark"] = score.Benchmark,
            ["problems"] = score.Problems,
            ["samples"] = score.Samples,
            ["samplesPerProblem"] = score.SamplesPerProblem,
            ["correct"] = score.Correct,
            ["incorrect"] = score.Incorrect,
            ["undecided"] = score.Undecided,
            ["failed"] = score.Failed,
            ["avg"] = Number(score.Avg.Estimate),
            ["avgInterval"] = Ends(score.Avg),
            ["byDifficulty"] = new JsonArray([.. score.ByDifficulty.Select(level => (JsonNode)new JsonObject
            {
                ["difficulty"] = level.Difficulty, ["problems"] = level.Problems, ["avg"] = Number(level.Avg.Estimate), ["avgInterval"] = Ends(level.Avg),
            })]),
            ["passAtK"] = new JsonArray([.. score.PassAtK.Select(rate => (JsonNode)AtK(rate))]),
            ["majAtK"] = score.MajAtK is { } majority ? AtK(majority) : null,
            ["amongDecided"] = Number(score.AmongDecided),
            ["undecidedShare"] = Number(score.UndecidedShare),
            ["truncatedShare"] = Number(score.TruncatedShare),
            ["meanTokens"] = Number(score.MeanTokens.All),
            ["meanTokensCorrect"] = Number(score.MeanTokens.Correct),
            ["meanTokensIncorrect"] = Number(score.MeanTokens.Incorrect),
            ["meanCharacters"] = Number(score.MeanCharacters),
            ["unreadReferences"] = new JsonArray(
                [.. score.Unread.Select(unread => (JsonNode)new JsonObject { ["id"] = unread.Id, ["reason"] = unread.Reason })]),
        };
        Add(json, "sound", score.Sound);
        Add(json, "reached", score.Reached);
        if (difference is { } paired)
        {
            Add(json, "difference", paired.Avg);
            Add(json, "soundDifference", paired.Sound);
            Add(json, "reachedDifference", paired.Reached);
        }

        return json;
    }

    /// <summary>All of it as Markdown.</summary>
    public string ToMarkdown()
    {
        StringBuilder text = new();
        void Line(FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
        Line($"# Evaluation\n");
        Line($"Model `{settings.Model.Replace('`', '\'')}`; {Counted.Of(settings.Samples, "sample")} a problem, {settings.Sampling}, seed {settings.Seed}, ");
        Line($"asked in {(settings.Chat ? "its chat template" : "plain text")}. Intervals are 95 %, over problems. Undecided samples count as not solved.\n");
        Line($"| benchmark | problems | avg@k | {string.Join(" | ", scores[0].PassAtK.Select(p => $"pass@{p.K}"))} | maj@k | undecided | truncated | tokens |");
        Line($"|---|---|---|{string.Concat(scores[0].PassAtK.Select(_ => "---|"))}---|---|---|---|");
        foreach (BenchmarkScore score in scores)
        {
            string passes = string.Join(" | ", score.PassAtK.Select(p => Percent(p.Rate)));
            string majority = Percent(score.MajAtK?.Rate);
            string shares = $"{Percent(score.UndecidedShare)} | {Percent(score.TruncatedShare)}";
            Line($"| {score.Benchmark} | {score.Problems} | {Percent(score.Avg)} | {passes} | {majority} | {shares} | {score.MeanTokens.All:0} |");
        }

        BenchmarkScore[] judged = [.. scores.Where(score => score.Sound is not null)];
        if (judged.Length > 0)
        {
            Line($"\nBy the task's judge: right answers without a wrong step, and milestones of the reference solution that a sample reaches ");
            Line($"before it goes wrong:\n");
            Line($"| benchmark | sound@k | reached |\n|---|---|---|");
            foreach (BenchmarkScore score in judged)
            {
                Line($"| {score.Benchmark} | {Percent(score.Sound)} | {Percent(score.Reached)} |");
            }
        }

        if (against is { } other)
        {
            string Steps(PairedDifference d) => judged.Length == 0 ? "" : $" {Percent(d.Sound)} | {Percent(d.Reached)} |";
            Line($"\nMinus `{other.Folder.Replace('`', '\'')}`, paired by problem, same seeds:\n");
            Line($"| benchmark | avg@k |{(judged.Length == 0 ? "" : " sound@k | reached |")}\n|---|---|{(judged.Length == 0 ? "" : "---|---|")}");
            for (int i = 0; i < scores.Count; i++)
            {
                Line($"| {scores[i].Benchmark} | {Percent(other.Differences[i].Avg)} |{Steps(other.Differences[i])}");
            }
        }

        foreach (BenchmarkScore score in scores.Where(score => score.ByDifficulty.Count > 1))
        {
            Line($"\n{score.Benchmark} by difficulty:\n\n| difficulty | problems | avg@k |\n|---|---|---|");
            foreach (DifficultyScore level in score.ByDifficulty)
            {
                Line($"| {level.Difficulty} | {level.Problems} | {Percent(level.Avg)} |");
            }
        }

        foreach (BenchmarkScore score in scores.Where(score => score.Unread.Count > 0))
        {
            Line($"\nReferences of {score.Benchmark} that let nothing be decided: {score.Unread.Count}.\n");
            foreach ((string id, string reason) in score.Unread)
            {
                Line($"- `{Escaped.Line(id, 60)}`: {Escaped.Line(reason, 200)}");
            }
        }

        Line($"\n![avg@k with its interval](evaluation.svg)");
        return text.ToString();
    }

    /// <summary>avg@k of each benchmark with its interval.</summary>
    public IntervalChart ToChart() => new()
    {
        Title = $"avg@{settings.Samples} with its 95 % interval over problems",
        Panels = [new("", [.. scores.Select(score => new IntervalRow(
            $"{score.Benchmark} ({score.Problems})", score.Avg, Percent(score.Avg.Estimate), Strong: true))])],
    };

    private static JsonObject AtK(RateAtK rate) => new() { ["k"] = rate.K, ["rate"] = Number(rate.Rate.Estimate), ["interval"] = Ends(rate.Rate) };

    private static void Add(JsonObject json, string name, Interval? interval)
    {
        json[name] = interval is { } known ? Number(known.Estimate) : null;
        json[$"{name}Interval"] = interval is { } both ? Ends(both) : null;
    }

    private static JsonArray Ends(Interval interval) => [Number(interval.Low), Number(interval.High)];

    private static JsonValue? Number(double number) => double.IsFinite(number) ? JsonValue.Create(number) : null;

    private static string Percent(double share) => FormattableString.Invariant($"{100 * share:0.0} %");

    private static string Percent(Interval? share) => share is { } known ? Percent(known) : "–";

    private static string Percent(Interval share) => double.IsFinite(share.Low)
        ? FormattableString.Invariant($"{100 * share.Estimate:0.0} % ({100 * share.Low:0.0} to {100 * share.High:0.0})")
        : Percent(share.Estimate);
}
