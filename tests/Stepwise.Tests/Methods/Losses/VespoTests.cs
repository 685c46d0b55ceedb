using Stepwise.Methods.Losses;

namespace Stepwise.Tests.Methods.Losses;

public sealed class VespoTests
{
    [Fact]
    public void Evaluate_HandComputed_WeighsByTheRatioOfTheCompletion()
    {
        // Log-ratios ln 2 and −ln 4, so ρ = 1/2; the last token is masked.
        LossCase c = new()
        {
            Offsets = [0, 3],
            LogProbs = [Math.Log(2) - 2, -Math.Log(4) - 1, double.NaN],
            Old = [-2, -1, 0],
            Reference = [],
            Advantages = [1, -2, 1],
            Mask = [true, true, false],
        };

        (double value, double[] gradient, _) = c.Evaluate(new Vespo { Aggregation = new TokenMean() });

        double positive = 0.25 * Math.Exp(3 * 0.5), negative = 0.125 * Math.Exp(2 * 0.5);
        gradient.ShouldBe([-positive / 2, 2 * negative / 2, 0], 1e-15);
        value.ShouldBe(((-positive * c.LogProbs[0]) + (2 * negative * c.LogProbs[1])) / 2, 1e-15);
    }

    [Fact]
    public void Evaluate_FixedWeights_GradientEqualsFiniteDifferences() =>
        Enumerable.Range(0, 10).Max(seed => LossCase.Random((ulong)seed).WorstErrorAtFixedRatios(new Vespo { Kl = new KlPenalty(0) })).ShouldBeLessThan(1e-9);

    [Theory]
    [InlineData(1e4)]
    [InlineData(-1e4)]
    public void Evaluate_RatioFarAway_GradientVanishes(double logRatio)
    {
        LossCase c = new() { Offsets = [0, 1], LogProbs = [-1], Old = [-1 - logRatio], Reference = [], Advantages = [1], Mask = [true] };

        Math.Abs(c.Evaluate(new Vespo()).Gradient[0]).ShouldBeLessThan(1e-14);
    }
}
