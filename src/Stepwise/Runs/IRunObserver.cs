using Stepwise.Evaluation;
using Stepwise.Recipes;
using Stepwise.Training;

namespace Stepwise.Runs;

/// <summary>What a run is doing while completions are drawn.</summary>
public enum RunPhase
{
    /// <summary>Samples of a training step.</summary>
    Training,

    /// <summary>Samples of an evaluation.</summary>
    Evaluation,
}

/// <summary>How far the drawing of completions is.</summary>
/// <param name="Phase">What they are for.</param>
/// <param name="Step">The training step they belong to; for an evaluation, the training steps done.</param>
/// <param name="Finished">Completions finished.</param>
/// <param name="Total">Completions to draw.</param>
public readonly record struct RunProgress(RunPhase Phase, int Step, int Finished, int Total);

/// <summary>Follows a run: its training steps, its evaluations, and how far each is.</summary>
public interface IRunObserver : ITrainingObserver
{
    /// <summary>The run begins or goes on. Does nothing unless implemented.</summary>
    /// <param name="data">What its problems are like.</param>
    void OnData(DataReport data)
    {
    }

    /// <summary>An evaluation ended.</summary>
    /// <param name="step">Training steps done before it.</param>
    /// <param name="result">What it found.</param>
    void OnEvaluation(int step, EvaluationResult result);

    /// <summary>Completions were finished; called often, so it should return at once. Does nothing unless implemented.</summary>
    /// <param name="progress">How far the work is.</param>
    void OnProgress(RunProgress progress)
    {
    }
}
