using Stepwise.Methods;
using Stepwise.Methods.Losses;
using Stepwise.Options;
using Stepwise.Policies;

namespace Stepwise.Tests.Methods.Losses;

public sealed class GrpoTests
{
    public static TheoryData<string, string?> Parts()
    {
        TheoryData<string, string?> data = [];
        foreach (PartEntry aggregation in AggregationCatalog.Entries)
        {
            data.Add(aggregation.Name, null);
            foreach (PartEntry estimator in KlEstimatorCatalog.Entries)
            {
                data.Add(aggregation.Name, estimator.Name);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Parts))]
    public void Evaluate_RandomGroups_GradientEqualsFiniteDifferences(string aggregation, string? estimator)
    {
        KlPenalty kl = estimator is null ? KlPenalty.None : new(0.5) { Estimator = CatalogParts.KlEstimator(estimator) };
        Grpo loss = new() { ClipHigh = 0.3, Aggregation = CatalogParts.Aggregation(aggregation), Kl = kl };
        double worst = Enumerable.Range(0, 20).Max(seed => LossCase.Random((ulong)seed).WorstRelativeError(loss));
        TestContext.Current.SendDiagnosticMessage($"{aggregation} {estimator}: worst relative error {worst:e1}");
        worst.ShouldBeLessThan(1e-6);
    }

    [Fact]
    public void Evaluate_EveryFurtherSetting_GradientEqualsFiniteDifferences()
    {
        KlPenalty kl = new(0.5) { Weighted = true };
        ClippedLoss[] losses =
        [
            new Grpo { ClipLow = 0.1, ClipHigh = 0.15, RatioCap = 1.3, OffPolicyThreshold = 0.1, Kl = kl },
            new Gspo { ClipLow = 0.1, ClipHigh = 0.15, RatioCap = 1.3, OffPolicyThreshold = 0.1, Kl = kl },
        ];
        foreach (ClippedLoss loss in losses)
        {
            Enumerable.Range(0, 20).Max(seed => LossCase.Random((ulong)seed).WorstRelativeError(loss)).ShouldBeLessThan(1e-6);
        }
    }

    [Fact]
    public void Evaluate_HandComputed_ClipsBothSides()
    {
        // Ratios 2 and 1/2 with advantages of both signs, ε 0.2: only (2, +) and (1/2, −) are clipped.
        double ln2 = Math.Log(2);
        LossCase c = new()
        {
            Offsets = [0, 2, 4],
            LogProbs = [ln2 - 3, -ln2 - 3, ln2 - 3, -ln2 - 3],
            Old = [-3, -3, -3, -3],
            Reference = [],
            Advantages = [1, 1, -1, -1],
            Mask = [true, true, true, true],
        };

        (double value, double[] gradient, LossMetrics metrics) = c.Evaluate(new Grpo { Aggregation = new TokenMean() });

        value.ShouldBe((-1.2 - 0.5 + 2.0 + 0.8) / 4, 1e-15);
        gradient.ShouldBe([0, -0.125, 0.5, 0], 1e-15);
        metrics.Means.ShouldBe([new(ClippedLoss.ClippedLowShare, 1 / 4.0), new(ClippedLoss.ClippedHighShare, 1 / 4.0)]);
    }

    [Theory]
    [InlineData("token-mean", 1 / 4.0, 1 / 4.0)]
    [InlineData("sequence-mean", 1 / 2.0, 1 / 6.0)]
    [InlineData("constant-length", 1 / 20.0, 1 / 20.0)]
    public void Evaluate_OnPolicy_GradientIsMinusAdvantageTimesTokenFactor(string aggregation, double first, double second)
    {
        LossCase c = new()
        {
            Offsets = [0, 1, 4],
            LogProbs = [-1, -1, -1, -1],
            Old = [-1, -1, -1, -1],
            Reference = [],
            Advantages = [2, -1, -1, -1],
            Mask = [true, true, true, true],
            MaxCompletionTokens = 10,
        };

        double[] gradient = c.Evaluate(new Grpo { Aggregation = CatalogParts.Aggregation(aggregation) }).Gradient;

        gradient.ShouldBe([-2 * first, second, second, second], 1e-15);
    }

    [Fact]
    public void Evaluate_MaskedTokens_AreNeitherReadNorCounted()
    {
        LossCase whole = LossCase.Random(3);
        Grpo loss = new() { Aggregation = new SequenceMean(), Kl = new KlPenalty(0.1) };
        (double expected, double[] gradient, _) = whole.Evaluate(loss);

        double[] poisoned = [.. whole.LogProbs.Select((l, t) => whole.Mask[t] ? l : double.NaN)];
        (double value, double[] same, _) = whole.Evaluate(loss, poisoned);

        value.ShouldBe(expected);
        same.ShouldBe(gradient);
        whole.Mask.Zip(gradient).Where(x => !x.First).ShouldAllBe(x => x.Second == 0.0);
    }

