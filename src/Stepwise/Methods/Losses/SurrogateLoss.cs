using Stepwise.Options;
using Stepwise.Policies;

namespace Stepwise.Methods.Losses;

/// <summary>
/// A loss that adds up over completions: L = Σ w · [ surrogate + β·KL ], with the weight w of a token (<see cref="IAggregation"/>);
/// a completion may be spared a share of β (<see cref="SequenceFacts.KlRelief"/>).
/// </summary>
public abstract record SurrogateLoss : ILoss
{
    /// <summary>How tokens are averaged.</summary>
    [Part<AggregationCatalog>("aggregation", "how token losses are averaged")]
    public IAggregation Aggregation { get; init; } = new SequenceMean();

    /// <summary>The penalty on leaving the reference policy.</summary>
    [Section]
    public KlPenalty Kl { get; init; } = KlPenalty.None;

    /// <inheritdoc/>
    public virtual LossNeeds Needs => HasPenalty ? LossNeeds.Reference : LossNeeds.None;

    private bool HasPenalty => Kl.Coefficient > 0.0;

    /// <inheritdoc/>
    public double Evaluate(in LossGroup group, Span<double> gradient, LossMetrics metrics)
    {
        ArgumentNullException.ThrowIfNull(metrics);
        gradient.Clear();
        double loss = 0.0;
        for (int i = 0; i < group.Sequences; i++)
        {
            int start = group.Offsets[i], end = group.Offsets[i + 1];
            int trained = group.Mask[start..end].Count(value: true);
            if (trained > 0)
            {
                double weight = Aggregation.TokenFactor(trained, group.Totals);
                loss += weight * Surrogate(group, start, end, trained, weight, gradient, metrics);
                double penalty = group.Facts.IsEmpty ? weight : weight * (1 - group.Facts[i].KlRelief);
                loss += HasPenalty ? penalty * Penalty(group, start, end, penalty, gradient, metrics) : 0.0;
            }
        }

        return loss;
    }

    /// <summary>Sets ∂L/∂ℓ of a completion's tokens, without the penalty; those of masked tokens are 0 already.</summary>
    /// <param name="group">The group.</param>
    /// <param name="start">The completion's first token.</param>
    /// <param name="end">The token after its last.</param>
    /// <param name="trained">Its trained tokens, at least 1.</param>
    /// <param name="weight">w of each of them.</param>
    /// <param name="gradient">∂L/∂ℓ per token of the group; [N].</param>
    /// <param name="metrics">Receives what is counted.</param>
    /// <returns>The surrogate summed over the completion's trained tokens, without the weight.</returns>
    protected abstract double Surrogate(
        in LossGroup group, int start, int end, int trained, double weight, Span<double> gradient, LossMetrics metrics);

    /// <summary>Adds the penalty of a completion's tokens to ∂L/∂ℓ.</summary>
    /// <returns>The penalty summed over its trained tokens, without the weight.</returns>
    /// <inheritdoc cref="KlPenalty.Add"/>
    protected virtual double Penalty(in LossGroup group, int start, int end, double weight, Span<double> gradient, LossMetrics metrics) =>
        Kl.Add(group, start, end, weight, gradient, metrics);
}
