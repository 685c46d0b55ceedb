using Stepwise.Evaluation;
using Stepwise.Recipes;
using Stepwise.Rollouts;
using Stepwise.Runs;
using Stepwise.Training;

namespace Stepwise.Cli.Display;

/// <summary>A run as aligned lines, one per training step.</summary>
internal sealed class PlainDisplay(Recipe recipe, Terminal terminal, TimeProvider time) : IRunDisplay
{
    private readonly TextWriter _output = terminal.Output;
    private readonly TimeLeft _left = new(recipe, time);
    private readonly StepTable _table = new(recipe.Training.Steps);
    private readonly SilentSteps _silent = new(recipe);
    private readonly CutOffSteps _cutOff = new();
    private WorkDisplay? _work;

    public Task<RunResult> FollowAsync(Func<Task<RunResult>> run) => run();

    public ValueTask OnStepAsync(StepReport report, IReadOnlyList<Group> groups, CancellationToken cancellationToken)
    {
        _work = null;
        _left.OnStep(report);
        foreach (string line in _table.Lines(report, _left.Estimate))
        {
            _output.WriteLine(line);
        }

        _output.Flush();
        Warn(_silent.OnStep(report));
        Warn(_cutOff.OnStep(report));
        return ValueTask.CompletedTask;
    }

    public void OnData(DataReport data) => _output.WriteLine(data.ToString());

    public void OnEvaluation(int step, EvaluationResult result)
    {
        _work = null;
        _left.OnEvaluation(step);
        _output.WriteLine($"Solve rate {Figures.Line(step, result)}.");
        _output.Flush();
    }

    public void OnProgress(RunProgress progress)
    {
        // The lines of steps say how long steps take; before the first there is none.
        if (progress.Phase == RunPhase.Evaluation || _left.Estimate is null)
        {
            _work ??= new WorkDisplay(terminal, progress.Phase == RunPhase.Evaluation ? "Evaluation" : "Samples of the first training step", time);
            _work.Report(progress.Finished, progress.Total);
        }
    }

    public void End(RunResult result)
    {
        Warn(_silent.End());
        _output.WriteLine(RunSummary.Of(result));
    }

    private void Warn(string? warning)
    {
        if (warning is not null)
        {
            terminal.Error.WriteLine($"Warning: {warning}");
        }
    }
}
