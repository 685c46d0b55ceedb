using System.Diagnostics;
using Stepwise.Evaluation;
using Stepwise.Judging;
using Stepwise.Judging.Paid;
using Stepwise.Policies;
using Stepwise.Problems;
using Stepwise.Recipes;
using Stepwise.Rollouts;
using Stepwise.Statistics;
using Stepwise.Training;

namespace Stepwise.Runs;

/// <summary>Keeps what happens: in memory, in the run's store and in its checkpoints; evaluates when it is time.</summary>
/// <param name="recipe">The run's recipe.</param>
/// <param name="problems">Its problems.</param>
/// <param name="policy">The policy that is trained.</param>
/// <param name="judge">The judge that its method may ask.</param>
/// <param name="folder">The run's folder, if any.</param>
/// <param name="checkpoints">The folder's checkpoints.</param>
/// <param name="store">The folder's store.</param>
/// <param name="observer">Told of everything once it is kept.</param>
/// <param name="trainer">Whose state a checkpoint holds.</param>
internal sealed class RunRecorder(
    Recipe recipe, ProblemSets problems, IPolicy policy, IStepJudge judge, RunFolder? folder, RunCheckpoints? checkpoints,
    RunStore? store, IRunObserver? observer, Trainer trainer)
    : ITrainingObserver, IProgress<int>
{
    private readonly IReadOnlyList<Problem> _test = problems.Test.AtMost(recipe.Evaluation.Problems);
    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly List<StepReport> _steps = [];
    private readonly List<(int Step, EvaluationResult Result)> _evaluations = [];
    private readonly List<(int Step, Interval SolveRate)> _solveRates = [.. store?.SolveRates() ?? []];
    private JudgeUse _judge = store?.JudgeUse() ?? new(judge.Name);
    private (StepReport Report, IReadOnlyList<Group> Groups)? _unstored;

    private int Completed => trainer.State.Step;

    public RunResult Result => new()
    {
        SolveRates = _solveRates,
        Evaluations = _evaluations,
        Steps = _steps,
        Judge = recipe.Method.AsksJudge ? _judge with { Spending = (judge as IJudgeLedger)?.Spending } : null,
        RewardParts = store?.RewardParts() ?? [],
        Seconds = Stopwatch.GetElapsedTime(_started).TotalSeconds,
    };

    public async ValueTask OnStepAsync(StepReport report, IReadOnlyList<Group> groups, CancellationToken cancellationToken)
    {
        _steps.Add(report);
        _judge = _judge.With(groups, report.Times.Judge);
        _unstored = (report, groups);
        store?.Write(report, groups);
        _unstored = null;
        if (observer is not null)
        {
            await observer.OnStepAsync(report, groups, cancellationToken).ConfigureAwait(false);
        }

        if (IsDue(Completed, recipe.Checkpoint.Every))
        {
            store?.Settle();
            await CheckpointAsync().ConfigureAwait(false);
        }

        await EvaluateAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The newest training step whose weights gave finite numbers; −1 where even the first ones did not.</summary>
    public int LastGoodStep(DivergenceException error) => error.InUpdate ? Completed : Completed - 1;

    /// <summary>Evaluates if this many training steps call for it and it was not done before the run was interrupted.</summary>
    public async ValueTask EvaluateAsync(CancellationToken cancellationToken)
    {
        int step = Completed;
        if (!IsEvaluated(step) || _solveRates.Exists(e => e.Step == step))
        {
            return;
        }

        int total = _test.Count * (recipe.Evaluation.Samples + 1);
        EvaluationResult result = await new Evaluator(policy, problems.Task).EvaluateAsync(
            _test, recipe.Evaluation.Samples, recipe.Training.GroupSize, recipe.EvaluationSampling, recipe.Seed,
            new EvaluationProgress(observer, step, total), cancellationToken).ConfigureAwait(false);
        _evaluations.Add((step, result));
        _solveRates.Add((step, result.SolveRate));
        store?.Write(step, result);
        observer?.OnEvaluation(step, result);
    }

    /// <summary>Refuses to go on where evaluations that were made before are missing: they cannot be made again.</summary>
    /// <exception cref="InputException">One is.</exception>
    public void RequireEvaluations()
    {
        for (int step = 0; step < Completed; step++)
        {
            if (IsEvaluated(step) && !_solveRates.Exists(e => e.Step == step))
            {
                throw new InputException(
                    $"{folder?.StorePath}: the evaluation after {step} training steps is missing. Put the whole store back, or start a new run.");
            }
        }
    }

    /// <summary>Writes a checkpoint of the last complete training step, with what the store could not take of it.</summary>
    /// <exception cref="RunException">Writing failed.</exception>
    public ValueTask CheckpointAsync() => folder is null || checkpoints is null ? ValueTask.CompletedTask
        : checkpoints.SaveAsync(
            folder, trainer.State, _unstored is { } step ? path => RunStore.WriteAlone(path, step.Report, step.Groups, judge.Name) : null);

    void IProgress<int>.Report(int value) => observer?.OnProgress(new(
        RunPhase.Training, Completed + 1, value, recipe.Training.PromptsPerStep * recipe.Training.GroupSize));

    private bool IsEvaluated(int step) => step == 0 || IsDue(step, recipe.Evaluation.Every);

    private bool IsDue(int step, int every) => (step == Completed && trainer.Ended) || (every > 0 && step % every == 0);

    private sealed class EvaluationProgress(IRunObserver? observer, int step, int total) : IProgress<int>
    {
        public void Report(int value) => observer?.OnProgress(new(RunPhase.Evaluation, step, value, total));
    }
}
