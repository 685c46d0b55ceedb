using Stepwise.Methods.Gradients;
using Stepwise.Policies;

namespace Stepwise.Training;

/// <summary>Takes the optimizer steps of a training step, or of one of supervised fine-tuning.</summary>
/// <param name="policy">The policy to improve.</param>
/// <param name="loss">The objective.</param>
/// <param name="gradient">What becomes of the gradient.</param>
/// <param name="options">How often each mini-batch is learnt from, and how much of one is computed at once.</param>
internal sealed class Updater(IPolicy policy, ILoss loss, IGradientControl gradient, TrainingOptions options)
{
    /// <summary>Whether an update was begun and its training step is not complete: the weights are then those of no step.</summary>
    public bool Torn { get; private set; }

    /// <summary>The training step is complete: its state is kept too.</summary>
    public void Complete() => Torn = false;

    /// <summary>By each phase of the loss an optimizer step per mini-batch, all of them <see cref="TrainingOptions.UpdatesPerBatch"/> times.</summary>
    /// <param name="batches">The mini-batches.</param>
    /// <param name="where">What they are the updates of, for messages: <c>training step 3</c>.</param>
    /// <param name="learningRate">Of every optimizer step; at least 0.</param>
    /// <param name="cancellationToken">Stops before the weights have moved, never after.</param>
    /// <exception cref="DivergenceException">A number that the policy gave is NaN or infinite.</exception>
    public async ValueTask<IReadOnlyList<UpdateReport>> UpdateAsync(
        IReadOnlyList<TrainingBatch> batches, string where, double learningRate, CancellationToken cancellationToken)
    {
        List<UpdateReport> updates = [];
        foreach ((ILoss phase, TrainingBatch batch) in loss.Phases.SelectMany(phase =>
            Enumerable.Range(0, options.UpdatesPerBatch).SelectMany(_ => batches.Select(batch => (phase, batch)))))
        {
            // Once the weights have moved, the step is seen through: a policy is never left in the middle of one.
            CancellationToken stop = updates.Count == 0 ? cancellationToken : CancellationToken.None;
            updates.Add(await UpdateAsync(batch, phase, where, learningRate, isFirst: updates.Count == 0, stop).ConfigureAwait(false));
        }

        return updates;
    }

    private async ValueTask<UpdateReport> UpdateAsync(
        TrainingBatch batch, ILoss phase, string where, double learningRate, bool isFirst, CancellationToken cancellationToken)
    {
        ILoss prepared = phase.Needs.HasFlag(LossNeeds.StepLogProbs)
            ? phase.Prepare(batch, await ScoreAsync(batch, cancellationToken).ConfigureAwait(false))
            : phase;
        LossMetrics metrics = new();
        double value = 0, entropy = 0;
        long tokens = 0;
        foreach (TrainingBatch micro in batch.Cut(options.MicroBatchTokens))
        {
            AccumulateResult result = await policy.AccumulateAsync(micro, prepared, metrics, cancellationToken).ConfigureAwait(false);
            value += result.Loss;
            entropy += result.EntropySum;
            tokens += result.Tokens;
        }

        Divergence.RequireFinite(where, ("loss", value), ("entropy", entropy));
        cancellationToken.ThrowIfCancellationRequested();
        Torn = true;
        await gradient.AdjustAsync(policy, metrics).ConfigureAwait(false);
        ApplyResult applied = await policy.ApplyAsync(learningRate, CancellationToken.None).ConfigureAwait(false);
        Torn = !isFirst || double.IsFinite(applied.GradientNorm); // Of another gradient the policy took no step.
        Divergence.RequireFinite(where, ("gradient norm", applied.GradientNorm), ("update norm", applied.UpdateNorm));
        return new UpdateReport(value, applied.GradientNorm, applied.UpdateNorm, tokens > 0 ? entropy / tokens : null, tokens)
        {
            OfLoss = [.. metrics.Means],
        };
    }

    private ValueTask<IReadOnlyList<IReadOnlyList<float[]>>> ScoreAsync(TrainingBatch batch, CancellationToken cancellationToken) =>
        policy.ScoreAsync([.. batch.Groups.Select(g => g.ToScore())], batch.Temperature, cancellationToken);
}
