using System.Diagnostics;
using Spectre.Console;
using Stepwise.Evaluation;
using Stepwise.Rollouts;
using Stepwise.Runs;
using Stepwise.Training;

namespace Stepwise.Cli.Display;

/// <summary>A run on a terminal: a panel that is drawn again as the run goes on, and above it evaluations and groups that stay.</summary>
internal sealed class TerminalDisplay(Recipe recipe, IAnsiConsole console) : IRunDisplay
{
    private static readonly TimeSpan Refresh = TimeSpan.FromMilliseconds(100);

    private readonly TimeLeft _left = new(recipe);
    private RunPanel _panel = new(recipe.Training.Steps);
    private LiveDisplayContext? _live;
    private long _drawn;

    public async Task<RunResult> FollowAsync(Func<Task<RunResult>> run) =>
        await console.Live(_panel.Render()).StartAsync(async live =>
        {
            _live = live;
            RunResult result = await run().ConfigureAwait(false);
            _panel = _panel with { Progress = null, Left = null };
            Draw();
            return result;
        }).ConfigureAwait(false);

    public ValueTask OnStepAsync(StepReport report, IReadOnlyList<Group> groups, CancellationToken cancellationToken)
    {
        _left.OnStep(report);
        _panel = _panel with { Report = report, Left = _left.Estimate };
        if (recipe.Report.ShowGroupEvery > 0 && report.Step % recipe.Report.ShowGroupEvery == 0)
        {
            console.Write(GroupView.Render(report.Step, groups));
        }

        Draw();
        return ValueTask.CompletedTask;
    }

    public void OnEvaluation(int step, EvaluationResult result)
    {
        _left.OnEvaluation();
        console.MarkupLineInterpolated($"Solve rate {Figures.Line(step, result)}.");
        Draw();
    }

    public void OnProgress(RunProgress progress)
    {
        _left.OnProgress(progress);
        _panel = _panel with { Progress = progress };
        if (Stopwatch.GetElapsedTime(_drawn) >= Refresh)
        {
            Draw();
        }
    }

    public void End(RunResult result) => console.MarkupLineInterpolated($"[bold]{RunSummary.Of(result)}[/]");

    private void Draw()
    {
        _drawn = Stopwatch.GetTimestamp();
        _live?.UpdateTarget(_panel.Render());
    }
}
