using Stepwise.Evaluation;
using Stepwise.Rollouts;
using Stepwise.Runs;
using Stepwise.Training;

namespace Stepwise.Cli.Display;

/// <summary>A run as aligned lines, one per training step.</summary>
internal sealed class PlainDisplay(Recipe recipe, TextWriter output) : IRunDisplay
{
    /// <summary>The columns: heading, width, and the figure.</summary>
    private static readonly (string Heading, int Width, Func<StepReport, string> Figure)[] Columns =
    [
        ("step", 9, r => $"{r.Step}/{r.Steps}"),
        ("reward", 7, r => $"{r.MeanReward:0.000}"),
        ("solved", 7, r => $"{100 * r.SolveRate:0.0}%"),
        ("all-neg", 8, r => $"{100 * r.Ledger.AllNegativeShare:0.0}%"),
        ("flat", 7, r => $"{100 * r.Ledger.FlatShare:0.0}%"),
        ("dead", 7, r => $"{100 * r.Ledger.DeadGroupShare:0.0}%"),
        ("trained", 8, r => $"{r.Ledger.Trained}"),
        ("pos", 5, r => $"{r.Ledger.AllPositiveGroup}"),
        ("neg", 5, r => $"{r.Ledger.AllNegativeGroup}"),
        ("undec", 6, r => $"{r.Ledger.Undecided}"),
        ("nojudge", 8, r => $"{r.Ledger.NoJudgement}"),
        ("trunc", 6, r => $"{r.Ledger.Truncated}"),
        ("filt", 5, r => $"{r.Ledger.Filtered}"),
        ("fail", 5, r => $"{r.Ledger.Failed}"),
        ("grad", 8, r => $"{r.GradientNorm:0.000}"),
        ("sample/s", 9, r => $"{r.SampledTokensPerSecond:0}"),
        ("train/s", 8, r => $"{r.TrainedTokensPerSecond:0}"),
        ("sec", 6, r => $"{r.Times.Total.TotalSeconds:0.0}"),
    ];

    private readonly TimeLeft _left = new(recipe);
    private bool _headed;

    public Task<RunResult> FollowAsync(Func<Task<RunResult>> run) => run();

    public ValueTask OnStepAsync(StepReport report, IReadOnlyList<Group> groups, CancellationToken cancellationToken)
    {
        _left.OnStep(report);
        if (!_headed)
        {
            _headed = true;
            output.WriteLine("all-neg, flat: all-negative groups before and after the judge; dead: groups without signal; trained to fail: the ledger's samples.");
            output.WriteLine(string.Concat(Columns.Select(c => c.Heading.PadLeft(c.Width))) + "left".PadLeft(8));
        }

        output.WriteLine(
            string.Concat(Columns.Select(c => c.Figure(report).PadLeft(c.Width))) + Figures.Time(_left.Estimate ?? TimeSpan.Zero).PadLeft(8));
        output.Flush();
        return ValueTask.CompletedTask;
    }

    public void OnEvaluation(int step, EvaluationResult result)
    {
        _left.OnEvaluation();
        output.WriteLine($"Solve rate {Figures.Line(step, result)}.");
        output.Flush();
    }

    public void OnProgress(RunProgress progress) => _left.OnProgress(progress);

    public void End(RunResult result) => output.WriteLine(RunSummary.Of(result));
}
