using Stepwise.Judging.Trained;

namespace Stepwise.Tests.Judging.Trained;

public sealed class FirstErrorTests
{
    [Fact]
    public void Probabilities_OfHazards_AreTheirProducts()
    {
        // Hazards 1/4, 1/2 and 1/10.
        double[] probabilities = FirstError.Probabilities([Math.Log(1.0 / 3), 0, Math.Log(1.0 / 9)]);

        double[] expected = [0.25, 0.75 * 0.5, 0.75 * 0.5 * 0.1, 0.75 * 0.5 * 0.9];
        probabilities.ShouldBe(expected, 1e-15);
        probabilities.Sum().ShouldBe(1, 1e-15);
    }

    [Fact]
    public void Probabilities_OfExtremeLogits_StayFinite()
    {
        FirstError.Probabilities([-1e308, 1e308, 0]).ShouldBe([0, 1, 0, 0]);
        FirstError.Probabilities([]).ShouldBe([1]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Loss_OfALabel_IsMinusTheLogOfItsProbability(bool wrong)
    {
        double[] logits = [0.3, -1.2, 0.7];

        double loss = FirstError.Loss(logits, wrong, new double[3]);

        loss.ShouldBe(-Math.Log(FirstError.Probabilities(logits)[wrong ? 2 : 3]), 1e-12);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void LossGradient_ByEveryLogit_MatchesCentralDifferences(bool wrong)
    {
        const double Step = 1e-6;
        double[] logits = [0.3, -1.2, 0.7, 4, -5], gradient = new double[5], unused = new double[5];
        FirstError.Loss(logits, wrong, gradient);
        for (int i = 0; i < logits.Length; i++)
        {
            double[] above = [.. logits], below = [.. logits];
            above[i] += Step;
            below[i] -= Step;
            gradient[i].ShouldBe((FirstError.Loss(above, wrong, unused) - FirstError.Loss(below, wrong, unused)) / (2 * Step), 1e-8);
        }
    }

    [Fact]
    public void Loss_OfExtremeLogits_StaysFinite()
    {
        double[] gradient = new double[2];

        FirstError.Loss([-800, -800], wrong: true, gradient).ShouldBe(800);
        gradient.ShouldBe([0, -1]);
    }

    [Fact]
    public void GivenAnError_SharesOutWhatNoErrorHad()
    {
        FirstError.GivenAnError([0.1, 0.3, 0.6]).ShouldBe([0.25, 0.75, 0], 1e-15);
        FirstError.GivenAnError([0, 0, 1]).ShouldBe([0, 1, 0]);
        FirstError.GivenAnError(FirstError.Probabilities([-700, -702])).ShouldBe([1 / (1 + Math.Exp(-2)), 1 / (1 + Math.Exp(2)), 0], 1e-9);
    }
}
