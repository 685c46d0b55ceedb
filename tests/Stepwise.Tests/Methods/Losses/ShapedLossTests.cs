using Stepwise.Methods.Losses;
using Stepwise.Policies;

namespace Stepwise.Tests.Methods.Losses;

public sealed class ShapedLossTests
{
    private static readonly ShapedLoss Loss = new() { Aggregation = new TokenMean() };

    [Fact]
    public void Evaluate_HandComputed_ShapesWhatWasDrawnUnderAnotherPromptAndClipsTheRest()
    {
        // γ = 1 unless prepared. Drawn elsewhere: ρ = 1/3 with A = 2, f = 1/4, and ρ = 3 with A = −1, f = 3/4. Here: ρ = 2 with A = 1 is clipped at 1.2.
        LossCase c = new()
        {
            Offsets = [0, 0, 2, 3], LogProbs = [-2, -1, -1], Old = [-2 + Math.Log(3), -1 - Math.Log(3), -1 - Math.Log(2)], Reference = [],
            Advantages = [2, -1, 1], Mask = [true, true, true],
        };

        (double value, double[] gradient, LossMetrics metrics) = Evaluate(c, Loss, [false, true, false]);

        value.ShouldBe((-0.5 + 0.75 - 1.2) / 3, 1e-15);
        gradient.ShouldBe([-2 * 0.25 * 0.75 / 3, 0.75 * 0.25 / 3, 0], 1e-15);
        metrics.Means.Single(m => m.Metric == ShapedLoss.OffPolicyShare).Value.ShouldBe(2.0 / 3);
        metrics.Means.Single(m => m.Metric == ShapedLoss.ShapingGamma).Value.ShouldBe(1);
    }

    [Theory]
    // Ratios 1, 2, 4 of the two trained tokens and the one of another sequence; the masked one and the on-policy one do not count.
    [InlineData(0, 1)]
    [InlineData(0.5, 2)]
    [InlineData(0.9, 3.6)]
    [InlineData(1, 4)]
    public void Prepare_Quantile_IsOfTheTrainedOffPolicyTokensOfTheStep(double quantile, double gamma)
    {
        TrainingGroup off = new([1], [Sequence(offPolicy: true, masked: 2), Sequence(offPolicy: true)]), on = new([1], [Sequence(offPolicy: false)]);
        float log2 = MathF.Log(2);
        ILoss prepared = (Loss with { ShapingQuantile = quantile }).Prepare(
            new([off, on], new(3, 5, 8)), [[[0, log2, 9], [2 * log2]], [[5]]]);

        LossCase c = new() { Offsets = [0, 1], LogProbs = [0], Old = [0], Reference = [], Advantages = [1], Mask = [true] };
        (double value, _, _) = Evaluate(c, prepared, [true]);

        value.ShouldBe(-1 / (1 + gamma), 1e-6);
    }

    [Fact]
    public void Prepare_NoOffPolicyTokens_ChangesNothing() =>
        Loss.Prepare(new([new([1], [Sequence(offPolicy: false)])], new(1, 1, 8)), [[[0]]]).ShouldBeSameAs(Loss);

    [Fact]
    public void Evaluate_AnyRatio_GradientEqualsFiniteDifferences()
    {
        LossCase c = LossCase.Random(5);
        bool[] off = [true, false, true, true];
        double[] gradient = Evaluate(c, Loss, off).Gradient;
        for (int t = 0; t < gradient.Length; t++)
        {
            const double step = 1e-5;
            double[] up = [.. c.LogProbs], down = [.. c.LogProbs];
            up[t] += step;
            down[t] -= step;
            gradient[t].ShouldBe((Evaluate(c, Loss, off, up).Loss - Evaluate(c, Loss, off, down).Loss) / (2 * step), 1e-8);
        }
    }

    [Theory]
    [InlineData(double.NegativeInfinity, 0)]
    [InlineData(double.PositiveInfinity, 1)]
    public void Evaluate_RatioAtItsEnds_HasNoGradient(double logRatio, double shaped)
    {
        LossCase c = new() { Offsets = [0, 1], LogProbs = [logRatio < 0 ? logRatio : 0], Old = [logRatio < 0 ? 0 : -logRatio], Reference = [], Advantages = [1], Mask = [true] };

        (double value, double[] gradient, _) = Evaluate(c, Loss, [true]);

        (value, gradient[0]).ShouldBe((-shaped, 0));
    }

    private static TrainingSequence Sequence(bool offPolicy, int masked = -1) => new(
        new int[masked < 0 ? 1 : 3], new double[masked < 0 ? 1 : 3], [.. Enumerable.Range(0, masked < 0 ? 1 : 3).Select(t => t != masked)],
        new float[masked < 0 ? 1 : 3])
    {
        Facts = new(0, Correct: false, offPolicy, 0),
    };

    private static (double Loss, double[] Gradient, LossMetrics Metrics) Evaluate(LossCase c, ILoss loss, bool[] offPolicy, double[]? logProbs = null)
    {
        double[] gradient = new double[c.LogProbs.Length];
        LossMetrics metrics = new();
        LossGroup group = new()
        {
            Offsets = c.Offsets, LogProbs = logProbs ?? c.LogProbs, OldLogProbs = c.Old, Advantages = c.Advantages, Mask = c.Mask,
            Facts = [.. offPolicy.Select(off => new SequenceFacts(0, Correct: false, off, 0))],
            Totals = new(offPolicy.Length, c.Mask.Count(m => m), 16),
        };
        return (loss.Evaluate(group, gradient, metrics), gradient, metrics);
    }
}
