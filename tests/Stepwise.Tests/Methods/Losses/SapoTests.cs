using Stepwise.Methods.Losses;
using Stepwise.Policies;

namespace Stepwise.Tests.Methods.Losses;

public sealed class SapoTests
{
    [Fact]
    public void Evaluate_HandComputed_GatesTheRatio()
    {
        // Ratios 1 and e, one advantage of each sign.
        LossCase c = new()
        {
            Offsets = [0, 2], LogProbs = [-1, -2], Old = [-1, -3], Reference = [], Advantages = [2, -1], Mask = [true, true],
        };

        (double value, double[] gradient, _) = c.Evaluate(new Sapo { TemperatureNegative = 2 }, totals: new BatchTotals(1, 2, 16));

        double gate = 1 / (1 + Math.Exp(-2 * (Math.E - 1)));
        value.ShouldBe(((-4 * 0.5 * 2) + (4 / 2.0 * gate)) / 2, 1e-15);
        gradient.ShouldBe([-2.0 / 2, 4 * gate * (1 - gate) * Math.E / 2], 1e-15);
    }

    [Fact]
    public void Evaluate_AnyRatio_GradientEqualsFiniteDifferences()
    {
        LossCase c = LossCase.Random(5);
        Sapo loss = new() { Kl = new KlPenalty(0.1) };
        double[] gradient = c.Evaluate(loss).Gradient;
        for (int t = 0; t < gradient.Length; t++)
        {
            const double step = 1e-5;
            double[] up = [.. c.LogProbs], down = [.. c.LogProbs];
            up[t] += step;
            down[t] -= step;
            gradient[t].ShouldBe((c.Evaluate(loss, up).Loss - c.Evaluate(loss, down).Loss) / (2 * step), 1e-8);
        }
    }
}
