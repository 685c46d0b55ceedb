using System.Text.Json.Nodes;
using Stepwise.Methods.Advantages;
using Stepwise.Rollouts;
using Stepwise.Tests.Rollouts;

namespace Stepwise.Tests.Methods.Advantages;

public sealed class GroupInvariantAdvantageTests
{
    private static readonly double[] Shares = [0.9, 0.2, 0.6, 0.3], Rewards = [1, 0, 1, 1];

    [Fact]
    public void TwoKinds_HandComputed()
    {
        // Σ p = 2, R₁ = 1.8 / 2; Σ (1 − p) = 2, R₂ = 1.2 / 2.
        TwoKinds kinds = TwoKinds.Of(Shares, Rewards);

        kinds.High.ShouldBe(0.9, 1e-12);
        kinds.Low.ShouldBe(0.6, 1e-12);
        kinds.Turned.ShouldBeFalse();
        // N/2 · 0.3 · (0.9/2 − 0.1/2)
        kinds.Slope(0).ShouldBe(2 * 0.3 * 0.4, 1e-12);
        Enumerable.Range(0, 4).Sum(kinds.Slope).ShouldBe(0, 1e-12);
    }

    [Fact]
    public void TwoKinds_GivenTheOtherWayRound_TurnsShares()
    {
        TwoKinds turned = TwoKinds.Of([.. Shares.Select(p => 1 - p)], Rewards);

        turned.Turned.ShouldBeTrue();
        turned.Apart.ShouldBe(0.3, 1e-12);
        turned.Shares.ShouldBe(Shares, 1e-12);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void TwoKinds_Slopes_AreThoseOfFiniteDifferences(bool turned)
    {
        double[] shares = turned ? [.. Shares.Select(p => 1 - p)] : Shares;
        for (int i = 0; i < 4; i++)
        {
            double byReward = (Variance(shares, Moved(Rewards, i, 1e-6)) - Variance(shares, Moved(Rewards, i, -1e-6))) / 2e-6;
            double byShare = (Variance(Moved(shares, i, 1e-6), Rewards) - Variance(Moved(shares, i, -1e-6), Rewards)) / 2e-6;
            TwoKinds kinds = TwoKinds.Of(shares, Rewards);
            kinds.Slope(i).ShouldBe(4 * byReward, 1e-7);
            kinds.ShareSlope(i).ShouldBe(byShare, 1e-7);
        }

        static double Variance(double[] shares, double[] rewards)
        {
            double p = shares.Sum(), q = shares.Sum(s => 1 - s);
            double first = shares.Zip(rewards, (s, r) => s * r).Sum() / p, second = shares.Zip(rewards, (s, r) => (1 - s) * r).Sum() / q;
            double mean = (first + second) / 2;
            return (((first - mean) * (first - mean)) + ((second - mean) * (second - mean))) / 2;
        }

        static double[] Moved(double[] values, int i, double by) => [.. values.Select((v, j) => j == i ? v + by : v)];
    }

    [Fact]
    public void Estimate_EasyProblem_WeighsLessThanAHardOne()
    {
        GroupInvariantAdvantage advantage = Fresh(new() { GroupingSteps = 0 });
        advantage.Estimate([Named("easy", 1, 1), Named("hard", 0, 0)]);
        Group easy = Named("easy", 1, 0), hard = Named("hard", 0, 0, 1, 0);
        Group plainEasy = Named("easy", 1, 0), plainHard = Named("hard", 0, 0, 1, 0);

        advantage.Estimate([easy, hard]);
        new GroupAdvantage().Estimate([plainEasy, plainHard]);

        (easy.Rollouts[0].Advantages[0] / plainEasy.Rollouts[0].Advantages[0]).ShouldBeLessThan(1);
        (hard.Rollouts[2].Advantages[0] / plainHard.Rollouts[2].Advantages[0]).ShouldBeGreaterThan(1);
        easy.Rollouts[0].KlRelief.ShouldBeLessThan(0.5);
        hard.Rollouts[0].KlRelief.ShouldBeGreaterThan(0.5);
    }

    [Fact]
    public void Estimate_Taught_SetsTheKindsFurtherApart()
    {
        double Apart(int steps)
        {
            GroupInvariantAdvantage advantage = Fresh(new() { GroupingSteps = steps });
            advantage.Estimate([Named("easy", 1, 1), Named("hard", 0, 0)]);
            Group[] groups = [Named("easy", 1, 0), Named("hard", 0, 0, 1, 0)];
            advantage.Estimate(groups);
            return advantage.MeasureStep(groups).ShouldHaveSingleItem().Value;
        }

        Apart(20).ShouldBeGreaterThan(Apart(0));
    }

    [Fact]
    public void Estimate_NoWeight_IsGrposBitForBit()
    {
        Group[] groups = [Named("a", 1, 0, 0), Named("b", 1, 1, 0)], plain = [Named("a", 1, 0, 0), Named("b", 1, 1, 0)];

        Fresh(new() { Invariance = 0 }).Estimate(groups);
        new GroupAdvantage().Estimate(plain);

        groups.SelectMany(g => g.Rollouts).Select(r => r.Advantages[0]).ShouldBe(plain.SelectMany(g => g.Rollouts).Select(r => r.Advantages[0]));
    }

    [Fact]
    public void Estimate_NobodyCounted_IsLeft()
    {
        Group group = Named("a", 1, 0);
        group.Rollouts[0].Counted = group.Rollouts[1].Counted = false;
        GroupInvariantAdvantage advantage = Fresh(new());

        advantage.Estimate([group]);

        group.Rollouts.ShouldAllBe(r => r.Advantages.All(a => a == 0));
        advantage.MeasureStep([group]).ShouldBeEmpty();
    }

    [Fact]
    public void Load_WhatSaveGave_GoesOnAsTheUninterruptedOne()
    {
        GroupInvariantAdvantage one = Fresh(new()), other = Fresh(new());
        one.Estimate([Named("a", 1, 0), Named("b", 0, 0)]);
        other.Load((JsonObject)JsonNode.Parse(one.Save().ToJsonString())!);
        Group[] next = [Named("a", 1, 0), Named("b", 0, 1)], again = [Named("a", 1, 0), Named("b", 0, 1)];

        one.Estimate(next);
        other.Estimate(again);

        again.SelectMany(g => g.Rollouts).Select(r => r.Advantages[0]).ShouldBe(next.SelectMany(g => g.Rollouts).Select(r => r.Advantages[0]));
        other.Save().ToJsonString().ShouldBe(one.Save().ToJsonString());
        foreach (string state in (string[])["{}", """{"model":[1],"solved":{}}""", """{"model":[0,1,0,0],"solved":{"a":[1]}}""", """{"model":"x","solved":{}}"""])
        {
            Should.Throw<InputException>(() => other.Load((JsonObject)JsonNode.Parse(state)!)).Message.ShouldContain("no model of four numbers");
        }
    }

    private static GroupInvariantAdvantage Fresh(GroupInvariantAdvantage advantage) => (GroupInvariantAdvantage)advantage.Fresh();

    private static Group Named(string problem, params double[] outcomes)
    {
        Rollout[] rollouts = [.. outcomes.Select(outcome => outcome == 1 ? Samples.Right() : Samples.Wrong())];
        Group group = new(new(problem, "q", "a"), [1], rollouts);
        new Stepwise.Methods.Rewards.OutcomeReward().Shape(group, 1);
        return group;
    }
}
