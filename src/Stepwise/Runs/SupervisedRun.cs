using Stepwise.Files;
using Stepwise.Policies;
using Stepwise.Recipes;
using Stepwise.Training;

namespace Stepwise.Runs;

/// <summary>A recipe's supervised fine-tuning carried out, with checkpoints on the way and the trained policy at the end.</summary>
/// <param name="recipe">The recipe.</param>
/// <param name="problems">Its problems.</param>
/// <param name="policy">The policy to train, with the recipe's first weights; the caller's to dispose.</param>
/// <param name="folder">Where checkpoints are kept until the policy is written.</param>
public sealed class SupervisedRun(Recipe recipe, ProblemSets problems, IPolicy policy, RunFolder folder)
{
    /// <summary>Trains from the first step, or from a checkpoint, to the last, writes the policy, and removes the run's folder.</summary>
    /// <remarks>
    /// Going on from a checkpoint ends with the same weights, bit for bit. Whatever ends the run, a checkpoint of the last whole step is written
    /// first; only a policy that diverged, or was left in the middle of an update, is not kept.
    /// </remarks>
    /// <param name="output">The trained policy's folder; see <see cref="PolicyFolder.WriteBesideAsync"/> for one that exists by then.</param>
    /// <param name="onStep">Told of every step.</param>
    /// <param name="from">A checkpoint of the run's folder, or <see langword="null"/> to start anew.</param>
    /// <param name="cancellationToken">Stops between steps.</param>
    /// <returns>Full path of the folder that was written.</returns>
    /// <exception cref="InputException">
    /// The checkpoint is one of another recipe, an example does not fit the policy's context, or another program carries the run on.
    /// </exception>
    /// <exception cref="RunException">The disk failed.</exception>
    /// <exception cref="DivergenceException">The policy's numbers are no longer finite; no checkpoint is made of it.</exception>
    /// <exception cref="OperationCanceledException">The run was stopped.</exception>
    public async Task<string> ExecuteAsync(
        string output, Action<SupervisedReport> onStep, Checkpoint? from = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(onStep);
        SupervisedExamples examples = new(recipe, problems);
        examples.RequireFit(policy.Tokenizer, policy.ContextLength, cancellationToken);
        RunCheckpoints checkpoints = new(recipe, problems, policy);
        if (from is not null)
        {
            checkpoints.RequireSameRun(from);
        }

        string written;
        using (RunLock.Take(folder.Path))
        {
            written = await TrainAsync(output, onStep, examples, checkpoints, from, cancellationToken).ConfigureAwait(false);
        }

        WholeFolder.TryRemove(folder.Path);
        return written;
    }

    private async Task<string> TrainAsync(
        string output, Action<SupervisedReport> onStep, SupervisedExamples examples, RunCheckpoints checkpoints, Checkpoint? from,
        CancellationToken cancellationToken)
    {
        if (from is not null)
        {
            await policy.LoadAsync(from.PolicyFolder, cancellationToken).ConfigureAwait(false);
        }

        SupervisedTrainer trainer = new(policy, examples.At, recipe.Sft.BatchSize, recipe.Training);
        try
        {
            await trainer.RunAsync(from is null ? TrainerState.Start : checkpoints.StateOf(from), async report =>
            {
                onStep(report);
                if (recipe.Checkpoint.Every > 0 && report.Step % recipe.Checkpoint.Every == 0)
                {
                    await checkpoints.SaveAsync(folder, trainer.State).ConfigureAwait(false);
                }
            }, cancellationToken).ConfigureAwait(false);
            return await PolicyFolder.WriteBesideAsync(output, policy).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            DivergenceException? diverged = error as DivergenceException;
            if (!trainer.Torn && diverged is not { InUpdate: false })
            {
                await RunCheckpoints.RescueAsync(error, () => checkpoints.SaveAsync(folder, trainer.State)).ConfigureAwait(false);
            }

            if (diverged is not null)
            {
                throw new DivergenceException($"{error.Message} {RunAdvice.AfterDivergence(recipe, folder, trainer.State.Step)}", diverged.InUpdate);
            }

            throw;
        }
    }
}
