using Stepwise.Metrics;
using Stepwise.Options;
using Stepwise.Policies;

namespace Stepwise.Methods.Losses;

/// <summary>
/// Keeps a policy near the one that sampled: β/2 · max(K − δ, 0)², with K the mean over the trained tokens of the optimizer step of the estimate of
/// KL(π_old‖π) (<see cref="Disco"/>).
/// </summary>
public sealed record TrustRegion
{
    /// <summary>K of the optimizer step.</summary>
    [Metric("mean over the trained tokens of the estimate of the divergence from the policy that sampled", Name = "trustDivergence", Unit = "nats",
        Reading = "0 while the policy is the one that sampled; above method.trustRadius it is pulled back.")]
    public static Metric OfStep { get; } = Metric.Of<TrustRegion>();

    /// <summary>β, at least 0.</summary>
    [Key("weight of the squared divergence beyond the radius", Name = "trustWeight", Low = 0, High = 1e9)]
    public double Weight { get; init; } = 1e3;

    /// <summary>δ, at least 0.</summary>
    [Key("divergence from the policy that sampled that costs nothing", Name = "trustRadius", Unit = "nats", Low = 0, High = 1e6)]
    public double Radius { get; init; } = 1e-4;

    /// <summary>How KL(π_old‖π) is estimated, of d = ℓ_old − ℓ.</summary>
    [Part<KlEstimatorCatalog>("trustEstimator", "estimate of the divergence from the policy that sampled")]
    public IKlEstimator Estimator { get; init; } = new K1();

    /// <summary>A group's share of K, and a multiple of its derivative by ℓ.</summary>
    /// <param name="group">The group.</param>
    /// <param name="slope">The multiple.</param>
    /// <param name="gradient">It is added to these; [N], or empty where the multiple is 0.</param>
    internal double Divergence(in LossGroup group, double slope, Span<double> gradient)
    {
        double sum = 0.0;
        for (int t = 0; t < group.Mask.Length; t++)
        {
            if (group.Mask[t])
            {
                (double value, double derivative) = Estimator.Evaluate(group.OldLogProbs[t] - group.LogProbs[t]);
                sum += value / group.Totals.Tokens;
                if (slope != 0.0)
                {
                    gradient[t] -= slope * derivative / group.Totals.Tokens;
                }
            }
        }

        return sum;
    }

    /// <summary>Adds a group's share of the penalty to the gradient.</summary>
    /// <param name="group">The group.</param>
    /// <param name="excess">max(K − δ, 0) of the optimizer step.</param>
    /// <param name="gradient">∂L/∂ℓ; [N].</param>
    /// <param name="metrics">Receives K.</param>
    /// <returns>The share, by the group's tokens.</returns>
    internal double Add(in LossGroup group, double excess, Span<double> gradient, LossMetrics metrics)
    {
        int trained = group.Mask.Count(value: true);
        metrics.Add(OfStep, Divergence(group, Weight * excess, gradient) * group.Totals.Tokens, trained);
        return Weight / 2.0 * excess * excess * trained / group.Totals.Tokens;
    }
}
