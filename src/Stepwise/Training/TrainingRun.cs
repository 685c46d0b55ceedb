using Stepwise.Algorithms;
using Stepwise.Policies;
using Stepwise.Runs;

namespace Stepwise.Training;

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

    /// <summary>Trains from the first step, or from a checkpoint, to the last.</summary>
    /// <remarks>
    /// Evaluations never change what is trained. A run that goes on from a checkpoint ends with the same weights, bit for bit, as one that
    /// was not interrupted.
    /// </remarks>
    /// <param name="from">A checkpoint of <see cref="Folder"/>, or <see langword="null"/> to start anew.</param>
    /// <param name="cancellationToken">Stops the run; a checkpoint of the last complete training step is written first.</param>
    /// <exception cref="InputException">The checkpoint is one of another recipe, or a prompt does not fit the policy's context.</exception>
    /// <exception cref="RunException">The policy diverged, or the disk failed.</exception>
    /// <exception cref="OperationCanceledException">The run was stopped.</exception>
    public async Task<RunResult> ExecuteAsync(Checkpoint? from = null, CancellationToken cancellationToken = default)
    {
        if (from is not null)
        {
            RequireSameRecipe(from);
            await policy.LoadAsync(from.PolicyFolder, cancellationToken).ConfigureAwait(false);
        }

        int completed = from?.State.Step ?? 0;
        using RunStore? store = Folder is null ? null
            : from is null ? RunStore.Create(Folder.StorePath) : RunStore.Resume(Folder.StorePath, completed);
        RunRecorder recorder = new(recipe, problems, policy, Folder, store, Observer, completed);
        try
        {
            await recorder.EvaluateAsync(cancellationToken).ConfigureAwait(false);
            Trainer trainer = new(
                policy, reference, problems.Task, problems.Task.Judge, problems.Train, Method.Create(recipe.Method), recipe.Sampling,
                recipe.Training, recipe.Seed);
            await trainer.RunAsync(completed, recorder, recorder, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            await recorder.CheckpointAsync().ConfigureAwait(false);
            throw;
        }

        RunResult result = recorder.Result;
        if (Folder is not null)
        {
            Report(result, Folder).Write(Folder);
        }

        return result;
    }

    private RunReport Report(RunResult result, RunFolder folder) => new()
    {
        Recipe = recipe.Name,
        Method = recipe.Method.Name,
        Seed = recipe.Seed,
        Steps = recipe.Training.Steps,
        Seconds = result.Seconds,
        TokensPerSecond = result.TokensPerSecond,
        Run = folder.Path,
        SolveRates = result.SolveRates,
    };

    private void RequireSameRecipe(Checkpoint from)
    {
        if (!string.Equals(from.State.RecipeDigest, recipe.Digest, StringComparison.Ordinal))
        {
            throw new InputException(
                $"{from.Folder}: made by another recipe (SHA-256 {from.State.RecipeDigest}, here {recipe.Digest}); a run goes on with its "
                + "own recipe only. Undo the change to its recipe.yaml, or start a new run.");
        }
    }
}
