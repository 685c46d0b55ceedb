using System.Diagnostics;
using System.Text.Json.Nodes;
using Stepwise.Evaluation;
using Stepwise.Policies;
using Stepwise.Problems;
using Stepwise.Rollouts;
using Stepwise.Runs;

namespace Stepwise.Training;

/// <summary>Keeps what happens: in memory, in the run's store and in its checkpoints; evaluates when it is time.</summary>
/// <param name="recipe">The run's recipe.</param>
/// <param name="problems">Its problems.</param>
/// <param name="policy">The policy that is trained.</param>
/// <param name="folder">The run's folder, if any.</param>
/// <param name="digest">What its checkpoints say the run is made from, see <see cref="CheckpointState.RecipeDigest"/>.</param>
/// <param name="store">The folder's store.</param>
/// <param name="observer">Told of everything once it is kept.</param>
/// <param name="completed">Training steps done before.</param>
internal sealed class RunRecorder(
    Recipe recipe, ProblemSets problems, IPolicy policy, RunFolder? folder, string digest, RunStore? store, IRunObserver? observer,
    int completed)
    : ITrainingObserver, IProgress<int>
{
    private readonly IReadOnlyList<Problem> _test = ProblemSets.First(problems.Test, recipe.Evaluation.Problems);
    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly List<StepReport> _steps = [];
    private readonly List<(int Step, EvaluationResult Result)> _evaluations = [];
    private readonly List<(int Step, Interval SolveRate)> _solveRates = [.. store?.SolveRates() ?? []];
    private int _completed = completed;

    public RunResult Result => new()
    {
        SolveRates = _solveRates,
        Evaluations = _evaluations,
        Steps = _steps,
        Seconds = Stopwatch.GetElapsedTime(_started).TotalSeconds,
    };

    public async ValueTask OnStepAsync(StepReport report, IReadOnlyList<Group> groups, CancellationToken cancellationToken)
    {
        _completed = report.Step;
        _steps.Add(report);
        store?.Write(report, groups);
        if (observer is not null)
        {
            await observer.OnStepAsync(report, groups, cancellationToken).ConfigureAwait(false);
        }

        if (IsDue(recipe.Checkpoint.Every))
        {
            await CheckpointAsync().ConfigureAwait(false);
        }

        await EvaluateAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Evaluates if this many training steps call for it and it was not done before the run was interrupted.</summary>
    public async ValueTask EvaluateAsync(CancellationToken cancellationToken)
    {
        int step = _completed;
        if ((step > 0 && !IsDue(recipe.Evaluation.Every)) || _solveRates.Exists(e => e.Step == step))
        {
            return;
        }

        int total = _test.Count * (recipe.Evaluation.Samples + 1);
        EvaluationResult result = await new Evaluator(policy, problems.Task).EvaluateAsync(
            _test, recipe.Evaluation.Samples, recipe.Training.GroupSize, recipe.Sampling, recipe.Seed,
            new EvaluationProgress(observer, step, total), cancellationToken).ConfigureAwait(false);
        _evaluations.Add((step, result));
        _solveRates.Add((step, result.SolveRate));
        store?.Write(step, result);
        observer?.OnEvaluation(step, result);
    }

    /// <summary>Writes a checkpoint of the last complete training step.</summary>
    public async ValueTask CheckpointAsync()
    {
        if (folder is not null)
        {
            CheckpointState state = new(
                _completed, recipe.Seed, (long)_completed * recipe.Training.PromptsPerStep, digest, Method: new JsonObject());
            await Checkpoint.SaveAsync(
                folder.CheckpointsPath, state, path => policy.SaveAsync(path, withOptimizer: true)).ConfigureAwait(false);
        }
    }

    void IProgress<int>.Report(int value) => observer?.OnProgress(new(
        RunPhase.Training, _completed + 1, value, recipe.Training.PromptsPerStep * recipe.Training.GroupSize));

    private bool IsDue(int every) => _completed == recipe.Training.Steps || (every > 0 && _completed % every == 0);

    private sealed class EvaluationProgress(IRunObserver? observer, int step, int total) : IProgress<int>
    {
        public void Report(int value) => observer?.OnProgress(new(RunPhase.Evaluation, step, value, total));
    }
}
