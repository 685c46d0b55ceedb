using Stepwise.Methods.Advantages;
using Stepwise.Rollouts;
using Stepwise.Tests.Rollouts;

namespace Stepwise.Tests.Methods.Advantages;

public sealed class RewardAdvantageTests
{
    [Theory]
    [InlineData(0, 0, 0.25, 1)]
    [InlineData(-1, -1, -0.5, 1)]
    public void Estimate_Rewards_AreScaledBetweenTheWrongAdvantageAndOne(double wrong, double zero, double quarter, double one)
    {
        Group group = Samples.Rewarded(0, 0.25, 1, 1);
        group.Rollouts[3].Counted = false;

        new RewardAdvantage { WrongAdvantage = wrong }.Estimate([group]);

        group.Rollouts.Select(r => r.Advantages[0]).ShouldBe([zero, quarter, one, 0]);
    }

    [Fact]
    public void Rescaled_TwoOfThreeGroupsFlat_TriplesTheOther()
    {
        Group[] groups = [Samples.Rewarded(0, 0), Samples.Rewarded(0, 1), Samples.Rewarded(1, 1)];

        new RescaledAdvantage().Estimate(groups);

        // A = r − 1/2, times B / (B − M) = 3 / 1.
        groups[1].Rollouts.Select(r => r.Advantages[0]).ShouldBe([-1.5, 1.5]);
        groups[0].Rollouts.Concat(groups[2].Rollouts).ShouldAllBe(r => !r.HasAdvantage);
        Should.NotThrow(() => new RescaledAdvantage().Estimate([Samples.Rewarded(0, 0)]));
    }
}
