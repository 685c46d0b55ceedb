using Stepwise.Methods.Advantages;
using Stepwise.Methods.Selection;
using Stepwise.Rollouts;
using Stepwise.Tests.Rollouts;

namespace Stepwise.Tests.Methods.Selection;

public sealed class MaximumVarianceTests
{
    [Fact]
    public void Select_RandomRewards_HasTheVarianceOfTheBestSubset()
    {
        for (ulong run = 0; run < 300; run++)
        {
            ulong key = CounterRandom.Key(31, run);
            int n = 3 + CounterRandom.Integer(key, 0, 6), m = 2 + CounterRandom.Integer(key, 1, n - 2);
            double[] rewards = [.. Enumerable.Range(0, n).Select(i => CounterRandom.Integer(key, 2 + (ulong)i, 4) / 3.0)];
            Group group = Samples.Rewarded(rewards);

            new MaximumVariance { TrainedOfGroup = m }.Select([group]);

            double[] kept = [.. group.Rollouts.Where(r => !r.LeftOut).Select(r => r.Reward)];
            kept.Length.ShouldBe(m);
            double best = Enumerable.Range(0, 1 << n).Where(set => int.PopCount(set) == m)
                .Max(set => Variance([.. rewards.Where((_, i) => (set >> i & 1) == 1)]));
            Variance(kept).ShouldBe(best, 1e-12);
        }
    }

    [Fact]
    public void Select_OneRightOfEight_TrainsItAndThreeWrongOnesByThemselves()
    {
        Group group = Samples.Rewarded(0, 0, 1, 0, 0, 0, 0, 0);

        new MaximumVariance().Select([group]);
        new GroupAdvantage().Estimate([group]);
        Ledger ledger = Samples.Settle([group]);

        // Mean 1/4 and sample deviation 1/2 of the four that are left.
        group.Rollouts[2].Advantages[0].ShouldBe(0.75 / 0.5001, 1e-12);
        (ledger.Trained, ledger.Filtered).ShouldBe((4, 4));
        Group small = Samples.Rewarded(0, 1, 0);
        new MaximumVariance().Select([small]);
        small.Rollouts.ShouldAllBe(r => !r.LeftOut);
    }

    [Fact]
    public void UnequalGroups_FlatGroups_AreLeftOutByTheirKind()
    {
        Group wrong = Samples.Rewarded(0, 0), mixed = Samples.Rewarded(0, 1), right = Samples.Group(Samples.Right(), Samples.Right());
        right.Rollouts[0].Reward = right.Rollouts[1].Reward = 1;

        new UnequalGroups().Select([wrong, mixed, right]);
        new RewardAdvantage { WrongAdvantage = -1 }.Estimate([wrong, mixed, right]);
        Ledger ledger = Samples.Settle([wrong, mixed, right], keepSilent: true);

        (ledger.Trained, ledger.AllNegativeGroup, ledger.AllPositiveGroup).ShouldBe((2, 2, 2));
        mixed.Rollouts.Select(r => r.Advantages[0]).ShouldBe([-1.0, 1.0]);
    }

    private static double Variance(double[] values) => values.Sum(v => Math.Pow(v - values.Average(), 2)) / values.Length;
}
