using Stepwise.Methods.Losses;
using Stepwise.Policies;

namespace Stepwise.Tests.Methods.Losses;

public sealed class PairLossTests
{
    /// <summary>A right and a wrong completion: s = 0.3 − 0.1 against −0.4, so m = 0.6; a third whose tokens are masked is in no pair.</summary>
    private static readonly LossCase Pair = new()
    {
        Offsets = [0, 2, 3, 4],
        LogProbs = [-0.7, -1.1, -1.4, double.NaN],
        Old = [-1, -1, -1, 0],
        Reference = [-1, -1, -1, 0],
        Advantages = [0, 0, 0, 0],
        Mask = [true, true, true, false],
        Facts = LossCase.Rewarded(1, 0, 0.5),
    };

    public static TheoryData<PairLoss> Losses() =>
        [new Dpo { PreferenceBeta = 2 }, new Dpo { PreferenceBeta = 2, LabelSmoothing = 0.2 }, new Ipo { PreferenceBeta = 1 }, new Rebel { RewardScale = 0.7 }];

    [Fact]
    public void Evaluate_Dpo_HandComputed()
    {
        (double value, double[] gradient, LossMetrics metrics) = Pair.Evaluate(new Dpo { PreferenceBeta = 0.5 }, totals: new BatchTotals(3, 3, 16, 4));

        double wrong = 1 / (1 + Math.Exp(0.3));
        value.ShouldBe(Math.Log(1 + Math.Exp(-0.3)) / 4, 1e-15);
        gradient.ShouldBe([-0.5 * wrong / 4, -0.5 * wrong / 4, 0.5 * wrong / 4, 0], 1e-15);
        metrics.Means.ShouldBe([new(PairLoss.OrderedPairs, 1)]);
    }

    [Fact]
    public void Evaluate_SmoothedLabels_HandComputed()
    {
        (double value, double[] gradient, _) = Pair.Evaluate(new Dpo { PreferenceBeta = 0.5, LabelSmoothing = 0.1 });

        double right = 1 / (1 + Math.Exp(-0.3)), slope = -0.5 * ((0.9 * (1 - right)) - (0.1 * right));
        value.ShouldBe((-0.9 * Math.Log(right)) - (0.1 * Math.Log(1 - right)), 1e-15);
        gradient.ShouldBe([slope, slope, -slope, 0], 1e-15);
    }

    [Fact]
    public void Evaluate_Ipo_AsksForAMarginAndNoMore()
    {
        Pair.Evaluate(new Ipo { PreferenceBeta = 0.5 }).Loss.ShouldBe(0.4 * 0.4, 1e-15);
        Pair.Evaluate(new Ipo { PreferenceBeta = 0.5 }).Gradient.ShouldBe([-0.8, -0.8, 0.8, 0], 1e-15);
        Pair.Evaluate(new Ipo { PreferenceBeta = 0.5 / 0.6 }).Gradient.ShouldBe([0, 0, 0, 0], 1e-14);
    }

    [Fact]
    public void Evaluate_Rebel_RegressesOnTheDifferenceOfRewards()
    {
        (double value, double[] gradient, _) = Pair.Evaluate(new Rebel { RewardScale = 2 });

        value.ShouldBe(1.4 * 1.4, 1e-15);
        gradient.ShouldBe([-2.8, -2.8, 2.8, 0], 1e-15);
    }

    [Theory]
    [MemberData(nameof(Losses))]
    public void Evaluate_RandomGroups_GradientEqualsFiniteDifferences(PairLoss loss) =>
        Enumerable.Range(0, 20).Max(seed => LossCase.Random((ulong)seed).WorstRelativeError(loss)).ShouldBeLessThan(1e-6);

    [Fact]
    public void Evaluate_RebelOnPolicy_IsThePolicyGradientWithTheGroupsMean()
    {
        LossCase c = LossCase.Random(2);
        c.LogProbs.CopyTo(c.Old, 0);
        Array.Fill(c.Mask, true);

        double[] gradient = c.Evaluate(new Rebel { RewardScale = 1.5 }).Gradient;

        double mean = c.Facts.Average(f => f.Reward);
        for (int i = 0; i < 4; i++)
        {
            for (int t = c.Offsets[i]; t < c.Offsets[i + 1]; t++)
            {
                gradient[t].ShouldBe(-4 * 1.5 * (c.Facts[i].Reward - mean) / 3, 1e-14);
            }
        }
    }

    [Fact]
    public void Evaluate_EqualRewards_HasNoPreference()
    {
        LossCase c = LossCase.Random(2);
        Array.Fill(c.Facts, c.Facts[0]);

        foreach (PairLoss loss in new PairLoss[] { new Dpo(), new Ipo() })
        {
            (double value, double[] gradient, LossMetrics metrics) = c.Evaluate(loss);
            value.ShouldBe(0);
            gradient.ShouldAllBe(g => g == 0);
            metrics.Means.ShouldBeEmpty();
        }

        // REBEL holds equal ones where they are, one against the other.
        c.Evaluate(new Rebel()).Gradient.ShouldContain(g => g != 0);
        c.LogProbs.CopyTo(c.Old, 0);
        c.Evaluate(new Rebel()).Gradient.ShouldAllBe(g => g == 0);
    }

    [Theory]
    [InlineData(1e6)]
    [InlineData(-1e6)]
    public void Evaluate_MarginFarAway_IsFinite(double margin)
    {
        LossCase c = new()
        {
            Offsets = [0, 1, 2], LogProbs = [margin, 0], Old = [0, 0], Reference = [0, 0], Advantages = [0, 0], Mask = [true, true],
            Facts = LossCase.Rewarded(1, 0),
        };

        (double value, double[] gradient, _) = c.Evaluate(new Dpo());

        value.ShouldBe(margin > 0 ? 0 : 1e5, 1e-9);
        gradient[0].ShouldBe(margin > 0 ? 0 : -0.1, 1e-9);
    }

    [Fact]
    public void Evaluate_DivergedPolicy_ReachesTheLoss()
    {
        LossCase c = LossCase.Random(2);
        c.LogProbs[0] = c.LogProbs[1] = c.LogProbs[2] = c.LogProbs[3] = double.NaN;

        double.IsNaN(c.Evaluate(new Rebel()).Loss).ShouldBeTrue();
    }

    [Fact]
    public void Needs_Preferences_AReferencePolicyToo()
    {
        new Rebel().Needs.ShouldBe(LossNeeds.WholeGroups);
        new Dpo().Needs.ShouldBe(LossNeeds.UnequalGroups | LossNeeds.Reference);
        new Ipo().Needs.ShouldBe(LossNeeds.UnequalGroups | LossNeeds.Reference);
    }
}
