using Stepwise.Options;
using Stepwise.Policies;

namespace Stepwise.Methods.Losses;

/// <summary>
/// Pushes the scores of a group's right completions above those of its wrong ones, within a distance from the old policy. With s of a completion
/// (<see cref="IDiscoScore"/>), Q the groups of the optimizer step and K the mean over its trained tokens of the estimate of KL(π_old‖π),
/// <code>J = mean₊ s − τ·log mean₋ exp(s / τ),   or without τ  J = mean₊ s − mean₋ s   (DisCO-b)</code>
/// <code>L = −1/Q · Σ over groups of J + β/2 · max(K − δ, 0)²</code>
/// <code>∂L/∂s₊ = −1/(Q·n₊),  ∂L/∂s₋ = softmax₋(s / τ)/Q,  ∂s/∂ℓ = s'/|o|,  and  β·max(K − δ, 0)·∂K/∂ℓ</code>
/// </summary>
/// <remarks>
/// <para>
/// A group without right or without wrong completions has no J, and counts in Q. Advantages are not read. K is taken over the whole optimizer step, before
/// it (<see cref="Prepare"/>). DisCO, arXiv 2505.12366, and its code, whose "disco_Lratio" calls the form without τ.
/// </para>
/// <para>Special values: a masked token is never read; a completion without trained tokens has no score. NaN in a trained ℓ reaches the loss.</para>
/// </remarks>
[Formula("J = mean₊ s − τ·log mean₋ exp(s / τ), or without τ J = mean₊ s − mean₋ s (DisCO-b); L = −1/Q · Σ over groups of J + β/2 · max(K − δ, 0)²")]
public sealed record Disco : ILoss
{
    private double _excess;

    /// <summary>A completion's score.</summary>
    [Part<DiscoScoreCatalog>("score", "what of a completion's tokens is its score")]
    public IDiscoScore Score { get; init; } = new LikelihoodScore();

    /// <summary>τ, above 0; <see langword="null"/> for the plain mean of the wrong ones (DisCO-b). The scripts have 10 for likelihoods, 1 for ratios.</summary>
    [Key("softness of the maximum over the scores of wrong completions; none for their mean", Low = 0, AboveLow = true, High = 1e6)]
    public double? NegativeTemperature { get; init; } = 10.0;

    /// <summary>The distance that is kept.</summary>
    [Section]
    public TrustRegion Trust { get; init; } = new();

    /// <inheritdoc/>
    public LossNeeds Needs => LossNeeds.WholeGroups | LossNeeds.StepLogProbs;

    /// <summary>The loss with [K − δ]₊ of this optimizer step.</summary>
    /// <inheritdoc/>
    public ILoss Prepare(TrainingBatch batch, IReadOnlyList<IReadOnlyList<float[]>> logProbs)
    {
        double divergence = batch.Groups.Select((group, g) => Trust.Divergence(group.ToLoss(logProbs[g], batch.Totals), 0.0, [])).Sum();
        return this with { _excess = Math.Max(divergence - Trust.Radius, 0.0) };
    }

    /// <inheritdoc/>
    public double Evaluate(in LossGroup group, Span<double> gradient, LossMetrics metrics)
    {
        ArgumentNullException.ThrowIfNull(metrics);
        gradient.Clear();
        double loss = -Discriminate(group, gradient) / group.Totals.Groups;
        return loss + Trust.Add(group, _excess, gradient, metrics);
    }

    /// <summary>J of a group, and the derivative of −J / Q added to the gradient; 0 where a class is missing.</summary>
    private double Discriminate(in LossGroup group, Span<double> gradient)
    {
        double?[] scores = Scores(group);
        SequenceFacts[] facts = group.Facts.ToArray();
        int[] right = [.. Enumerable.Range(0, scores.Length).Where(i => scores[i] is not null && facts[i].Correct)];
        int[] wrong = [.. Enumerable.Range(0, scores.Length).Where(i => scores[i] is not null && !facts[i].Correct)];
        if (right.Length == 0 || wrong.Length == 0)
        {
            return 0.0;
        }

        double highest = wrong.Max(i => scores[i]!.Value), tau = NegativeTemperature ?? double.PositiveInfinity;
        double[] exponentials = Array.ConvertAll(wrong, i => Math.Exp((scores[i]!.Value - highest) / tau));
        double sum = exponentials.Sum();
        foreach (int i in right)
        {
            AddScoreGradient(group, i, -1.0 / ((double)group.Totals.Groups * right.Length), gradient);
        }

        for (int j = 0; j < wrong.Length; j++)
        {
            AddScoreGradient(group, wrong[j], exponentials[j] / sum / group.Totals.Groups, gradient);
        }

        double ofWrong = double.IsFinite(tau) ? highest + (tau * Math.Log(sum / wrong.Length)) : wrong.Average(i => scores[i]!.Value);
        return right.Average(i => scores[i]!.Value) - ofWrong;
    }

    /// <summary>s of each completion; null of one without trained tokens.</summary>
    private double?[] Scores(in LossGroup group)
    {
        double?[] scores = new double?[group.Sequences];
        for (int i = 0; i < scores.Length; i++)
        {
            int trained = group.Mask[group.Offsets[i]..group.Offsets[i + 1]].Count(value: true);
            for (int t = group.Offsets[i]; t < group.Offsets[i + 1]; t++)
            {
                scores[i] = group.Mask[t]
                    ? (scores[i] ?? 0.0) + (Score.Evaluate(group.LogProbs[t], group.OldLogProbs[t]).Value / trained)
                    : scores[i];
            }
        }

        return scores;
    }

    private void AddScoreGradient(in LossGroup group, int sequence, double slope, Span<double> gradient)
    {
        int start = group.Offsets[sequence], end = group.Offsets[sequence + 1];
        int trained = group.Mask[start..end].Count(value: true);
        for (int t = start; t < end; t++)
        {
            gradient[t] += group.Mask[t] ? slope * Score.Evaluate(group.LogProbs[t], group.OldLogProbs[t]).Derivative / trained : 0.0;
        }
    }
}
