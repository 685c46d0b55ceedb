using System.Text.Json.Nodes;
using Stepwise.Files;
using Stepwise.Policies;
using Stepwise.Recipes;
using Stepwise.Training;

namespace Stepwise.Runs;

/// <summary>The checkpoints of one run: what they say it is made from, and whether it may go on from one.</summary>
internal sealed class RunCheckpoints
{
    private readonly Recipe _recipe;
    private readonly IPolicy _policy;
    private readonly SortedDictionary<string, string> _parts = new(StringComparer.Ordinal);
    private readonly string _digest;

    /// <summary>Reads what the run is made from.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="problems">Its problems.</param>
    /// <param name="policy">The policy that is trained.</param>
    /// <exception cref="InputException">A file that the recipe names cannot be read.</exception>
    public RunCheckpoints(Recipe recipe, ProblemSets problems, IPolicy policy)
    {
        _recipe = recipe;
        _policy = policy;
        _digest = RecipeContents.Digest(recipe, problems, _parts);
    }

    /// <summary>Writes a checkpoint of the policy as it is.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="trained">The state that goes with the policy's weights.</param>
    /// <param name="writeUnstored">See <see cref="Checkpoint.SaveAsync"/>.</param>
    /// <exception cref="RunException">Writing failed, or the run's folder is gone.</exception>
    public async ValueTask SaveAsync(RunFolder folder, TrainerState trained, Action<string>? writeUnstored = null)
    {
        if (!File.Exists(folder.RecipePath))
        {
            throw new RunException($"{folder.Path}: the run's folder is gone; it was moved or removed while the run went on.");
        }

        CheckpointState state = new(
            trained.Step, _recipe.Seed, trained.DataPosition, trained.Updates, _digest, (JsonObject)trained.Parts.DeepClone(), _parts,
            trained.Tokens);
        await Checkpoint.SaveAsync(folder.CheckpointsPath, state, path => _policy.SaveAsync(path, withOptimizer: true), writeUnstored)
            .ConfigureAwait(false);
    }

    /// <summary>Saves what can be saved of a run that an exception ends.</summary>
    /// <param name="error">The exception.</param>
    /// <param name="save">Writes the checkpoint of the last whole step.</param>
    /// <exception cref="RunException">That failed too; the message says both.</exception>
    public static async ValueTask RescueAsync(Exception error, Func<ValueTask> save)
    {
        try
        {
            await save().ConfigureAwait(false);
        }
        catch (RunException lost) when (error is not OperationCanceledException)
        {
            // A checkpoint that could not be written is tried a second time here, and fails for the same reason.
            bool same = string.Equals(error.Message, lost.Message, StringComparison.Ordinal);
            throw new RunException(same ? lost.Message : $"{error.Message} And then {lost.Message}", error);
        }
    }

    /// <summary>Refuses a checkpoint of another run, or one whose parts do not fit each other.</summary>
    /// <param name="from">The checkpoint.</param>
    /// <exception cref="InputException">It is; the message names what differs.</exception>
    public void RequireSameRun(Checkpoint from)
    {
        CheckpointState state = from.State;
        if (!string.Equals(state.RecipeDigest, _digest, StringComparison.Ordinal))
        {
            throw new InputException(
                $"{from.Folder}: made by another recipe, by another version of this program, or from another model or other problems{Differences(state)}; "
                + "a run goes on with its own only. Undo the change to its recipe.yaml or to a file it names, use the program that made it, or start "
                + "a new run.");
        }

        if (state.Step < 0 || state.Step > _recipe.Training.Steps)
        {
            throw new InputException(
                $"{from.Folder}: its state says training step {state.Step}; this recipe has {_recipe.Training.Steps}. "
                + "Go on from another checkpoint, or start a new run.");
        }

        if (state.Seed != _recipe.Seed || state.DataPosition < 0 || state.Tokens < 0)
        {
            throw new InputException(
                $"{from.Folder}: its state has seed {state.Seed}, {state.DataPosition} problems drawn and {state.Tokens} tokens sampled; this recipe's seed is "
                + $"{_recipe.Seed}, and problems and tokens are at least 0. Go on from another checkpoint, or start a new run.");
        }
    }

    /// <summary>Has a trainer go on from a checkpoint.</summary>
    /// <param name="from">The checkpoint, which the policy has loaded.</param>
    /// <param name="trainer">The trainer.</param>
    /// <exception cref="InputException">See <see cref="StateOf"/>; or the state is not one of this method.</exception>
    public void Restore(Checkpoint from, Trainer trainer)
    {
        TrainerState state = StateOf(from);
        try
        {
            trainer.Load(state);
        }
        catch (InputException error)
        {
            throw new InputException($"{from.Folder}: {error.Message} Go on from another checkpoint, or start a new run.", error);
        }
    }

    /// <summary>What a trainer goes on from.</summary>
    /// <param name="from">The checkpoint, which the policy has loaded.</param>
    /// <exception cref="InputException">Its optimizer has made another number of updates than its training steps made.</exception>
    public TrainerState StateOf(Checkpoint from)
    {
        CheckpointState state = from.State;
        if (_policy.Updates is { } updates && updates != state.Updates)
        {
            throw new InputException(
                $"{from.Folder}: its optimizer has made {updates} updates; its {state.Step} training steps made {state.Updates}. "
                + "Go on from another checkpoint, or start a new run.");
        }

        return new TrainerState(state.Step, state.DataPosition, state.Updates, state.Tokens, (JsonObject)state.Method.DeepClone());
    }

    private string Differences(CheckpointState state)
    {
        const int Most = 5;
        if (state.Parts is not { } then)
        {
            return $" (SHA-256 {state.RecipeDigest}, here {_digest})";
        }

        string[] different =
        [
            .. then.Keys.Union(_parts.Keys, StringComparer.Ordinal)
                .Select(part => (Part: part, Change: Change(then.GetValueOrDefault(part), _parts.GetValueOrDefault(part))))
                .Where(d => d.Change.Length > 0).Select(d => $"{d.Part} is {d.Change}"),
        ];
        return different.Length == 0 ? "" : $": {string.Join(", ", different.Take(Most))}{(different.Length > Most ? ", …" : "")}";
    }

    private static string Change(string? before, string? now) =>
        now is null ? "gone" : before is null ? "new" : string.Equals(before, now, StringComparison.Ordinal) ? "" : "changed";
}
