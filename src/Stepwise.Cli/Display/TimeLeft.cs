using System.Diagnostics;
using Stepwise.Runs;
using Stepwise.Training;

namespace Stepwise.Cli.Display;

/// <summary>Estimates how long a run still takes: the mean of its latest steps for each step, the latest evaluation for each evaluation.</summary>
internal sealed class TimeLeft(Recipe recipe)
{
    private const int Latest = 10;

    private readonly Queue<TimeSpan> _steps = new();
    private int _done;
    private long _evaluationStarted;
    private TimeSpan _evaluation;

    /// <summary>The estimate; <see langword="null"/> before the first step.</summary>
    public TimeSpan? Estimate => _steps.Count == 0
        ? null
        : ((recipe.Training.Steps - _done) * new TimeSpan((long)_steps.Average(s => s.Ticks))) + (EvaluationsLeft * _evaluation);

    public void OnProgress(RunProgress progress)
    {
        if (progress.Phase == RunPhase.Evaluation && _evaluationStarted == 0)
        {
            _evaluationStarted = Stopwatch.GetTimestamp();
        }
    }

    public void OnEvaluation()
    {
        _evaluation = _evaluationStarted == 0 ? TimeSpan.Zero : Stopwatch.GetElapsedTime(_evaluationStarted);
        _evaluationStarted = 0;
    }

    public void OnStep(StepReport report)
    {
        _done = report.Step;
        _steps.Enqueue(report.Times.Total);
        if (_steps.Count > Latest)
        {
            _steps.Dequeue();
        }
    }

    private int EvaluationsLeft
    {
        get
        {
            int every = recipe.Evaluation.Every, steps = recipe.Training.Steps;
            return every == 0 ? 1 : (steps / every) - (_done / every) + (steps % every == 0 ? 0 : 1);
        }
    }
}
