using System.Text.Json.Nodes;
using Stepwise.Methods;
using Stepwise.Methods.Advantages;
using Stepwise.Methods.Rewards.Terms;
using Stepwise.Reasoning;
using Stepwise.Rollouts;
using Stepwise.Tests.Rollouts;

namespace Stepwise.Tests.Methods.Advantages;

public sealed class ConstrainedAdvantageTests
{
    private static readonly ConstrainedAdvantage Sound = new() { Constraints = [new("soundness", new SoundnessTerm())], LeastApplicable = 1 };

    [Fact]
    public void Estimate_ConstraintOfRightAnswers_HandComputed()
    {
        // Two right answers, one of them unsound: constraint values 1 and 0, deviation √½.
        Group group = Judged();
        ConstrainedAdvantage advantage = Fresh(Sound with { MultiplierStart = 2, Whiten = false });

        advantage.Estimate([group]);

        double task = 0.5 / (Math.Sqrt(1 / 3.0) + 1e-4), constraint = 2 * 0.5 / (Math.Sqrt(0.5) + 1e-4);
        First(group).ShouldBe([task + constraint, task - constraint, -task, -task], 1e-12);
        group.Rollouts.ShouldAllBe(r => r.Advantages.All(a => a == r.Advantages[0]));
    }

    [Fact]
    public void Estimate_Whitened_HasTheDeviationOfOne()
    {
        Group group = Judged();

        Fresh(Sound).Estimate([group]);

        double[] advantages = First(group);
        advantages.Average().ShouldBe(0, 1e-12);
        Math.Sqrt(advantages.Sum(a => a * a) / 3).ShouldBe(1, 1e-3);
    }

    [Fact]
    public void Estimate_MultiplierFollowsWhatIsLacking()
    {
        // Mean 1/2 of the right answers, threshold 0.95: λ rises by 0.05 · 0.45.
        ConstrainedAdvantage advantage = Fresh(Sound);

        advantage.Estimate([Judged()]);
        advantage.Save()["multipliers"]![0]!.GetValue<double>().ShouldBe(1 + (0.05 * 0.45), 1e-15);
        advantage.MeasureStep([]).Select(value => (value.Metric.Name, value.Value)).ShouldBe(
            [("constraints.soundness.multiplier", 1.0), ("constraints.soundness.mean", 0.5)]);
        advantage.Estimate([Judged()]);
        advantage.Save()["multipliers"]![0]!.GetValue<double>().ShouldBe(1 + (0.1 * 0.45), 1e-15);
    }

    [Theory]
    [InlineData(0.95, 3, 1)]
    [InlineData(1000, 1, 5)]
    [InlineData(-1000, 1, 0)]
    public void Estimate_TooFewRolloutsOrABound_MultiplierStaysOrIsHeld(double threshold, int least, double expected)
    {
        ConstrainedAdvantage advantage = Fresh(Sound with
        {
            Constraints = [new Constraint("soundness", new SoundnessTerm()) { Threshold = threshold }],
            LeastApplicable = least,
        });

        advantage.Estimate([Judged()]);

        advantage.Save()["multipliers"]![0]!.GetValue<double>().ShouldBe(expected);
    }

    [Fact]
    public void Estimate_NoMultiplierNorWhitening_IsGrposBitForBit()
    {
        Group constrained = Judged(), plain = Judged();

        Fresh(Sound with { MultiplierStart = 0, MultiplierRate = 0, Whiten = false }).Estimate([constrained]);
        new GroupAdvantage().Estimate([plain]);

        First(constrained).ShouldBe(First(plain));
    }

    [Fact]
    public void Estimate_EveryAnswer_ConstrainsWrongOnesToo()
    {
        Group group = Judged();
        ConstrainedAdvantage advantage = Fresh(Sound with
        {
            Constraints = [new Constraint("length", new LengthTerm { Target = 18, Weight = 2 }) { OnlyRight = false, Threshold = -0.5 }],
        });

        advantage.Estimate([group]);

        // All have nine tokens of eighteen: −1/2 each, twice; λ rises by 0.05 · (−0.5 + 1), and nothing is taught.
        advantage.Save()["multipliers"]![0]!.GetValue<double>().ShouldBe(1.025, 1e-15);
        First(group).Distinct().Count().ShouldBe(2);
    }

    [Fact]
    public void Load_WhatSaveGave_IsTaken()
    {
        ConstrainedAdvantage one = Fresh(Sound), other = Fresh(Sound);
        one.Estimate([Judged()]);

        other.Load((JsonObject)JsonNode.Parse(one.Save().ToJsonString())!);

        other.Save().ToJsonString().ShouldBe(one.Save().ToJsonString());
        foreach (string state in (string[])["{}", """{"multipliers":[]}""", """{"multipliers":[-1]}""", """{"multipliers":["1"]}"""])
        {
            Should.Throw<InputException>(() => other.Load((JsonObject)JsonNode.Parse(state)!)).Message.ShouldContain("no 1 multipliers");
        }
    }

    [Fact]
    public void AsksJudge_Constraint_DecidesForTheMethod()
    {
        Method method = MethodCatalog.Find("faithful-grpo"), other = method with { Advantage = Sound with { Constraints = [new("length", new LengthTerm())] } };
        Group group = Samples.Group(Samples.Right(), Samples.Undecided());

        method.AsksJudge.ShouldBeTrue();
        other.AsksJudge.ShouldBeFalse();
        group.Rollouts.Select(r => method.WantsJudgement(group, r, 1)).ShouldBe([true, false]);
    }

    private static ConstrainedAdvantage Fresh(ConstrainedAdvantage advantage) => (ConstrainedAdvantage)advantage.Fresh();

    /// <summary>A sound and an unsound right answer, and two wrong ones, rewarded by outcome.</summary>
    private static Group Judged()
    {
        Rollout sound = Samples.Right(), unsound = Samples.Right();
        sound.Judgement = StepJudgement.NoError(3, "");
        unsound.Judgement = StepJudgement.Error(2, 3, "");
        Group group = Samples.Group(sound, unsound, Samples.Wrong(1, 3), Samples.Wrong(2, 3));
        new Stepwise.Methods.Rewards.OutcomeReward().Shape(group, 1);
        return group;
    }

    private static double[] First(Group group) => [.. group.Rollouts.Select(r => r.Advantages[0])];
}
