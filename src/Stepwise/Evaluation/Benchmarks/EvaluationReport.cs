using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
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
    private const string Font = "Helvetica, Arial, sans-serif";

    /// <summary>Writes <c>evaluation.json</c>, <c>evaluation.md</c> and <c>evaluation.svg</c> over those there are.</summary>
    /// <param name="folder">Where.</param>
    /// <exception cref="RunException">The disk is full or fails.</exception>
    public void Write(EvaluationFolder folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        WholeFile.Write(folder.In("evaluation.json"), ToJson().ToJsonString(new() { WriteIndented = true }) + "\n");
        WholeFile.Write(folder.In("evaluation.md"), ToMarkdown());
        WholeFile.Write(folder.In("evaluation.svg"), ToSvg());
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
        ["benchmarks"] = new JsonArray([.. scores.Select((score, i) =>
        {
            JsonObject json = Json(score);
            if (against is { } other)
            {
                PairedDifference difference = other.Differences[i];
                Add(json, "difference", difference.Avg);
                Add(json, "soundDifference", difference.Sound);
                Add(json, "reachedDifference", difference.Reached);
            }

            return (JsonNode)json;
        })]),
    };

    /// <summary>A score as JSON; a number that is not known is null.</summary>
    /// <param name="score">The score.</param>
    public static JsonObject Json(BenchmarkScore score)
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

    /// <summary>avg@k of each benchmark with its interval, as SVG; the same scores give the same text.</summary>
    public string ToSvg()
    {
        const double Left = 190, Right = 720, Row = 34, Top = 64;
        double bottom = Top + (Row * scores.Count);
        StringBuilder svg = new();
        void Line(FormattableString line) => svg.Append(FormattableString.Invariant(line)).Append('\n');
        double X(double share) => Left + (share * (Right - Left));
        Line($"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 840 {bottom + 50}" font-family="{Font}" font-size="13" fill="#333">""");
        Line($"""<rect width="840" height="{bottom + 50}" fill="#fff"/>""");
        Line($"""<text x="24" y="30" font-size="17" font-weight="600" fill="#111">avg@{settings.Samples} with its 95 % interval over problems</text>""");
        for (int tick = 0; tick <= 100; tick += 20)
        {
            Line($"""<path d="M{X(tick / 100.0):0.##} {Top - 14}V{bottom}" stroke="#e3e3e3"/>""");
            Line($"""<text x="{X(tick / 100.0):0.##}" y="{bottom + 21}" text-anchor="middle">{tick} %</text>""");
        }

        for (int i = 0; i < scores.Count; i++)
        {
            Interval avg = scores[i].Avg;
            double y = Top + (Row * i) + 4;
            Line($"""<text x="{Left - 14}" y="{y + 4.5}" text-anchor="end">{scores[i].Benchmark} ({scores[i].Problems})</text>""");
            if (double.IsFinite(avg.Low))
            {
                Line($"""<path d="M{X(avg.Low):0.##} {y}H{X(avg.High):0.##}" stroke="#0072B2" stroke-width="3" stroke-opacity="0.5"/>""");
            }

            Line($"""<circle cx="{X(avg.Estimate):0.##}" cy="{y}" r="4.5" fill="#0072B2"/>""");
            Line($"""<text x="{Right + 16}" y="{y + 4.5}" font-weight="600">{100 * avg.Estimate:0.0} %</text>""");
        }

        Line($"</svg>");
        return svg.ToString();
    }

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
