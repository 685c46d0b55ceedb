using System.Globalization;
using System.Text;
using System.Text.Json;
using Stepwise.Charts;
using Stepwise.Files;
using Stepwise.Policies;
using Stepwise.Recipes;
using Stepwise.Statistics;

namespace Stepwise.Runs;

/// <summary>What a run came to, written as <c>report.json</c>, <c>report.md</c> and, with two evaluations or more, <c>curve.svg</c>.</summary>
public sealed record RunReport
{
    /// <summary>The name of the report for people; a run's folder has it once the run is finished.</summary>
    public const string Name = "report.md";

    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        NewLine = "\n",
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
    };

    /// <summary>The recipe's name.</summary>
    public required string Recipe { get; init; }

    /// <summary>The method's name.</summary>
    public required string Method { get; init; }

    /// <summary>The seed.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Training steps done.</summary>
    public required int Steps { get; init; }

    /// <summary>Wall-clock seconds of the run, evaluations included; of a resumed run, since it was resumed.</summary>
    public required double Seconds { get; init; }

    /// <summary>Completion tokens sampled in training per second of all that a training step does.</summary>
    public required double TokensPerSecond { get; init; }

    /// <summary>The run's folder.</summary>
    public required string Run { get; init; }

    /// <summary>Training steps done and held-out solve rate, in ascending order of steps; the first is before training.</summary>
    public required IReadOnlyList<(int Step, Interval SolveRate)> SolveRates { get; init; }

    /// <summary>What the judge was asked, in all of the run; <see langword="null"/> where the method asks none.</summary>
    public required JudgeUse? Judge { get; init; }

    /// <summary>How the completions of an evaluation were drawn; greedy decoding has the same limit and stops.</summary>
    public required SamplingOptions EvaluationSampling { get; init; }

    /// <summary>Samples per held-out problem of an evaluation.</summary>
    public required int EvaluationSamples { get; init; }

    /// <summary>The share of training problems whose reference lets no answer be decided.</summary>
    public double UndecidableTrain { get; init; }

    /// <summary>The share of held-out problems whose reference lets no answer be decided.</summary>
    public double UndecidableTest { get; init; }

    /// <summary>The parts of the reward; none without reward terms.</summary>
    public IReadOnlyList<RewardPartTrend> RewardParts { get; init; } = [];

    /// <summary>What the problems are like, or <see langword="null"/> where that is not known.</summary>
    public DataReport? Data { get; init; }

    /// <summary>Writes the report into the run's folder, over that of an earlier part of the same run.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <exception cref="RunException">It cannot be written.</exception>
    public void Write(RunFolder folder)
    {
        WholeFile.Write(folder.In("report.json"), ToJson());
        if (SolveRates.Count > 1)
        {
            WholeFile.Write(folder.In("curve.svg"), Curve().ToSvg());
        }

        // Last, because its presence says that the run is finished.
        WholeFile.Write(folder.In(Name), ToMarkdown());
    }

    /// <summary>The report as JSON; an unknown number is null.</summary>
    public string ToJson()
    {
        Interval? before = SolveRates.Count > 0 ? SolveRates[0].SolveRate : null;
        Interval? after = SolveRates.Count > 0 ? SolveRates[^1].SolveRate : null;
        return JsonSerializer.Serialize(
            new
            {
                Recipe,
                Method,
                Seed,
                SolveRateBefore = before?.Estimate,
                SolveRateAfter = after?.Estimate,
                SolveRateInterval = after is { } last ? (double[])[last.Low, last.High] : null,
                Steps,
                Seconds,
                TokensPerSecond,
                Run,
                UndecidableTrain,
                UndecidableTest,
                Data,
                Judge,
                RewardParts,
                EvaluationSamples,
                EvaluationSampling,
                Evaluations = SolveRates.Select(e => new
                {
                    e.Step,
                    SolveRate = e.SolveRate.Estimate,
                    Interval = (double[])[e.SolveRate.Low, e.SolveRate.High],
                }),
            }, Json) + "\n";
    }

    /// <summary>The report for people.</summary>
    public string ToMarkdown()
    {
        StringBuilder text = new();
        void Line(FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');

        Line($"# {Recipe}: {Method}, seed {Seed}\n");
        Line($"{Steps} training steps in {Seconds:0.0} s, {TokensPerSecond:0} sampled tokens per second.\n");
        if (Judge is { } judge)
        {
            Line($"The judge ({judge.Name}) was asked about {judge.Asked} responses and placed {judge.Placed}:");
            Line($"{judge.Calls} calls of a model, {judge.Tokens} tokens, {judge.Seconds:0.0} s.\n");
            if (judge.Spending is { } spending)
            {
                Line($"Its ledger, all runs with the same cache together: {spending}.\n");
            }
        }

        if (RewardParts.Count > 0)
        {
            Line($"| part of the reward | first {RewardPartTrend.Steps} steps: mean | spread | last {RewardPartTrend.Steps} steps: mean | spread |");
            Line($"|---|---:|---:|---:|---:|");
            foreach (RewardPartTrend part in RewardParts)
            {
                Line($"| {part.Name} | {part.MeanFirst:0.000} | {part.DeviationFirst:0.000} | {part.MeanLast:0.000} | {part.DeviationLast:0.000} |");
            }

            Line($"");
        }

        foreach (string line in Data?.Lines() ?? [])
        {
            Line($"{line}\n");
        }

        Line($"Evaluated by {Counted.Of(EvaluationSamples, "sample")} of each held-out problem: {EvaluationSampling}.\n");
        Line($"| training steps done | held-out solve rate | 95 % interval |");
        Line($"|---:|---:|---:|");
        foreach ((int step, Interval rate) in SolveRates)
        {
            Line($"| {step} | {100 * rate.Estimate:0.0} % | {100 * rate.Low:0.0} – {100 * rate.High:0.0} % |");
        }

        if (SolveRates.Count > 1)
        {
            Line($"\n![held-out solve rate over training steps](curve.svg)");
        }

        return text.ToString();
    }

    private LineChart Curve() => new()
    {
        Title = $"Held-out solve rate of {Recipe}",
        XLabel = "training steps",
        YLabel = "solve rate",
        Percent = true,
        Series =
        [
            new(Method, [.. SolveRates.Select(e => new ChartPoint(e.Step, e.SolveRate.Estimate, e.SolveRate.Low, e.SolveRate.High))]),
        ],
    };
}
