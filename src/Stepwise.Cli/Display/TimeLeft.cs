using Stepwise.Recipes;
using Stepwise.Training;

namespace Stepwise.Cli.Display;

/// <summary>
/// Estimates how long a run still takes: the mean of its latest steps for each step, the latest evaluation for each evaluation. Both are
/// measured from what ended before, so that storing and checkpoints are in them.
/// </summary>
internal sealed class TimeLeft(Recipe recipe, TimeProvider time)
{
    private const int Latest = 10;

    private readonly Queue<double> _steps = new();
    private long _lap = time.GetTimestamp();
    private int _done;
    private int _expected = recipe.Training.Steps;
    private double? _sampled;
    private double? _evaluation;

    /// <summary>The evaluation that is still to come first, by the training steps before it.</summary>
    private int _evaluated = -1;

    /// <summary>The seconds left; <see langword="null"/> before the first step.</summary>
    public double? Estimate => _steps.Count == 0
        ? null
        : Math.Max(0, ((_expected - _done) * _steps.Average()) + (EvaluationsLeft * Evaluation) - Since(_lap));

    /// <summary>An evaluation ended.</summary>
    public void OnEvaluation(int step)
    {
        _evaluated = step;
        _evaluation = Lap();
    }

    /// <summary>A training step ended.</summary>
    public void OnStep(StepReport report)
    {
        _evaluated = Math.Max(_evaluated, report.Step - 1);
        _done = report.Step;
        _expected = report.Steps;
        _sampled = report.Ledger.Sampled == 0 ? null : report.Times.Sample.TotalSeconds / report.Ledger.Sampled;
        _steps.Enqueue(Lap());
        if (_steps.Count > Latest)
        {
            _steps.Dequeue();
        }
    }

    /// <summary>Where none was measured, as after a resume: its samples at the speed of training's. Without a known number of problems, 0.</summary>
    private double Evaluation =>
        _evaluation ?? (_sampled ?? 0) * (recipe.Evaluation.Samples + 1) * recipe.Evaluation.Problems;

    /// <summary>Evaluations after the latest one: at every multiple, and at the last step.</summary>
    private int EvaluationsLeft
    {
        get
        {
            int every = recipe.Evaluation.Every, steps = _expected;
            int regular = every == 0 ? 0 : ((steps - 1) / every) - (Math.Min(_evaluated, steps - 1) / every);
            return regular + (_evaluated < steps ? 1 : 0);
        }
    }

    private double Lap()
    {
        double seconds = Since(_lap);
        _lap = time.GetTimestamp();
        return seconds;
    }

    private double Since(long timestamp) => time.GetElapsedTime(timestamp).TotalSeconds;
}
