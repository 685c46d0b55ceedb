using Stepwise.Methods.Losses;
using Stepwise.Policies;

namespace Stepwise.Training;

/// <summary>Where the sampler's log-probabilities may not be the trainer's: old log-probabilities and advantages in the trainer's own.</summary>
internal static class SamplerMismatch
{
    /// <summary>
    /// The batches with the trainer's log-probabilities as the old policy's, and advantages weighted by how far the sampler was off. A completion that is
    /// trained under another prompt than it was drawn under keeps those it has: its ratio is between the two prompts.
    /// </summary>
    /// <param name="batches">The batches, before the first update.</param>
    /// <param name="policy">The policy that sampled and trains, at the weights that sampled.</param>
    /// <param name="correction">How tokens weigh.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public static async ValueTask<IReadOnlyList<TrainingBatch>> CorrectAsync(
        IReadOnlyList<TrainingBatch> batches, IPolicy policy, ISamplerCorrection correction, CancellationToken cancellationToken)
    {
        if (!correction.Corrects || batches.Count == 0)
        {
            return batches;
        }

        Queue<IReadOnlyList<float[]>> logProbs = new(await policy.ScoreAsync(
            [.. batches.SelectMany(b => b.Groups).Select(g => g.ToScore())], batches[0].Temperature, cancellationToken).ConfigureAwait(false));
        return [.. batches.Select(batch => batch with { Groups = [.. batch.Groups.Select(group => Correct(group, logProbs.Dequeue(), correction))] })];
    }

    private static TrainingGroup Correct(TrainingGroup group, IReadOnlyList<float[]> logProbs, ISamplerCorrection correction) => group with
    {
        Sequences = [.. group.Sequences.Zip(logProbs, (sequence, own) => sequence.Facts.OffPolicy ? sequence : Correct(sequence, own, correction))],
    };

    private static TrainingSequence Correct(TrainingSequence sequence, float[] own, ISamplerCorrection correction)
    {
        int[] trained = [.. Enumerable.Range(0, own.Length).Where(t => sequence.Mask[t])];
        double[] weights = correction.Weights(Array.ConvertAll(trained, t => (double)own[t] - sequence.OldLogProbs[t]));
        double[] advantages = [.. sequence.Advantages];
        for (int i = 0; i < trained.Length; i++)
        {
            advantages[trained[i]] *= weights[i];
        }

        return sequence with { Advantages = advantages, OldLogProbs = own };
    }
}
