using Stepwise.Methods.Advantages;
using Stepwise.Rollouts;
using Stepwise.Tests.Rollouts;

namespace Stepwise.Tests.Methods.Advantages;

public sealed class RewardWeightedTests
{
    [Fact]
    public void Estimate_TwoRewards_AreASoftmaxTimesTheGroupSize() =>
        Of(1, 0, 1).ShouldBe([2 / (1 + Math.E), 2 * Math.E / (1 + Math.E)], 1e-15);

    [Fact]
    public void Estimate_NoTemperature_TheBestShareTheGroup()
    {
        Of(0, 0, 1, 0.5).ShouldBe([0, 3, 0]);
        Of(0, 0, 1, 1).ShouldBe([0, 1.5, 1.5]);
        Of(1e-3, 0, 1, 1).ShouldBe([0, 1.5, 1.5]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.5)]
    public void Estimate_EqualRewards_WeighOneEach(double temperature) => Of(temperature, 0.25, 0.25, 0.25).ShouldBe([1, 1, 1]);

    [Fact]
    public void Estimate_NotCounted_IsNoneOfTheGroup()
    {
        Group group = Samples.Rewarded(5, 0, 1);
        group.Rollouts[0].Counted = false;

        new RewardWeighted { RewardTemperature = 0 }.Estimate([group]);

        group.Rollouts.Select(r => r.Advantages[0]).ShouldBe([0, 0, 2]);
        group.Rollouts[2].Advantages.ShouldAllBe(a => a == 2);
    }

    private static double[] Of(double temperature, params double[] rewards)
    {
        Group group = Samples.Rewarded(rewards);
        new RewardWeighted { RewardTemperature = temperature }.Estimate([group]);
        return [.. group.Rollouts.Select(r => r.Advantages[0])];
    }
}
