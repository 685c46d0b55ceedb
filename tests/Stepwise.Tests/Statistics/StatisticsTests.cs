using System.Numerics;
using Stepwise.Statistics;

namespace Stepwise.Tests.Statistics;

public sealed class StatisticsTests
{
    [Theory]
    [InlineData(1, 12.706204736174694)]
    [InlineData(2, 4.302652729749462)]
    [InlineData(4, 2.776445105197798)]
    [InlineData(9, 2.262157162798205)]
    [InlineData(30, 2.042272456301236)]
    [InlineData(1000, 1.962339080826408)]
    public void Critical_95Percent_IsThePublishedTable(int degreesOfFreedom, double expected) =>
        StudentT.Critical(degreesOfFreedom).ShouldBe(expected, 1e-9 * expected);

    [Fact]
    public void TwoSidedTail_OneAndTwoDegrees_IsTheClosedForm()
    {
        for (double t = 0; t < 30; t += 0.37)
        {
            StudentT.TwoSidedTail(t, 1).ShouldBe(1 - (2 / Math.PI * Math.Atan(t)), 1e-12);
            StudentT.TwoSidedTail(t, 2).ShouldBe(1 - (t / Math.Sqrt(2 + (t * t))), 1e-12);
        }
    }

    [Fact]
    public void Critical_BadArguments_AreRefused()
    {
        Should.Throw<ArgumentOutOfRangeException>(() => StudentT.Critical(0));
        Should.Throw<ArgumentOutOfRangeException>(() => StudentT.Critical(3, 1));
        Should.Throw<ArgumentOutOfRangeException>(() => StudentT.Critical(3, double.NaN));
    }

    [Fact]
    public void MeanInterval_HandComputed()
    {
        // Mean 3, deviations ±2, ±1, 0: s = √2.5, s/√5 = √0.5.
        Interval interval = Means.MeanInterval([1, 2, 3, 4, 5]);

        interval.Estimate.ShouldBe(3);
        interval.High.ShouldBe(3 + (2.776445105197798 * Math.Sqrt(0.5)), 1e-9);
        interval.Low.ShouldBe(3 - (2.776445105197798 * Math.Sqrt(0.5)), 1e-9);
    }

    [Fact]
    public void MeanInterval_FewerThanTwoValues_HasNoEnds()
    {
        Means.MeanInterval([7]).ShouldBe(new Interval(7, double.NaN, double.NaN));
        double.IsNaN(Means.MeanInterval([]).Estimate).ShouldBeTrue();
    }

    [Fact]
    public void PairedDifference_CommonSpread_CancelsOut()
    {
        Interval paired = Means.PairedDifference([0.6, 0.3, 0.9], [0.5, 0.2, 0.8]);

        paired.Estimate.ShouldBe(0.1, 1e-12);
        (paired.High - paired.Low).ShouldBeLessThan(1e-9);
        Should.Throw<ArgumentException>(() => Means.PairedDifference([1], [1, 2]));
    }

    [Fact]
    public void Wilson_KnownCases()
    {
        Interval ten = SolveRate.Wilson(0.1, 100);
        ten.Low.ShouldBe(0.05522914, 1e-8);
        ten.High.ShouldBe(0.17436566, 1e-8);

        Interval none = SolveRate.Wilson(0, 10);
        none.Low.ShouldBe(0);
        none.High.ShouldBe(0.2775328, 1e-7);
    }

    [Fact]
    public void Clustered_OneSampleEach_IsWilson() =>
        SolveRate.Clustered([1, 0, 0, 1, 0], 1).ShouldBe(SolveRate.Wilson(0.4, 5));

    [Fact]
    public void Clustered_SamplesOfAProblemAllAlike_CountAsOneEach()
    {
        // Every problem is always or never solved: 6 problems, however many samples. The design effect is capped at k.
        Interval interval = SolveRate.Clustered([8, 0, 8, 0, 8, 0], 8);

        interval.ShouldBe(SolveRate.Wilson(0.5, 6));
        SolveRate.Clustered([0, 0, 0, 0], 8).ShouldBe(SolveRate.Wilson(0, 4));
    }

    [Fact]
    public void Clustered_SamplesOfAProblemIndependent_NearlyAllCount()
    {
        Interval interval = SolveRate.Clustered([2, 2, 2, 2, 2, 2], 8);

        interval.ShouldBe(SolveRate.Wilson(0.25, 48));
    }

    [Fact]
    public void Clustered_ManyRepeats_CoversTheTruthAbout95TimesIn100()
    {
        // Half of the problems are solved with chance 0.05, half with 0.55: the truth is 0.3.
        int covered = 0, naive = 0;
        const int Repeats = 1000, Problems = 60, Samples = 8;
        for (ulong repeat = 0; repeat < Repeats; repeat++)
        {
            ulong key = CounterRandom.Key(1, repeat);
            int[] solved = new int[Problems];
            for (int p = 0; p < Problems; p++)
            {
                double chance = CounterRandom.Uniform(key, (ulong)p) < 0.5 ? 0.05 : 0.55;
                for (int s = 0; s < Samples; s++)
                {
                    solved[p] += CounterRandom.Uniform(CounterRandom.Key(key, (ulong)p), (ulong)s) < chance ? 1 : 0;
                }
            }

            Interval interval = SolveRate.Clustered(solved, Samples);
            covered += interval.Low <= 0.3 && 0.3 <= interval.High ? 1 : 0;
            Interval independent = SolveRate.Wilson(interval.Estimate, Problems * Samples);
            naive += independent.Low <= 0.3 && 0.3 <= independent.High ? 1 : 0;
        }

        covered.ShouldBeInRange(930, 970);
        naive.ShouldBeLessThan(850);
    }

    [Fact]
    public void Clustered_BadCounts_AreRefused()
    {
        Should.Throw<ArgumentOutOfRangeException>(() => SolveRate.Clustered([9], 8));
        Should.Throw<ArgumentOutOfRangeException>(() => SolveRate.Clustered([-1], 8));
        Should.Throw<ArgumentOutOfRangeException>(() => SolveRate.Clustered([0], 0));
    }

    [Fact]
    public void PassAtK_EverySmallCase_IsTheRatioOfBinomials()
    {
        for (int n = 1; n <= 12; n++)
        {
            for (int c = 0; c <= n; c++)
            {
                for (int k = 1; k <= n; k++)
                {
                    double expected = 1 - ((double)Choose(n - c, k) / (double)Choose(n, k));
                    SolveRate.PassAtK(n, c, k).ShouldBe(expected, 1e-12);
                }
            }
        }

        SolveRate.PassAtK(100_000, 1, 100).ShouldBe(0.001, 1e-12);
        Should.Throw<ArgumentOutOfRangeException>(() => SolveRate.PassAtK(4, 1, 5));
    }

    private static BigInteger Choose(int n, int k)
    {
        BigInteger result = k > n ? 0 : 1;
        for (int i = 0; i < k && k <= n; i++)
        {
            result = result * (n - i) / (i + 1);
        }

        return result;
    }
}