    [Fact]
    public void Evaluate_GroupCutInTwo_SharesAddUpToTheWhole()
    {
        LossCase whole = LossCase.Random(5);
        BatchTotals totals = new(4, whole.Mask.Count(m => m), 16);
        LossCase Part(int from, int to)
        {
            int start = whole.Offsets[from], end = whole.Offsets[to];
            return new LossCase
            {
                Offsets = [.. whole.Offsets[from..(to + 1)].Select(o => o - start)],
                LogProbs = whole.LogProbs[start..end],
                Old = whole.Old[start..end],
                Reference = whole.Reference[start..end],
                Advantages = whole.Advantages[start..end],
                Mask = whole.Mask[start..end],
            };
        }

        foreach (IAggregation aggregation in AggregationCatalog.Entries.Select(entry => (IAggregation)entry.Part))
        {
            Grpo loss = new() { Aggregation = aggregation, Kl = new KlPenalty(0.1) { Estimator = new K2() } };
            (double value, double[] gradient, _) = whole.Evaluate(loss, totals: totals);
            (double one, double[] first, _) = Part(0, 2).Evaluate(loss, totals: totals);
            (double two, double[] second, _) = Part(2, 4).Evaluate(loss, totals: totals);

            (one + two).ShouldBe(value, 1e-15);
            first.Concat(second).ShouldBe(gradient);
        }
    }

    [Fact]
    public void Evaluate_NoTrainedToken_IsZero()
    {
        LossCase c = LossCase.Random(1);
        Array.Clear(c.Mask);

        (double value, double[] gradient, LossMetrics metrics) = c.Evaluate(new Grpo { Aggregation = new TokenMean() });

        value.ShouldBe(0.0);
        gradient.ShouldAllBe(g => g == 0.0);
        metrics.Means.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(double.NegativeInfinity, -1.0, 1.0, 0.0, 0.0)] // A token that became impossible: ratio 0.
    [InlineData(double.NegativeInfinity, -1.0, -1.0, 0.8, 0.0)] // Clipped from below.
    [InlineData(-1.0, double.NegativeInfinity, 1.0, -1.2, 0.0)] // Ratio infinite, clipped from above.
    [InlineData(-1.0, double.NegativeInfinity, -1.0, double.PositiveInfinity, double.PositiveInfinity)]
    [InlineData(double.NaN, -1.0, 1.0, double.NaN, double.NaN)]
    [InlineData(-1.0, -1.0, double.NaN, double.NaN, double.NaN)]
    [InlineData(-1.0, double.NegativeInfinity, 0.0, 0.0, 0.0)] // No advantage, no surrogate.
    public void Evaluate_SpecialValues_FollowTheDocumentation(double current, double old, double advantage, double loss, double gradient)
    {
        LossCase c = new()
        {
            Offsets = [0, 1],
            LogProbs = [current],
            Old = [old],
            Reference = [],
            Advantages = [advantage],
            Mask = [true],
        };

        (double value, double[] slope, _) = c.Evaluate(new Grpo { Aggregation = new TokenMean() });

        value.ShouldBe(loss);
        slope[0].ShouldBe(gradient);
    }

    [Theory]
    [InlineData(5.0, -1.0, 3.0, 0.0)] // Dual clip: −cA at most.
    [InlineData(2.5, -1.0, 2.5, 2.5)]
    [InlineData(5.0, 1.0, -1.2, 0.0)]
    public void Evaluate_RatioCap_IsTheDualClip(double ratio, double advantage, double loss, double gradient)
    {
        LossCase c = new() { Offsets = [0, 1], LogProbs = [-1], Old = [-1 - Math.Log(ratio)], Reference = [], Advantages = [advantage], Mask = [true] };

        (double value, double[] slope, _) = c.Evaluate(new Grpo { RatioCap = 3 });

        value.ShouldBe(loss, 1e-14);
        slope[0].ShouldBe(gradient, 1e-14);
    }

    [Fact]
    public void NeedsReference_OnlyWithAPenalty()
    {
        new Grpo { Aggregation = new TokenMean() }.Needs.ShouldBe(LossNeeds.None);
        new Grpo { Aggregation = new TokenMean(), Kl = new KlPenalty(0.1) }.Needs.ShouldBe(LossNeeds.Reference);
    }
}
