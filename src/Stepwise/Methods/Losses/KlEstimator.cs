
namespace Stepwise.Methods.Losses;

/// <summary>
/// Estimates of KL(π‖π_ref) from one sampled token, with d = ℓ − ℓ_ref. All are unbiased in value except <see cref="K2"/>; as a loss they
/// differ in their gradient.
/// </summary>
/// <remarks>Source: J. Schulman, "Approximating KL Divergence" (2020).</remarks>
public enum KlEstimator
{
    /// <summary>d. Its gradient is 1 for every token, which is 0 in expectation: as a loss it measures but does not pull back.</summary>
    K1,

    /// <summary>d²/2. Biased in value; its gradient d is, on-policy, the gradient of the KL divergence.</summary>
    K2,

    /// <summary>e⁻ᵈ + d − 1, never negative; GRPO's estimate.</summary>
    K3,
}

/// <summary>The formulas of <see cref="KlEstimator"/>.</summary>
public static class KlEstimatorFormulas
{
    /// <summary>The estimate at one token and its derivative by ℓ.</summary>
    /// <param name="estimator">Which estimate.</param>
    /// <param name="logProb">ℓ, the trainer log-probability, in nats.</param>
    /// <param name="referenceLogProb">ℓ_ref, the reference policy's log-probability, in nats.</param>
    /// <returns>Value in nats, and ∂value/∂ℓ. NaN and infinities propagate.</returns>
    public static (double Value, double Derivative) Evaluate(
        this KlEstimator estimator, double logProb, double referenceLogProb)
    {
        double d = logProb - referenceLogProb;
        return estimator switch
        {
            KlEstimator.K1 => (d, 1.0),
            KlEstimator.K2 => (0.5 * d * d, d),
            KlEstimator.K3 => (Math.Exp(-d) + d - 1.0, 1.0 - Math.Exp(-d)),
            _ => throw new ArgumentOutOfRangeException(nameof(estimator), estimator, message: null),
        };
    }
}
