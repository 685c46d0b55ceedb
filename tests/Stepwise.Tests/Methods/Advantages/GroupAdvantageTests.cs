using FsCheck;
using FsCheck.Fluent;
using Stepwise.Methods.Advantages;
using Stepwise.Rollouts;
using Stepwise.Tests.Rollouts;

namespace Stepwise.Tests.Methods.Advantages;

public sealed class GroupAdvantageTests
{
    [Fact]
    public void Estimate_GroupScale_HandComputed()
    {
        // Rewards 1, 0, 0, 1: mean 1/2, sample deviation √(1/3).
        Group group = Samples.Rewarded(1, 0, 0, 1);

        new GroupAdvantage().Estimate([group]);

        double expected = 0.5 / (Math.Sqrt(1 / 3.0) + 1e-4);
        First(group).ShouldBe([expected, -expected, -expected, expected], 1e-15);
        group.Rollouts.ShouldAllBe(r => r.Advantages.All(a => a == r.Advantages[0]));
    }

    [Fact]
    public void Estimate_NoScale_IsRewardMinusMean()
    {
        Group group = Samples.Rewarded(1, 0, 0.5, 0.5);

        new GroupAdvantage { Scale = new NoScale() }.Estimate([group]);

        First(group).ShouldBe([0.5, -0.5, 0, 0]);
    }

    [Fact]
    public void Estimate_LeaveOneOut_IsTheRewardLessTheMeanOfTheOthers()
    {
        double[] rewards = [1, 0, 0.25, 0.5];
        Group group = Samples.Rewarded(rewards);

        new GroupAdvantage { Scale = new LeaveOneOut() }.Estimate([group]);

        First(group).ShouldBe(rewards.Select((r, i) => r - rewards.Where((_, j) => j != i).Average()), 1e-15);
        First(group)[0].ShouldBe(0.75, 1e-15);
    }

    [Fact]
    public void Estimate_BatchScale_DividesByTheDeviationOfAllRewards()
    {
        Group one = Samples.Rewarded(1, 0), other = Samples.Rewarded(0, 0);

        new GroupAdvantage { Scale = new BatchDeviation() }.Estimate([one, other]);

        // Rewards 1, 0, 0, 0: sample deviation 1/2.
        First(one).ShouldBe([0.5 / 0.5001, -0.5 / 0.5001], 1e-15);
        First(other).ShouldBe([0, 0]);
    }

    [Theory]
    [InlineData("group")]
    [InlineData("batch")]
    [InlineData("none")]
    [InlineData("leave-one-out")]
    public void Estimate_AllEqualOrFewerThanTwoCounted_IsExactlyZero(string scale)
    {
        // The mean of three times 0.1 is not 0.1 in floating point.
        Group equal = Samples.Rewarded(0.1, 0.1, 0.1);
        Group lone = Samples.Rewarded(1, 0, 0);
        lone.Rollouts[1].Counted = lone.Rollouts[2].Counted = false;
        Group nobody = Samples.Rewarded(1, 0);
        nobody.Rollouts[0].Counted = nobody.Rollouts[1].Counted = false;
        Group[] groups = [equal, lone, nobody, Samples.Rewarded(1, 0)];
        Array.ForEach(groups, g => Array.Fill(g.Rollouts[0].Advantages, double.NaN));

        new GroupAdvantage { Scale = CatalogParts.AdvantageScale(scale) }.Estimate(groups);

        groups.SkipLast(1).SelectMany(g => g.Rollouts).SelectMany(r => r.Advantages).ShouldAllBe(a => a == 0.0);
        groups[^1].Rollouts.ShouldAllBe(r => r.HasAdvantage);
    }

    [Fact]
    public void Estimate_UncountedRollout_EntersNoMeanAndGetsZero()
    {
        Group with = Samples.Rewarded(1, 0, 100), without = Samples.Rewarded(1, 0);
        with.Rollouts[2].Counted = false;

        new GroupAdvantage().Estimate([with, without]);

        First(with).ShouldBe([.. First(without), 0.0]);
    }

    [Fact]
    public void Estimate_AnyRewards_SumToZeroAndIgnoreAShift() =>
        Prop.ForAll(
            Gen.ArrayOf(Gen.Choose(0, 8).Select(n => n / 8.0)).Where(r => r.Length > 0).ToArbitrary(),
            rewards =>
            {
                Group group = Samples.Rewarded(rewards), shifted = Samples.Rewarded([.. rewards.Select(r => r + 4)]);
                new GroupAdvantage().Estimate([group, shifted]);
                return Math.Abs(First(group).Sum()) < 1e-9 && First(group).Zip(First(shifted), (a, b) => Math.Abs(a - b)).Max() < 1e-9;
            }).Check(Config.QuickThrowOnFailure.WithReplay(1, 1));

    private static double[] First(Group group) => [.. group.Rollouts.Select(r => r.Advantages[0])];
}
