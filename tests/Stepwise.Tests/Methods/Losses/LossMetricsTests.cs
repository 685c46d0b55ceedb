using Stepwise.Methods.Losses;
using Stepwise.Policies;

namespace Stepwise.Tests.Methods.Losses;

public sealed class LossMetricsTests
{
    [Fact]
    public void Means_SeveralAdditions_AreDividedOnceByAllThatWasCounted()
    {
        LossMetrics metrics = new();
        metrics.Add(KlPenalty.Kl, 3, 2);
        metrics.Add(KlPenalty.Kl, 1, 6);
        metrics.Add(Cispo.CappedShare, 0, 4);
        metrics.Add(ClippedLoss.ClippedLowShare, 0, 0);

        metrics.Means.ShouldBe([new(KlPenalty.Kl, 0.5), new(Cispo.CappedShare, 0)]);
    }

    [Fact]
    public void Evaluate_EveryLoss_GivesTheMetricsItHasAndNoOthers()
    {
        LossCase c = LossCase.Random(5);
        KlPenalty kl = new(0.1);

        Names(c, new Grpo()).ShouldBe(["clippedLowShare", "clippedHighShare"]);
        Names(c, new Gspo { Kl = kl }).ShouldBe(["clippedLowShare", "clippedHighShare", "kl"]);
        Names(c, new Cispo { Kl = kl }).ShouldBe(["cappedShare", "kl"]);
        Names(c, new CrossEntropy()).ShouldBeEmpty();
    }

    [Fact]
    public void Evaluate_NothingClipped_IsAShareOfZeroAndNotUnknown()
    {
        LossCase c = LossCase.Random(6);
        c.LogProbs.CopyTo(c.Old, 0);

        c.Evaluate(new Grpo()).Metrics.Means.Select(v => v.Value).ShouldBe([0, 0]);
    }

    private static string[] Names(LossCase c, ILoss loss) => [.. c.Evaluate(loss).Metrics.Means.Select(v => v.Metric.Name)];
}
