namespace Stepwise.Tests.Methods.Losses;

public sealed class KlEstimatorTests
{
    [Theory]
    [InlineData("k1", 0.5, 1.0)]
    [InlineData("k2", 0.125, 0.5)]
    [InlineData("k3", 0.10653065971263342, 0.3934693402873666)]
    public void Evaluate_HalfANatApart_HandComputed(string estimator, double value, double derivative)
    {
        (double v, double d) = CatalogParts.KlEstimator(estimator).Evaluate(0.5);
        v.ShouldBe(value, 1e-15);
        d.ShouldBe(derivative, 1e-15);
    }

    [Theory]
    [InlineData("k1")]
    [InlineData("k3")]
    public void Evaluate_ExpectedUnderThePolicy_IsTheDivergence(string estimator)
    {
        double[] policy = [0.5, 0.3, 0.2], reference = [0.2, 0.2, 0.6];
        double divergence = policy.Zip(reference, (p, r) => p * Math.Log(p / r)).Sum();

        policy.Zip(reference, (p, r) => p * CatalogParts.KlEstimator(estimator).Evaluate(Math.Log(p / r)).Value).Sum().ShouldBe(divergence, 1e-14);
    }

    [Theory]
    [InlineData("k1", 0.0)] // No pull at all.
    [InlineData("k2", 1.0)] // Exactly the divergence's gradient.
    public void Evaluate_DerivativeUnderThePolicy_IsThatShareOfTheDivergencesGradient(string estimator, double share)
    {
        // By logit j: Σ π_i·slope_i·(δ_ij − π_j), against ∂KL/∂z_j = π_j·(log(π_j/r_j) − KL).
        double[] policy = [0.5, 0.3, 0.2], reference = [0.2, 0.2, 0.6];
        double divergence = policy.Zip(reference, (p, r) => p * Math.Log(p / r)).Sum();
        for (int j = 0; j < 3; j++)
        {
            double pull = Enumerable.Range(0, 3).Sum(i =>
                policy[i] * CatalogParts.KlEstimator(estimator).Evaluate(Math.Log(policy[i] / reference[i])).Derivative * ((i == j ? 1 : 0) - policy[j]));
            pull.ShouldBe(share * policy[j] * (Math.Log(policy[j] / reference[j]) - divergence), 1e-14);
        }
    }
}
