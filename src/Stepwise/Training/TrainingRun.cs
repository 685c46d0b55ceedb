using Stepwise.Algorithms;
using Stepwise.Judging;
using Stepwise.Policies;
using Stepwise.Rewards;
using Stepwise.Runs;
using Stepwise.Tasks;

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
    /// <exception cref="InputException">
    /// The checkpoint is one of another recipe, a prompt does not fit the policy's context, or the method asks a judge and the task has none;
    /// nothing has been written then.
    /// </exception>
    /// <exception cref="InvalidOperationException">There is a folder, and its recipe names another task than the problems'.</exception>
    /// <exception cref="RunException">The policy diverged, or the disk failed.</exception>
    /// <exception cref="OperationCanceledException">The run was stopped.</exception>
    public async Task<RunResult> ExecuteAsync(Checkpoint? from = null, CancellationToken cancellationToken = default)
    {
        problems.RequireFit(policy.Tokenizer, policy.ContextLength);
        RequireJudge();
        string digest = Folder is null && from is null ? "" : Digest();
        if (from is not null)
        {
            RequireSameRun(from, digest);
            await policy.LoadAsync(from.PolicyFolder, cancellationToken).ConfigureAwait(false);
        }

        int completed = from?.State.Step ?? 0;
        using RunStore? store = Folder is null ? null
            : from is null ? RunStore.Create(Folder.StorePath) : RunStore.Resume(Folder.StorePath, completed);
        RunRecorder recorder = new(recipe, problems, policy, Folder, digest, store, Observer, completed);
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
        UndecidableTrain = problems.UndecidableTrain,
        UndecidableTest = problems.UndecidableTest,
        UndecidableNote = problems.UndecidableNote,
    };

    private void RequireJudge()
    {
        if (recipe.Method.JudgeScope != JudgeScope.None && problems.Task.Judge is NoJudge)
        {
            throw new InputException(
                $"method.name is {recipe.Method.Name}, which asks a step judge, and the task {problems.Task.Name} has none. "
                + "Give it one (ITask.Judge), or take a method without: grpo.");
        }
    }

    /// <summary>What the run is made from, see <see cref="CheckpointState.RecipeDigest"/>; of an own task, all but its code.</summary>
    private string Digest()
    {
        bool own = problems.Task is not (ChainedArithmetic or Gsm8k);
        if (own != (recipe.Task.Name == TaskName.Own))
        {
            throw new InvalidOperationException(
                $"The recipe's task is {recipe.Task.Name} and the problems' is {problems.Task.Name}: a run that is kept says what it was made "
                + "from. Set task.name to own for a task of your program.");
        }

        return RecipeContents.Of(recipe, problems).Digest;
    }

    private void RequireSameRun(Checkpoint from, string digest)
    {
        CheckpointState state = from.State;
        if (!string.Equals(state.RecipeDigest, digest, StringComparison.Ordinal))
        {
            throw new InputException(
                $"{from.Folder}: made by another recipe, or from another model or other problems (SHA-256 {state.RecipeDigest}, here {digest}); "
                + "a run goes on with its own only. Undo the change to its recipe.yaml or to a file it names, or start a new run.");
        }

        long drawn = (long)state.Step * recipe.Training.PromptsPerStep;
        if (state.Seed != recipe.Seed || state.DataPosition != drawn)
        {
            throw new InputException(
                $"{from.Folder}: its state has seed {state.Seed} and {state.DataPosition} problems drawn; after {state.Step} training steps "
                + $"of this recipe they are {recipe.Seed} and {drawn}. Go on from another checkpoint, or start a new run.");
        }
    }
}
