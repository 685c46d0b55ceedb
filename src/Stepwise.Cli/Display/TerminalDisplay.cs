using System.Diagnostics;
using Spectre.Console;
using Stepwise.Evaluation;
using Stepwise.Recipes;
using Stepwise.Rollouts;
using Stepwise.Runs;
using Stepwise.Training;

namespace Stepwise.Cli.Display;

/// <summary>A run on a terminal: a panel that is drawn again as the run goes on, and above it steps, evaluations and groups that stay.</summary>
internal sealed class TerminalDisplay(Recipe recipe, Terminal terminal) : IRunDisplay
{
    private static readonly TimeSpan Refresh = TimeSpan.FromMilliseconds(100);

    private readonly TimeLeft _left = new(recipe, TimeProvider.System);
    private readonly StepTable _table = new(recipe.Training.Steps);
    private readonly SilentSteps _silent = new(recipe);
    private readonly CutOffSteps _cutOff = new();
    private RunPanel _panel = new(recipe.Training.Steps);
    private LiveRegion? _live;
    private long _drawn;

    public async Task<RunResult> FollowAsync(Func<Task<RunResult>> run)
    {
        _live = new(terminal);
        try
        {
            Draw();
            RunResult result = await run().ConfigureAwait(false);
            _panel = _panel with { Progress = null, Left = null };
            Draw();
            return result;
        }
        finally
        {
            _live.Close();
        }
    }

    public ValueTask OnStepAsync(StepReport report, IReadOnlyList<Group> groups, CancellationToken cancellationToken)
    {
        _left.OnStep(report);
        _panel = _panel with { Report = report, Left = _left.Estimate };
        foreach (string line in _table.Lines(report, _left.Estimate, (_live?.Width ?? int.MaxValue) - 1))
        {
            terminal.Output.WriteLine(line);
        }

        if (recipe.Report.ShowGroupEvery > 0 && report.Step % recipe.Report.ShowGroupEvery == 0)
        {
            _live?.WriteAbove(GroupView.Render(report.Step, groups));
        }

        Warn(_silent.OnStep(report));
        Warn(_cutOff.OnStep(report));
        Draw();
        return ValueTask.CompletedTask;
    }

    public void OnData(DataReport data) => terminal.Output.WriteLine(data.ToString());

    public void OnEvaluation(int step, EvaluationResult result)
    {
        _left.OnEvaluation(step);
        terminal.Output.WriteLine($"Solve rate {Figures.Line(step, result)}.");
        Draw();
    }

    public void OnProgress(RunProgress progress)
    {
        _panel = _panel with { Progress = progress, Left = _left.Estimate };
        if (Stopwatch.GetElapsedTime(_drawn) >= Refresh)
        {
            Draw();
        }
    }

    public void End(RunResult result)
    {
        Warn(_silent.End());
        terminal.Draw().Write(new Text(RunSummary.Of(result) + "\n", new Style(decoration: Decoration.Bold)));
    }

    private void Warn(string? warning)
    {
        if (warning is not null)
        {
            terminal.Error.WriteLine($"Warning: {warning}");
        }
    }

    private void Draw()
    {
        _drawn = Stopwatch.GetTimestamp();
        _live?.Draw(_panel.Rows());
    }
}
