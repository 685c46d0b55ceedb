using Stepwise.Comparisons;
using Stepwise.Evaluation;
using Stepwise.Statistics;

namespace Stepwise.Tests.Comparisons;

public sealed class ComparisonTests
{
    // t of two degrees of freedom at 95 % is 4.302653; the differences 0.3, 0.2, 0.4 have s = 0.1.
    private const double Half = 4.302653 * 0.1 / 1.7320508;

    [Fact]
    public void Points_ThreeSeeds_GivesTheHandComputedNumbers()
    {
        IReadOnlyList<ComparisonPoint> points = Comparison.Points(
            ["a", "b"],
            [Run("b", 3, 0.7), Run("a", 1, 0.1), Run("b", 1, 0.4), Run("a", 2, 0.2), Run("b", 2, 0.4), Run("a", 3, 0.3)]);

        points.Select(p => p.Variant).ShouldBe(["a", "b"]);
        points[0].Mean.ShouldBe(0.2, 1e-12);
        points[0].Deviation.ShouldBe(0.1, 1e-12);
        points[0].Difference.ShouldBeNull();
        points[1].Runs.ShouldBe(3);
        points[1].Mean.ShouldBe(0.5, 1e-12);
        points[1].Lowest.ShouldBe(0.4);
        points[1].Highest.ShouldBe(0.7);
        points[1].Deviation.ShouldBe(Math.Sqrt(0.03), 1e-12);
        Interval difference = points[1].Difference!.Value;
        difference.Estimate.ShouldBe(0.3, 1e-12);
        difference.Low.ShouldBe(0.3 - Half, 1e-6);
        difference.High.ShouldBe(0.3 + Half, 1e-6);
    }

    [Fact]
    public void Points_SeedsOfOneVariantMissing_PairsOnlyWhatBothHave()
    {
        IReadOnlyList<ComparisonPoint> points = Comparison.Points(
            ["a", "b"], [Run("a", 1, 0.1), Run("a", 2, 0.5), Run("b", 2, 0.8), Run("b", 3, 0.2)]);

        points[1].Mean.ShouldBe(0.5, 1e-12);
        points[1].Difference!.Value.Estimate.ShouldBe(0.3, 1e-12);
        points[1].Difference!.Value.Low.ShouldBe(double.NaN);
    }

    [Fact]
    public void Points_NoPair_HasNoDifference() =>
        Comparison.Points(["a", "b"], [Run("a", 1, 0.1), Run("b", 2, 0.8)])[1].Difference.ShouldBeNull();

    [Fact]
    public void Points_SeveralSteps_AscendAndLeaveOutWhatWasNotMeasured()
    {
        IReadOnlyList<ComparisonPoint> points = Comparison.Points(["a", "b"], [Run("b", 1, 0.1, 0.2), Run("a", 1, 0.3)]);

        points.Select(p => (p.At, p.Variant)).ShouldBe([(0, "a"), (0, "b"), (10, "b")]);
        points[2].Difference.ShouldBeNull();
    }

    [Theory]
    [InlineData(0.5, 20)]
    [InlineData(0.51, 30)]
    [InlineData(0.0, 0)]
    [InlineData(0.9, null)]
    public void FirstAt_Level_IsTheFirstEvaluationAtOrAbove(double level, int? steps) =>
        (Run("a", 1, 0.0, 0.4, 0.5, 0.8, 0.3).FirstAt(level)?.Step).ShouldBe(steps);

    [Theory]
    [InlineData(0, 0.1)]
    [InlineData(500, 0.25)]
    [InlineData(1_000, 0.4)]
    [InlineData(1_750, 0.7)]
    [InlineData(2_000, 0.8)]
    [InlineData(9_000, 0.8)]
    public void SolveRateAfter_Tokens_IsOnTheLineBetweenEvaluationsAndStaysAtTheEnd(long tokens, double rate) =>
        Run("a", 1, 0.1, 0.4, 0.8).SolveRateAfter(tokens).ShouldBe(rate, 1e-12);

    [Fact]
    public void PointsByTokens_RunsOfDifferentLength_AreComparedAtTheSameTokens()
    {
        IReadOnlyList<ComparisonPoint> points = Comparison.PointsByTokens(["a", "b"], [Run("a", 1, 0.1, 0.3), Run("b", 1, 0.1, 0.2, 0.6)], [1_500]);

        points.Select(p => (p.At, p.Variant, Math.Round(p.Mean, 12))).ShouldBe([(1_500, "a", 0.3), (1_500, "b", 0.4)]);
        points[1].Difference!.Value.Estimate.ShouldBe(0.1, 1e-12);
    }

    /// <summary>A run with these solve rates after 0, 10, 20 … steps.</summary>
    private static ComparedRun Run(string variant, ulong seed, params double[] rates) =>
        new(variant, seed, 1, [.. rates.Select((rate, i) => new ComparedEvaluation(10 * i, 1_000 * i, Result(rate)))]);

    private static EvaluationResult Result(double rate) =>
        new(
            8, 4, new(rate, 0, 1), new(rate, 0, 1), AllNegativeShare: null, MeanCompletionTokens: 10, TruncatedShare: 0,
            UndecidedShare: 0);
}
