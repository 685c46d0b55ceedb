using Stepwise.Methods.Losses;
using Stepwise.Policies;

namespace Stepwise.Tests.Methods.Losses;

public sealed class CrossEntropyTests
{
    [Fact]
    public void Evaluate_HandComputed_IsTheMeanOverTheWholeStep()
    {
        LossCase c = new()
        {
            Offsets = [0, 2, 3],
            LogProbs = [-1, double.NaN, -3],
            Old = [],
            Reference = [],
            Advantages = [],
            Mask = [true, false, true],
        };

        (double value, double[] gradient, _) = c.Evaluate(new CrossEntropy(), totals: new BatchTotals(3, 8, 16));

        value.ShouldBe(0.5);
        gradient.ShouldBe([-0.125, 0, -0.125]);
    }

    [Fact]
    public void Evaluate_RandomGroups_GradientEqualsFiniteDifferences() =>
        Enumerable.Range(0, 10).Max(seed => LossCase.Random((ulong)seed).WorstRelativeError(new CrossEntropy())).ShouldBeLessThan(1e-6);

    [Fact]
    public void Evaluate_NoTrainedToken_IsZero()
    {
        LossCase c = LossCase.Random(1);
        Array.Clear(c.Mask);
        c.Evaluate(new CrossEntropy()).Loss.ShouldBe(0.0);
    }
}
