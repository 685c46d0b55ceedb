using Stepwise.Methods.Losses;
using Stepwise.Metrics;
using Stepwise.Options;
using Stepwise.Policies;

namespace Stepwise.Tests.Methods.Losses;

public sealed class TrGrpoTests
{
    [Theory]
    [InlineData(0.0, 1.0)]
    [InlineData(0.25, 1.0)]
    [InlineData(0.3, 1.2212785)]
    [InlineData(0.345, 1.4)]
    [InlineData(1.0, 1.4)]
    public void Weight_Centred_RisesAroundTheCentre(double probability, double weight) => new CentredShape().Weight(probability).ShouldBe(weight, 1e-7);

    [Fact]
    public void Evaluate_Transcribed_IsGrpo()
    {
        LossCase c = LossCase.Random(3);
        KlPenalty kl = new(0.1);

        (double value, double[] gradient, _) = c.Evaluate(new TrGrpo { Shape = new TranscribedShape(), Kl = kl });

        (double expected, double[] slopes, _) = c.Evaluate(new Grpo { Kl = kl });
        value.ShouldBe(expected, 1e-15);
        gradient.ShouldBe(slopes, 1e-15);
    }

    [Fact]
    public void Evaluate_LikelyTokenOnPolicy_IsBeyondTheClipRangeWherePraised()
    {
        // π = 1/2 weighs 1.4, above 1 + ε; π = e⁻³ weighs 1.
        double half = Math.Log(0.5);
        LossCase c = new()
        {
            Offsets = [0, 2, 4], LogProbs = [half, -3, half, -3], Old = [half, -3, half, -3], Reference = [], Advantages = [1, 1, -1, -1],
            Mask = [true, true, true, true],
        };

        (double value, double[] gradient, _) = c.Evaluate(new TrGrpo());

        value.ShouldBe((-1.2 - 1 + 1.4 + 1) / 4, 1e-15);
        gradient.ShouldBe([0, -0.25, 0.35, 0.25], 1e-15);
    }

    [Fact]
    public void Evaluate_WeightHeld_GradientEqualsFiniteDifferences()
    {
        TrGrpo loss = new() { Shape = new CentredShape { LeastWeight = 1.1, MostWeight = 1.1 }, Kl = new KlPenalty(0.1) };

        Enumerable.Range(0, 20).Max(seed => LossCase.Random((ulong)seed).WorstRelativeError(loss)).ShouldBeLessThan(1e-6);
    }

    [Fact]
    public void Evaluate_WeightsThatDiffer_WeighThePenaltyToo()
    {
        // No advantage: only the penalty, of d = 1/2 by k2, at tokens of weights 1.4 and 1.
        LossCase c = new()
        {
            Offsets = [0, 2], LogProbs = [-0.5, -3], Old = [-0.5, -3], Reference = [-1, -3.5], Advantages = [0, 0], Mask = [true, true],
        };

        (double value, double[] gradient, LossMetrics metrics) = c.Evaluate(new TrGrpo { Kl = new KlPenalty(2) { Estimator = new K2() } });

        value.ShouldBe(2 * (1.4 + 1) * 0.125 / 2, 1e-15);
        gradient.ShouldBe([2 * 1.4 * 0.5 / 2, 2 * 0.5 / 2], 1e-15);
        metrics.Means.Find(KlPenalty.Kl).ShouldBe(0.125);
    }

    [Fact]
    public void Check_MostBelowLeast_IsRefused() =>
        Should.Throw<InputException>(() => OptionTree.Check(new TrGrpo { Shape = new CentredShape { MostWeight = 0.5 } })).Message
            .ShouldStartWith("mostWeight is 0.5");
}
