using Stepwise.Policies;
using Stepwise.Rollouts;

namespace Stepwise.Training;

/// <summary>Makes training batches of a step's groups, and books every rollout.</summary>
/// <param name="needs">What the loss needs: silent rollouts are left out of a batch only where it can do without them.</param>
/// <param name="options">Into how many mini-batches a step is cut.</param>
/// <param name="sampling">How the completions were drawn.</param>
/// <param name="reference">The policy of the KL term, or <see langword="null"/> where the loss needs none.</param>
internal sealed class Assembler(LossNeeds needs, TrainingOptions options, SamplingOptions sampling, IPolicy? reference)
{
    private static readonly EqualityComparer<int[]> SameTokens = EqualityComparer<int[]>.Create(
        (left, right) => left.AsSpan().SequenceEqual(right), tokens => tokens.Length);

    private readonly bool _keepUnequal = needs.HasFlag(LossNeeds.UnequalGroups);

    private readonly bool _keepSilent = needs.HasFlag(LossNeeds.WholeGroups)
        || (needs.HasFlag(LossNeeds.Reference) && !needs.HasFlag(LossNeeds.UnequalGroups));

    /// <summary>
    /// The rollouts that train, with their advantages, in mini-batches of whole groups. A mini-batch's denominators count its silent rollouts
    /// too (<see cref="Rollout.InLoss"/>), so leaving those out does not make the others weigh more; one in which nothing trains is left out.
    /// </summary>
    public IReadOnlyList<TrainingBatch> Assemble(IReadOnlyList<Group> groups)
    {
        foreach (Group group in groups)
        {
            group.Settle(_keepSilent || (_keepUnequal && group.Unequal));
        }

        return [.. Cut(groups).Select(Batch).Where(batch => batch.Groups.Count > 0)];
    }

    /// <summary>The batches with the reference policy's log-probabilities, where the loss reads them.</summary>
    public async ValueTask<IReadOnlyList<TrainingBatch>> WithReferenceAsync(
        IReadOnlyList<TrainingBatch> batches, CancellationToken cancellationToken)
    {
        if (!needs.HasFlag(LossNeeds.Reference))
        {
            return batches;
        }

        Queue<IReadOnlyList<float[]>> logProbs = new(await reference!.ScoreAsync(
            [.. batches.SelectMany(b => b.Groups).Select(g => g.ToScore())], sampling.Temperature, cancellationToken).ConfigureAwait(false));
        return [.. batches.Select(batch => batch with { Groups = [.. batch.Groups.Select(group => WithReference(group, logProbs.Dequeue()))] })];
    }

    private static TrainingGroup WithReference(TrainingGroup group, IReadOnlyList<float[]> logProbs) => group with
    {
        Sequences = [.. group.Sequences.Zip(logProbs, (sequence, ofReference) => sequence with { ReferenceLogProbs = ofReference })],
    };

    /// <summary>As even parts as whole groups make.</summary>
    private IEnumerable<Group[]> Cut(IReadOnlyList<Group> groups)
    {
        int parts = options.MiniBatches;
        for (int part = 0; part < parts; part++)
        {
            int start = (int)((long)groups.Count * part / parts), end = (int)((long)groups.Count * (part + 1) / parts);
            yield return [.. groups.Take(start..end)];
        }
    }

    private TrainingBatch Batch(Group[] groups)
    {
        Rollout[] inLoss = [.. groups.SelectMany(g => g.Rollouts).Where(r => r.InLoss)];
        long tokens = inLoss.Sum(r => (long)r.Mask.AsSpan().Count(value: true));
        BatchTotals totals = new(inLoss.Length, tokens, sampling.MaxNewTokens, groups.Count(g => g.Rollouts.Any(r => r.InLoss)));
        return new TrainingBatch([.. groups.SelectMany(Training)], totals, sampling.Temperature);
    }

    /// <summary>A group's rollouts that train, those that train under one prompt together.</summary>
    private static IEnumerable<TrainingGroup> Training(Group group) => group.Rollouts
        .Where(r => r.Disposition == Disposition.Trained)
        .GroupBy(r => r.TrainedPrompt ?? r.DrawnPrompt ?? group.Prompt, SameTokens)
        .Select(same => new TrainingGroup(same.Key, [.. same.Select(r => Sequence(r))]));

    private static TrainingSequence Sequence(Rollout rollout) =>
        new(rollout.Completion.Tokens, rollout.Advantages, rollout.Mask, rollout.Completion.LogProbs)
        {
            PrefixTokens = rollout.Completion.PrefixTokens,
            Facts = new(rollout.Reward, rollout.Correct, IsOffPolicy(rollout), rollout.Completion.PrefixTokens),
        };

    private static bool IsOffPolicy(Rollout rollout) =>
        rollout is { TrainedPrompt: { } trained, DrawnPrompt: { } drawn } && !SameTokens.Equals(trained, drawn);
}
