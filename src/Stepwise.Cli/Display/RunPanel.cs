using Spectre.Console;
using Stepwise.Rollouts;
using Stepwise.Runs;
using Stepwise.Training;

namespace Stepwise.Cli.Display;

/// <summary>Where a run stands: progress, headline figures of the latest training step, its ledger, and where its time went.</summary>
/// <param name="Steps">Training steps of the whole run.</param>
internal sealed record RunPanel(int Steps)
{
    private const int BarWidth = 24;
    private const int LabelWidth = 9;

    // Half the last digit of a time; counts are whole.
    private const double Least = 0.005;

    private static readonly Style Faint = new(Color.Grey);
    private static readonly Style Done = new(Color.Green);
    private static readonly Style Bold = new(decoration: Decoration.Bold);

    /// <summary>The latest complete training step.</summary>
    public StepReport? Report { get; init; }

    /// <summary>How far the sampling that is going on is.</summary>
    public RunProgress? Progress { get; init; }

    /// <summary>How many seconds the run still takes.</summary>
    public double? Left { get; init; }

    /// <summary>The panel, at any time of as many rows.</summary>
    public IReadOnlyList<Row> Rows() =>
    [
        new Row().Add(new string('─', LabelWidth + BarWidth), Faint),
        ProgressRow(),
        Labelled("reward", (row, r) => row.Add(
            $"{Figures.Fixed(r.MeanReward, 3)}, {Figures.Percent(r.Ledger.SolveRate)} of samples solved, "
            + $"{Figures.Fixed(r.MeanCompletionTokens, 0)} tokens each, {Figures.Percent(r.Ledger.CutOffShare)} cut off; "
            + $"gradient norm {Figures.Fixed(r.GradientNorm, 3)}")),
        Labelled("groups", (row, r) => row.Add(
            $"{Figures.Percent(r.Ledger.AllNegativeShare)} all negative before the judge, {Figures.Percent(r.Ledger.FlatShare)} after; "
            + $"{Figures.Percent(r.Ledger.DeadGroupShare)} dead; {Figures.Percent(r.Ledger.SignalTokenShare)} of tokens with signal")),
        Labelled("ledger", (row, r) => Parts(row, value => $"{value:0}", Dispositions(r.Ledger))),
        Labelled("time", (row, r) => Parts(row, value => $"{value:0.00} s", Times(r.Times))),
        Labelled("speed", (row, r) => row.Add(
            $"{Figures.Fixed(r.SampledTokensPerSecond, 0)} tokens/s sampled, {Figures.Fixed(r.TrainedTokensPerSecond, 0)} tokens/s trained")),
    ];

    private Row ProgressRow()
    {
        int step = Report?.Step ?? 0, steps = Report?.Steps ?? Steps, filled = (int)((long)BarWidth * step / steps);
        string doing = Progress is { } p
            ? $"{(p.Phase == RunPhase.Evaluation ? "evaluating" : "sampling")} {p.Finished}/{p.Total}"
            : step == steps ? "done" : "starting";
        return new Row().Add("step".PadRight(LabelWidth), Bold)
            .Add(new string('━', filled), Done).Add(new string('━', BarWidth - filled), Faint)
            .Add($" {step}/{steps}, {doing}{(Left is { } left ? $", {Figures.Time(left)} left" : "")}");
    }

    private Row Labelled(string label, Action<Row, StepReport> figures)
    {
        Row row = new Row().Add(label.PadRight(LabelWidth), Bold);
        if (Report is { } report)
        {
            figures(row, report);
        }
        else
        {
            row.Add(Figures.Unknown, Faint);
        }

        return row;
    }

    /// <summary>Where every sample went; dispositions without samples are left out, their count is 0.</summary>
    private static (string Name, double Value, Color Colour)[] Dispositions(Ledger ledger) =>
    [
        ("trained", ledger.Trained, Color.Green),
        ("all-positive group", ledger.AllPositiveGroup, Color.Blue),
        ("all-negative group", ledger.AllNegativeGroup, Color.Red),
        ("undecided", ledger.Undecided, Color.Yellow),
        ("no judgement", ledger.NoJudgement, Color.Olive),
        ("cut off and left out", ledger.Truncated, Color.Purple),
        ("filtered", ledger.Filtered, Color.Grey),
        ("replaced", ledger.Replaced, Color.Grey),
        ("failed", ledger.Failed, Color.Maroon),
    ];

    private static (string Name, double Value, Color Colour)[] Times(StepTimes times) =>
    [
        ("sample", times.Sample.TotalSeconds, Color.Teal),
        ("verify", times.Verify.TotalSeconds, Color.Olive),
        ("judge", times.Judge.TotalSeconds, Color.Yellow),
        ("reference", times.Reference.TotalSeconds, Color.Purple),
        ("update", times.Update.TotalSeconds, Color.Blue),
        ("other", times.Other.TotalSeconds, Color.Grey),
    ];

    private static void Parts(Row row, Func<double, string> show, (string Name, double Value, Color Colour)[] parts)
    {
        string between = "";
        foreach ((string name, double value, Color colour) in parts.Where(part => part.Value >= Least))
        {
            row.Add(between).Add("■", new Style(colour)).Add($" {name} {show(value)}");
            between = "  ";
        }
    }
}
