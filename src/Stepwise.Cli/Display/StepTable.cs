using Stepwise.Training;

namespace Stepwise.Cli.Display;

/// <summary>Training steps as lines of a table.</summary>
/// <param name="steps">Training steps of the run.</param>
internal sealed class StepTable(int steps)
{
    private const string Legend =
        "all-neg, flat: all-negative groups before and after the judge; dead: groups without signal; signal: tokens with signal; "
        + "cut: samples cut off; trained to fail: where each sample went (dropt: cut off and left out); sec to update: seconds. More: stepwise explain.";

    private readonly LineTable _table = new(
        new("step", Math.Max(9, $"{steps}/{steps}".Length)),
        new("reward", 6, 1),
        new("solved", 6, 0),
        new("all-neg", 7, 3),
        new("flat", 6, 5),
        new("dead", 6, 2),
        new("signal", 6, 2),
        new("cut", 6, 2),
        new("trained", 7, 4),
        new("pos", 4, 8),
        new("neg", 4, 8),
        new("undec", 5, 9),
        new("nojudge", 7, 9),
        new("dropt", 5, 9),
        new("filt", 4, 9),
        new("fail", 4, 9),
        new("grad", 7, 2),
        new("sec", 5, 1),
        new("sample", 6, 3),
        new("update", 6, 3),
        new("left", 7, 0));

    private bool _explained;

    /// <summary>The step's line, before the first one what the columns mean, and the headings where they change.</summary>
    /// <param name="report">The step.</param>
    /// <param name="left">How many seconds the run still takes, where that is known.</param>
    /// <param name="most">The most characters of a line; columns that do not fit are left out.</param>
    public IEnumerable<string> Lines(StepReport report, double? left, int most = int.MaxValue)
    {
        if (!_explained)
        {
            _explained = true;
            yield return Legend;
        }

        foreach (string line in _table.Lines(Cells(report, left), most))
        {
            yield return line;
        }
    }

    private static string[] Cells(StepReport r, double? left) =>
    [
        $"{r.Step}/{r.Steps}", Figures.Fixed(r.MeanReward, 3), Percent(r.Ledger.SolveRate), Percent(r.Ledger.AllNegativeShare),
        Percent(r.Ledger.FlatShare), Percent(r.Ledger.DeadGroupShare), Percent(r.Ledger.SignalTokenShare), Percent(r.Ledger.CutOffShare),
        $"{r.Ledger.Trained}",
        $"{r.Ledger.AllPositiveGroup}", $"{r.Ledger.AllNegativeGroup}", $"{r.Ledger.Undecided}", $"{r.Ledger.NoJudgement}",
        $"{r.Ledger.Truncated}", $"{r.Ledger.Filtered}", $"{r.Ledger.Failed}", Figures.Fixed(r.GradientNorm, 3),
        Seconds(r.Times.Total), Seconds(r.Times.Sample), Seconds(r.Times.Update), Figures.Time(left),
    ];

    private static string Seconds(TimeSpan time) => Figures.Fixed(time.TotalSeconds, 1);

    private static string Percent(double? share) => share is null ? Figures.Unknown : $"{Figures.Fixed(100 * share, 1)}%";
}
