using Stepwise.Files;
using Stepwise.Judging;
using Stepwise.Policies;
using Stepwise.Recipes;
using Stepwise.Training;

namespace Stepwise.Runs;

/// <summary>A recipe carried out: evaluate, train, evaluate; with a store, checkpoints and a report where it has a folder.</summary>
/// <param name="recipe">The recipe.</param>
/// <param name="problems">Its problems.</param>
/// <param name="policy">The policy to improve, with the recipe's first weights; the caller's to dispose.</param>
/// <param name="reference">The frozen policy of the KL term, or <see langword="null"/> where the loss has none.</param>
public sealed class TrainingRun(Recipe recipe, ProblemSets problems, IPolicy policy, IPolicy? reference = null)
{
    /// <summary>Where the run is kept; <see langword="null"/> keeps nothing on disk.</summary>
    public RunFolder? Folder { get; init; }

    /// <summary>Follows the run, or <see langword="null"/>.</summary>
    public IRunObserver? Observer { get; init; }

    /// <summary>Loads a model that the recipe names beside the policy, to be read; <see langword="null"/> where no engine is at hand.</summary>
    public Func<string, IPolicy>? OpenModel { get; init; }

    /// <summary>Trains from the first step, or from a checkpoint, to the last.</summary>
    /// <remarks>
    /// Evaluations never change what is trained. A run that goes on from a checkpoint ends with the same weights, bit for bit, as one that
    /// was not interrupted. Whatever ends the run, in a verifier, a judge, the store or the observer, a checkpoint of the last whole training
    /// step is written before the exception goes on; only a policy that diverged, or was left in the middle of an update, is not kept.
    /// </remarks>
    /// <param name="from">A checkpoint of <see cref="Folder"/>, or <see langword="null"/> to start anew.</param>
    /// <param name="cancellationToken">Stops the run.</param>
    /// <exception cref="InputException">
    /// The checkpoint is one of another recipe, no training problem has a reference that can be read, a prompt does not fit the policy's context,
    /// sampling is filtered, the method asks a judge and the task has none, what the task needs is not to be had, or another program carries the
    /// run on; nothing has been written then.
    /// </exception>
    /// <exception cref="InvalidOperationException">There is a folder, and its recipe names another task than the problems'.</exception>
    /// <exception cref="DivergenceException">The policy's numbers are no longer finite; the message names the last good checkpoint.</exception>
    /// <exception cref="RunException">The verifier threw, every sample of a step failed, or the disk failed.</exception>
    /// <exception cref="OperationCanceledException">The run was stopped.</exception>
    public async Task<RunResult> ExecuteAsync(Checkpoint? from = null, CancellationToken cancellationToken = default)
    {
        recipe.Sampling.RequireUnfiltered();
        problems.RequireReferences();
        DataReport data = problems.Describe(policy.Tokenizer, policy.ContextLength, cancellationToken);
        IStepJudge judge = RunJudge.Of(recipe, problems, policy, OpenModel, Folder?.Path);
        using IDisposable? heldByJudge = judge as IDisposable;
        problems.RequireSources(recipe, policy.Tokenizer, policy.ContextLength);
        RequireNamedTask(isKept: Folder is not null || from is not null);
        await problems.Task.PrepareAsync(cancellationToken).ConfigureAwait(false);
        RunCheckpoints? checkpoints = Folder is null && from is null ? null : new(recipe, problems, policy);
        if (from is not null)
        {
            checkpoints!.RequireSameRun(from);
        }

        using RunLock? held = Folder is null ? null : RunLock.Take(Folder.Path);
        if (problems.Stored is { } stored)
        {
            // Before a checkpoint's weights take the place of the first.
            await stored.ScoreAsync(policy, problems.Task.Prompt, recipe.Sampling.Temperature, cancellationToken).ConfigureAwait(false);
        }

        if (from is not null)
        {
            await policy.LoadAsync(from.PolicyFolder, cancellationToken).ConfigureAwait(false);
        }

        Trainer trainer = new(
            policy, reference, problems.Task, judge, problems.Train, recipe.Method, recipe.Sampling, recipe.Training, recipe.Seed)
        {
            Stored = problems.Stored,
        };
        if (from is not null)
        {
            checkpoints!.Restore(from, trainer);
        }

        using RunStore? store = Folder is null ? null
            : from is null ? RunStore.Create(Folder.StorePath, judge.Name)
            : RunStore.Resume(Folder.StorePath, from.State.Step, judge.Name, from.UnstoredPath);
        RunRecorder recorder = new(recipe, problems, policy, judge, Folder, checkpoints, store, Observer, trainer);
        if (from is not null && store is not null)
        {
            recorder.RequireEvaluations();
        }

        Observer?.OnData(data);
        await FollowAsync(trainer, recorder, cancellationToken).ConfigureAwait(false);
        RunResult result = recorder.Result;
        if (Folder is not null)
        {
            Report(result, data, Folder).Write(Folder);
        }

        return result;
    }

    /// <summary>Evaluates and trains; whatever ends that leaves a checkpoint of the last whole training step, where the policy holds it.</summary>
    private async Task FollowAsync(Trainer trainer, RunRecorder recorder, CancellationToken cancellationToken)
    {
        try
        {
            await recorder.EvaluateAsync(cancellationToken).ConfigureAwait(false);
            await trainer.RunAsync(recorder, recorder, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            DivergenceException? diverged = error as DivergenceException;
            if (!trainer.Torn && diverged is not { InUpdate: false })
            {
                await RunCheckpoints.RescueAsync(error, recorder.CheckpointAsync).ConfigureAwait(false);
            }

            if (diverged is not null)
            {
                throw new DivergenceException(
                    $"{error.Message} {RunAdvice.AfterDivergence(recipe, Folder, recorder.LastGoodStep(diverged))}", diverged.InUpdate);
            }

            throw;
        }
    }

    private RunReport Report(RunResult result, DataReport data, RunFolder folder) => new()
    {
        Recipe = recipe.Name,
        Method = recipe.Method.Name,
        Seed = recipe.Seed,
        Steps = result.SolveRates[^1].Step,
        Seconds = result.Seconds,
        TokensPerSecond = result.TokensPerSecond,
        Run = folder.Path,
        SolveRates = result.SolveRates,
        Judge = result.Judge,
        RewardParts = result.RewardParts,
        EvaluationSampling = recipe.EvaluationSampling,
        EvaluationSamples = recipe.Evaluation.Samples,
        UndecidableTrain = problems.UndecidableTrain,
        UndecidableTest = problems.UndecidableTest,
        Data = data,
    };

    private void RequireNamedTask(bool isKept)
    {
        if (isKept && !recipe.Task.StandsFor(problems.Task))
        {
            throw new InvalidOperationException(
                $"The recipe names another task than the problems', {problems.Task.Name}: a run that is kept says what it was made from. "
                + "Set task.name to own for a task of your program.");
        }
    }
}
