using Stepwise.Methods;
using Stepwise.Methods.Losses;
using Stepwise.Policies;

namespace Stepwise.Tests.Methods.Losses;

public sealed class GspoTests
{
    /// <summary>Two completions of which the first has log-ratios 0.2 and −0.1, so ρ = e^0.05, and the second stayed.</summary>
    private static readonly LossCase Case = new()
    {
        Offsets = [0, 2, 5],
        LogProbs = [-0.8, -1.1, -1, -1, -1],
        Old = [-1, -1, -1, -1, -1],
        Reference = [],
        Advantages = [2, -1, -1, -1, -1],
        Mask = [true, true, true, true, true],
    };

    [Fact]
    public void Evaluate_TokenForm_EachTokenFollowsItsOwnAdvantage()
    {
        double ratio = Math.Exp(0.05);

        (double value, double[] own, _) = Case.Evaluate(new Gspo { TokenForm = true });
        (double same, double[] shared, _) = Case.Evaluate(new Gspo());

        // The weight of a token is 1 / (2 · 2), then 1 / (2 · 3).
        own.ShouldBe([-2 * ratio / 4, ratio / 4, 1 / 6.0, 1 / 6.0, 1 / 6.0], 1e-15);
        shared.ShouldBe([-0.5 * ratio / 4, -0.5 * ratio / 4, 1 / 6.0, 1 / 6.0, 1 / 6.0], 1e-15);
        value.ShouldBe(same);
    }

    [Fact]
    public void Evaluate_TokenFormWithOneAdvantagePerCompletion_IsTheSequenceForm()
    {
        LossCase c = LossCase.Random(11);
        Array.Fill(c.Advantages, 0.7);
        Array.Fill(c.Advantages, -0.4, 5, 7);

        c.Evaluate(new Gspo { TokenForm = true }).Gradient.ShouldBe(c.Evaluate(new Gspo()).Gradient, 1e-15);
    }

    [Fact]
    public void Evaluate_Luspo_MultipliesACompletionsTermByItsLength()
    {
        ILoss luspo = MethodCatalog.Find("luspo").Loss;

        (double value, double[] gradient, _) = Case.Evaluate(luspo);

        // (2 + (−1))/2 of the first completion and −1 of the second, times lengths 2 and 3, over 2 completions.
        double ratio = Math.Exp(0.05);
        value.ShouldBe(((2 * -0.5 * ratio) + (3 * 1)) / 2, 1e-15);
        gradient.ShouldBe([-0.5 * ratio / 2, -0.5 * ratio / 2, 0.5, 0.5, 0.5], 1e-15);
        Enumerable.Range(0, 10).Max(seed => LossCase.Random((ulong)seed).WorstRelativeError(luspo)).ShouldBeLessThan(1e-6);
    }
}
