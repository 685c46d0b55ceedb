using Stepwise.Methods.Losses;
using Stepwise.Policies;

namespace Stepwise.Tests.Methods.Losses;

public sealed class PolicyGradientTests
{
    [Fact]
    public void Evaluate_HandComputed_ReadsNoOldLogProbability()
    {
        LossCase c = new()
        {
            Offsets = [0, 2, 4],
            LogProbs = [-1, -2, -3, double.NaN],
            Old = [double.NaN, double.NaN, double.NaN, double.NaN],
            Reference = [],
            Advantages = [2, 0, -1, 1],
            Mask = [true, true, true, false],
        };

        (double value, double[] gradient, _) = c.Evaluate(new PolicyGradient { Aggregation = new TokenMean() }, totals: new BatchTotals(2, 4, 16));

        value.ShouldBe(((-2.0 * -1) + (1 * -3)) / 4, 1e-15);
        gradient.ShouldBe([-2.0 / 4, 0, 1.0 / 4, 0]);
    }

    [Fact]
    public void Evaluate_Gradient_EqualsFiniteDifferences()
    {
        LossCase c = LossCase.Random(12);
        PolicyGradient loss = new() { Kl = new KlPenalty(0.1) };
        double[] gradient = c.Evaluate(loss).Gradient;
        for (int t = 0; t < gradient.Length; t++)
        {
            const double step = 1e-5;
            double[] up = [.. c.LogProbs], down = [.. c.LogProbs];
            up[t] += step;
            down[t] -= step;
            ((c.Evaluate(loss, up).Loss - c.Evaluate(loss, down).Loss) / (2 * step)).ShouldBe(gradient[t], 1e-8);
        }
    }
}
