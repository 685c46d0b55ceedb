
namespace Stepwise.Policies;

/// <summary>
/// Counts over everything that the loss of one optimizer step is a mean over: the denominators of every loss, so that the gradient does not
/// depend on how the step was cut into micro-batches. A completion that would add exactly 0 (advantage 0, no KL term) is counted and need
/// not be in the batch; one that the selection dropped, an undecided, a failed, and one without the judgement its group needs are not.
/// </summary>
/// <param name="Sequences">Number of completions B; at least 1.</param>
/// <param name="Tokens">Σ|o|, the number of unmasked completion tokens of these.</param>
/// <param name="MaxCompletionTokens">The cap on completion tokens, the constant L_max of Dr.GRPO.</param>
/// <param name="Groups">Number of groups Q that have such a completion; at least 1.</param>
public sealed record BatchTotals(int Sequences, long Tokens, int MaxCompletionTokens, int Groups = 1);

/// <summary>What is known of a training sequence beside its tokens.</summary>
/// <param name="Reward">Its reward.</param>
/// <param name="Correct">Whether its answer is right.</param>
/// <param name="OffPolicy">Whether it was drawn under another prompt than it is trained under.</param>
/// <param name="GuidanceTokens">Its first tokens that were given, not sampled.</param>
public readonly record struct SequenceFacts(double Reward, bool Correct, bool OffPolicy, int GuidanceTokens);

/// <summary>A completion to train on, with what the loss needs per token; every array has one entry per completion token.</summary>
/// <param name="Tokens">Completion token ids, those of a prefix included.</param>
/// <param name="Advantages">Advantage per token.</param>
/// <param name="Mask">Which tokens are trained; a masked token has no loss and is counted in no denominator.</param>
/// <param name="OldLogProbs">Log-probabilities under the policy that produced the completion (the sampler's).</param>
/// <param name="ReferenceLogProbs">Log-probabilities under the reference policy, or <see langword="null"/> where the loss has no KL term.</param>
public sealed record TrainingSequence(
    int[] Tokens, double[] Advantages, bool[] Mask, float[] OldLogProbs, float[]? ReferenceLogProbs = null)
{
    /// <summary>What else is known of it.</summary>
    public SequenceFacts Facts { get; init; }

    /// <summary>
    /// How many of the first tokens are a prefix, in [0, number of tokens]: equal prefixes of a group are computed once. Whether its tokens
    /// train is the mask's affair.
    /// </summary>
    public int PrefixTokens { get; init; }

    /// <summary>Whether this and another sequence begin with the same prefix; false where there is none.</summary>
    /// <param name="other">A sequence of the same group.</param>
    public bool SharesPrefixWith(TrainingSequence other) => PrefixTokens > 0 && PrefixTokens == other.PrefixTokens
        && Tokens.AsSpan(0, PrefixTokens).SequenceEqual(other.Tokens.AsSpan(0, PrefixTokens));
}

/// <summary>
/// The completions of one prompt that are trained on; the prompt is computed once for all of them, a prefix for all that begin with it.
/// </summary>
/// <param name="Prompt">Prompt token ids; at least one.</param>
/// <param name="Sequences">The completions, at least one.</param>
public sealed record TrainingGroup(int[] Prompt, IReadOnlyList<TrainingSequence> Sequences)
{
    /// <summary>How many tokens are computed at most: the prompt's, each different prefix's, and those that follow them.</summary>
    public long ComputedTokens => Prompt.Length
        + Sequences.Select((s, i) => (long)s.Tokens.Length - (Sequences.Take(i).Any(s.SharesPrefixWith) ? s.PrefixTokens : 0)).Sum();

    /// <summary>The group as one to score.</summary>
    public ScoreRequest ToScore() => new(Prompt, [.. Sequences.Select(s => s.Tokens)])
    {
        PrefixTokens = Sequences.All(s => s.PrefixTokens == 0) ? null : [.. Sequences.Select(s => s.PrefixTokens)],
    };

    /// <summary>The group as a loss sees it.</summary>
    /// <param name="logProbs">Log-probabilities under the current policy, per sequence and token.</param>
    /// <param name="totals">The denominators of the whole optimizer step.</param>
    public LossGroup ToLoss(IReadOnlyList<float[]> logProbs, BatchTotals totals) => new()
    {
        Offsets = (int[])[0, .. Sequences.Select((_, i) => Sequences.Take(i + 1).Sum(s => s.Tokens.Length))],
        LogProbs = Doubles(logProbs),
        OldLogProbs = Doubles(Sequences.Select(s => s.OldLogProbs)),
        ReferenceLogProbs = Sequences[0].ReferenceLogProbs is null ? [] : Doubles(Sequences.Select(s => s.ReferenceLogProbs!)),
        Advantages = (double[])[.. Sequences.SelectMany(s => s.Advantages)],
        Mask = (bool[])[.. Sequences.SelectMany(s => s.Mask)],
        Facts = (SequenceFacts[])[.. Sequences.Select(s => s.Facts)],
        Totals = totals,
    };

    private static double[] Doubles(IEnumerable<float[]> rows) => [.. rows.SelectMany(row => row).Select(value => (double)value)];
}

/// <summary>What one call of <see cref="IPolicy.AccumulateAsync"/> adds to the gradient.</summary>
/// <param name="Groups">The groups to train on.</param>
/// <param name="Totals">The denominators of the whole optimizer step.</param>
/// <param name="Temperature">The temperature the log-probabilities are taken at: the sampler's. Above 0.</param>
public sealed record TrainingBatch(IReadOnlyList<TrainingGroup> Groups, BatchTotals Totals, double Temperature = 1.0)
{
    /// <summary>
    /// Cuts the batch into micro-batches of whole groups. The totals stay, so the summed gradient is the whole batch's, beyond rounding.
    /// </summary>
    /// <param name="tokens">
    /// The most tokens per micro-batch, see <see cref="TrainingGroup.ComputedTokens"/>; a single group may be larger. At least 1.
    /// </param>
    public IEnumerable<TrainingBatch> Cut(int tokens)
    {
        List<TrainingGroup> groups = [];
        long held = 0;
        foreach (TrainingGroup group in Groups)
        {
            long more = group.ComputedTokens;
            if (groups.Count > 0 && held + more > tokens)
            {
                yield return this with { Groups = groups };
                groups = [];
                held = 0;
            }

            groups.Add(group);
            held += more;
        }

        if (groups.Count > 0)
        {
            yield return this with { Groups = groups };
        }
    }
}

/// <summary>What an accumulation computed.</summary>
/// <param name="Loss">The loss summed over the batch's groups (already divided by the step's totals).</param>
/// <param name="EntropySum">Entropy of the next-token distribution, summed over trained tokens, in nats.</param>
/// <param name="Tokens">Trained tokens in the batch; those of a prefix that is computed once count once.</param>
public readonly record struct AccumulateResult(double Loss, double EntropySum, long Tokens);

/// <summary>What an optimizer step did.</summary>
/// <param name="GradientNorm">Global L2 norm of the gradient before clipping.</param>
/// <param name="UpdateNorm">Global L2 norm of the change of the weights.</param>
public readonly record struct ApplyResult(double GradientNorm, double UpdateNorm);
