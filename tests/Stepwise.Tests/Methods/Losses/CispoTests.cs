using Stepwise.Methods.Losses;
using Stepwise.Metrics;
using Stepwise.Options;
using Stepwise.Policies;

namespace Stepwise.Tests.Methods.Losses;

/// <summary>The gradient is that of REINFORCE with a fixed weight: finite differences of the loss's own value would ask for more.</summary>
public sealed class CispoTests
{
    [Fact]
    public void Evaluate_HandComputed_CapsTheRatioAndKeepsTheGradient()
    {
        // Ratios 1, e^1, e^-1 and a masked token.
        LossCase c = new()
        {
            Offsets = [0, 4],
            LogProbs = [-1, -2, -3, double.NaN],
            Old = [-1, -3, -2, 0],
            Reference = [],
            Advantages = [2, 1, -1, 1],
            Mask = [true, true, true, false],
        };

        (double value, double[] gradient, LossMetrics metrics) =
            c.Evaluate(new Cispo { RatioCap = 2.0, Aggregation = new TokenMean() }, totals: new BatchTotals(1, 4, 16));

        double low = Math.Exp(-1);
        gradient.ShouldBe([-2.0 / 4, -2.0 / 4, low / 4, 0]);
        value.ShouldBe(((-2.0 * -1) + (-2.0 * -2) + (low * -3)) / 4, 1e-15);
        metrics.Means.ShouldBe([new(Cispo.CappedShare, 1 / 3.0)]);
    }

    [Fact]
    public void Evaluate_OnPolicy_HasTheGradientOfGrpo()
    {
        LossCase c = LossCase.Random(3);
        c.LogProbs.CopyTo(c.Old, 0);
        KlPenalty kl = new(0.1);
        double[] cispo = c.Evaluate(new Cispo { RatioCap = 5.0, Aggregation = new TokenMean(), Kl = kl }).Gradient;
        double[] grpo = c.Evaluate(new Grpo { Aggregation = new TokenMean(), Kl = kl }).Gradient;
        cispo.ShouldBe(grpo, 1e-15);
    }

    [Fact]
    public void Evaluate_FixedWeights_GradientEqualsFiniteDifferences()
    {
        LossCase c = LossCase.Random(4);
        Cispo loss = new() { RatioCap = 1.2 };
        c.Evaluate(loss).Metrics.Means.Find(Cispo.CappedShare).ShouldNotBeNull().ShouldBeGreaterThan(0);
        c.WorstErrorAtFixedRatios(loss).ShouldBeLessThan(1e-9);
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(-1.0)]
    public void Check_CapBelowOne_IsRefused(double cap) =>
        Should.Throw<InputException>(() => OptionTree.Check(new Cispo { RatioCap = cap })).Message.ShouldStartWith("ratioCap is");
}
