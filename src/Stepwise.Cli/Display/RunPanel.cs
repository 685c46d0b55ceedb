using Spectre.Console;
using Spectre.Console.Rendering;
using Stepwise.Rollouts;
using Stepwise.Training;

namespace Stepwise.Cli.Display;

/// <summary>Where a run stands: progress, headline figures of the latest training step, its ledger, and where its time went.</summary>
/// <param name="Steps">Training steps of the whole run.</param>
internal sealed record RunPanel(int Steps)
{
    private const int BarWidth = 40;

    // Half the last digit of a time; counts are whole.
    private const double Least = 0.005;

    /// <summary>The latest complete training step.</summary>
    public StepReport? Report { get; init; }

    /// <summary>How far the sampling that is going on is.</summary>
    public RunProgress? Progress { get; init; }

    /// <summary>How long the run still takes.</summary>
    public TimeSpan? Left { get; init; }

    public IRenderable Render()
    {
        Grid grid = new Grid().AddColumn(new GridColumn().NoWrap()).AddColumn();
        grid.AddRow(Label($"step {Report?.Step ?? 0}/{Steps}"), ProgressLine());
        if (Report is { } report)
        {
            Ledger ledger = report.Ledger;
            grid.AddRow(Label("reward"), new Text(
                $"{report.MeanReward:0.000}, {Figures.Percent(report.SolveRate)} of samples solved, {report.MeanCompletionTokens:0} tokens each, "
                + $"{Figures.Percent(ledger.CutOffShare)} cut off, gradient norm {report.GradientNorm:0.000}"));
            grid.AddRow(Label("groups"), new Text(
                $"{Figures.Percent(ledger.AllNegativeShare)} all negative before the judge, {Figures.Percent(ledger.FlatShare)} after; "
                + $"{Figures.Percent(ledger.DeadGroupShare)} dead"));
            grid.AddRow(Label("ledger"), Ledgered(ledger));
            grid.AddRow(Label("time"), Times(report.Times));
            grid.AddRow(Label("speed"), new Text(
                $"{report.SampledTokensPerSecond:N0} tokens/s sampled, {report.TrainedTokensPerSecond:N0} tokens/s trained"));
        }

        return new Panel(grid).Border(BoxBorder.Rounded).BorderColor(Color.Grey);
    }

    private static Text Label(string text) => new(text, new Style(decoration: Decoration.Bold));

    private Markup ProgressLine()
    {
        int filled = (int)((long)BarWidth * (Report?.Step ?? 0) / Steps);
        string doing = Progress is { } p
            ? $"{(p.Phase == RunPhase.Evaluation ? "evaluating" : "sampling")} {p.Finished}/{p.Total}"
            : Report?.Step == Steps ? "done" : "starting";
        return new Markup(
            $"[green]{new string('━', filled)}[/][grey]{new string('━', BarWidth - filled)}[/] {doing}"
            + (Left is { } left ? $", {Figures.Time(left)} left" : ""));
    }

    /// <summary>Where every sample went; dispositions without samples are left out, their count is 0.</summary>
    private static BreakdownChart Ledgered(Ledger ledger) => Chart(
        value => $"{value:0}",
        ("trained", ledger.Trained, Color.Green),
        ("all-positive group", ledger.AllPositiveGroup, Color.Blue),
        ("all-negative group", ledger.AllNegativeGroup, Color.Red),
        ("undecided", ledger.Undecided, Color.Yellow),
        ("no judgement", ledger.NoJudgement, Color.Olive),
        ("truncated", ledger.Truncated, Color.Purple),
        ("filtered", ledger.Filtered, Color.Grey),
        ("failed", ledger.Failed, Color.Maroon));

    private static BreakdownChart Times(StepTimes times) => Chart(
        value => $"{value:0.00} s",
        ("sample", times.Sample.TotalSeconds, Color.Teal),
        ("verify", times.Verify.TotalSeconds, Color.Olive),
        ("judge", times.Judge.TotalSeconds, Color.Yellow),
        ("reference", times.Reference.TotalSeconds, Color.Purple),
        ("update", times.Update.TotalSeconds, Color.Blue),
        ("other", times.Other.TotalSeconds, Color.Grey));

    private static BreakdownChart Chart(Func<double, string> show, params ReadOnlySpan<(string Name, double Value, Color Colour)> parts)
    {
        BreakdownChart chart = new BreakdownChart().Width(2 * BarWidth).UseValueFormatter(show);
        foreach ((string name, double value, Color colour) in parts)
        {
            if (value >= Least)
            {
                chart.AddItem(name, value, colour);
            }
        }

        return chart;
    }
}
