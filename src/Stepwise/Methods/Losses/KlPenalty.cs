using Stepwise.Metrics;
using Stepwise.Options;
using Stepwise.Policies;

namespace Stepwise.Methods.Losses;

/// <summary>A penalty on leaving the reference policy: coefficient · estimate per token.</summary>
/// <param name="Coefficient">β, at least 0; in loss per nat. 0 for no penalty: then no reference policy is needed.</param>
public sealed record KlPenalty(
    [property: Key("weight of the KL penalty; 0 needs no reference policy", Name = "klCoefficient", Low = 0, High = 1e6)]
    double Coefficient) : IRemarks
{
    /// <summary>How the divergence is estimated.</summary>
    [Part<KlEstimatorCatalog>("klEstimator", "estimate of the KL divergence")]
    public IKlEstimator Estimator { get; init; } = new K3();

    /// <summary>
    /// Whether the estimate is multiplied by the token's ratio ρ, which corrects it for samples of the old policy (DeepSeek-V3.2).
    /// </summary>
    [Key("multiply the KL estimate by the importance ratio", Name = "klWeighted")]
    public bool Weighted { get; init; }

    /// <summary>No penalty.</summary>
    public static KlPenalty None { get; } = new(0.0);

    /// <summary>Mean of the estimate over the trained tokens, in nats; of a loss without a penalty there is none.</summary>
    [Metric("mean over the trained tokens of the KL estimate to the reference policy", Unit = "nats",
        Reading = "It rises as the policy leaves the reference policy; a higher klCoefficient holds it back. By estimator k1 it may be below 0.")]
    public static Metric Kl { get; } = Metric.Of<KlPenalty>();

    /// <inheritdoc/>
    public IEnumerable<(string Property, string Remark)> Remarks() => Coefficient > 0.0
        ? []
        : new[] { nameof(Estimator), nameof(Weighted) }.Select(property => (property, " has no effect while method.klCoefficient is 0"));

    /// <summary>Adds a completion's penalty to the gradient.</summary>
    /// <param name="group">The group.</param>
    /// <param name="start">The completion's first token.</param>
    /// <param name="end">The token after its last.</param>
    /// <param name="weight">The completion's weight of a token.</param>
    /// <param name="gradient">∂L/∂ℓ per token of the group; [N].</param>
    /// <param name="metrics">Receives the sum of the estimates.</param>
    /// <returns>The penalty summed over the completion's trained tokens, without the weight.</returns>
    internal double Add(in LossGroup group, int start, int end, double weight, Span<double> gradient, LossMetrics metrics)
    {
        double sum = 0.0;
        int trained = 0;
        for (int t = start; t < end; t++)
        {
            if (group.Mask[t])
            {
                (double value, double slope) = Estimator.Evaluate(group.LogProbs[t] - group.ReferenceLogProbs[t]);
                double ratio = Weighted ? Math.Exp(group.LogProbs[t] - group.OldLogProbs[t]) : 1.0;
                slope = ratio * (Weighted ? slope + value : slope);
                sum += ratio * value;
                trained++;
                gradient[t] += weight * Coefficient * slope;
            }
        }

        metrics.Add(Kl, sum, trained);
        return Coefficient * sum;
    }
}
