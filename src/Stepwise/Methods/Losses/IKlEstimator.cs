namespace Stepwise.Methods.Losses;

/// <summary>
/// Estimates of KL(π‖π_ref) from one sampled token, with d = ℓ − ℓ_ref. All are unbiased in value except <see cref="K2"/>; as a loss they
/// differ in their gradient.
/// </summary>
/// <remarks>Source: J. Schulman, "Approximating KL Divergence" (2020).</remarks>
public interface IKlEstimator
{
    /// <summary>The estimate at one token and its derivative by ℓ.</summary>
    /// <param name="difference">d, the trainer log-probability less the reference policy's, in nats.</param>
    /// <returns>Value in nats, and ∂value/∂ℓ. NaN and infinities propagate.</returns>
    (double Value, double Derivative) Evaluate(double difference);
}
