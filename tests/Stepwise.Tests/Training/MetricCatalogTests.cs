using Stepwise.Evaluation;
using Stepwise.Methods;
using Stepwise.Methods.Losses;
using Stepwise.Methods.Rewards;
using Stepwise.Metrics;
using Stepwise.Options;
using Stepwise.Rollouts;
using Stepwise.Statistics;
using Stepwise.Tests.Rollouts;
using Stepwise.Tests.Runs;
using Stepwise.Training;

namespace Stepwise.Tests.Training;

public sealed class MetricCatalogTests
{
    [Fact]
    public void All_Names_AreUniqueAndMeaningsAreOneLine()
    {
        MetricCatalog.All.Select(m => m.Name).ShouldBeUnique(StringComparer.Ordinal);
        MetricCatalog.All.Where(m => m.Meaning.Length == 0 || (m.Meaning + m.Reading).AsSpan().IndexOfAny('\n', '|', '<') >= 0).ShouldBeEmpty();
        MetricCatalog.All.Select(m => m.Unit).Distinct(StringComparer.Ordinal)
            .ShouldBe(["", "share", "nats", "tokens", "tokens/s", "optimizer steps", "samples", "groups", "steps", "problems", "s"], ignoreOrder: true);
    }

    [Fact]
    public void All_Headlines_AreThoseOfAStep() => MetricCatalog.OfSteps.Where(m => m.Headline).Select(m => m.Name).ShouldBe(
        [
            "reward", "gradientNorm", "seconds.sample", "seconds.verify", "seconds.judge", "seconds.reference", "seconds.update", "seconds.other",
            "seconds.total", "ledger.solveRate", "ledger.deadGroupShare", "ledger.signalTokenShare",
        ], ignoreOrder: true);

    [Theory]
    [InlineData(typeof(Ledger))]
    [InlineData(typeof(StepTimes))]
    [InlineData(typeof(EvaluationResult))]
    public void Report_EveryNumber_IsAMetric(Type report)
    {
        Type[] numbers = [typeof(int), typeof(long), typeof(double), typeof(double?), typeof(TimeSpan), typeof(Interval)];

        report.GetProperties().Where(p => numbers.Contains(p.PropertyType)).Select(p => p.Name)
            .Except(DeclaredMetrics.Of(report).Select(m => m.Property), StringComparer.Ordinal).ShouldBeEmpty();
    }

    [Fact]
    public void Metrics_OfAStep_AreInTheCatalogAndHaveOneValueEach()
    {
        Group[] groups = [Samples.Group(Samples.Right(), Samples.Wrong(2, 3))];
        StepReport report = RunStoreTests.Report(1, groups) with
        {
            Updates = [Update(kl: 0.5, clipped: 0.25), Update(kl: 1.5, clipped: 0)],
        };

        report.Metrics.Select(v => v.Metric).ShouldBeSubsetOf(MetricCatalog.OfSteps);
        report.Metrics.Select(v => v.Metric).ShouldBeUnique();
        report.Metrics.Find(KlPenalty.Kl).ShouldBe(1);
        report.Metrics.Find(ClippedLoss.ClippedLowShare).ShouldBe(0.125);
        report.Metrics.Find(Cispo.CappedShare).ShouldBeNull();
    }

    [Fact]
    public void MeasureStep_EveryMethod_GivesMetricsOfItsPartsInTheCatalog()
    {
        foreach (PartEntry entry in MethodCatalog.Entries)
        {
            Method method = (Method)entry.Part;
            Group[] groups = [Samples.Group(Samples.Wrong(2, 4), Samples.Wrong(4, 4), Samples.Right()), Samples.Group(Samples.Wrong(), Samples.Wrong())];
            foreach (Group group in groups)
            {
                method.Reward.Shape(group, 1);
            }

            method.MeasureStep(groups).Select(v => v.Metric).ShouldBeSubsetOf(MetricCatalog.OfSteps, entry.Name);
        }
    }

    [Fact]
    public void MeasureStep_SpectralReward_IsTheMeanRtsOfWhatTheJudgePlaced()
    {
        SpectralReward reward = new();
        Group placed = Samples.Group(Samples.Wrong(2, 4), Samples.Wrong(4, 4), Samples.Unplaced()), unplaced = Samples.Group(Samples.Unplaced());
        reward.Shape(placed, 1);
        reward.Shape(unplaced, 1);

        reward.MeasureStep([placed, unplaced]).ShouldBe([new(SpectralReward.MeanRts, (0.25 + 0.75) / 2)]);
        reward.MeasureStep([unplaced]).ShouldBeEmpty();
    }

    private static UpdateReport Update(double kl, double clipped) => new(0, 1, 1, 1, 6)
    {
        OfLoss = [new(KlPenalty.Kl, kl), new(ClippedLoss.ClippedLowShare, clipped)],
    };
}
