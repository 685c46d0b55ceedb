using Stepwise.Methods;
using Stepwise.Methods.Advantages;
using Stepwise.Methods.Rewards;
using Stepwise.Methods.Rewards.Terms;
using Stepwise.Options;
using Stepwise.Rollouts;
using Stepwise.Tests.Rollouts;
using Stepwise.Training;

namespace Stepwise.Tests.Methods.Rewards;

public sealed class RewardSumTests
{
    private static readonly Method Grpo = MethodCatalog.Find("grpo");

    // A step of Samples is three tokens, so that three steps are 9 tokens and have the value −1/8 · 1 of a target of 8.
    private static readonly LengthTerm Length = new() { Target = 8, Weight = 0.5 };

    [Fact]
    public void Shape_Terms_AreAddedWithTheirWeightsAndVerdictsStay()
    {
        Method method = Grpo with { Terms = [Length, new FormatTerm { Pattern = "a2", Weight = 2 }] };
        Group group = Samples.Group(Samples.Right(3), Samples.Wrong(3), Samples.Wrong(1), Samples.Undecided(3));

        method.Shape(group);

        // 1 − 1/16 + 2, −1/16 + 2, −5/16 (3 tokens, 5 below the target), and nothing for what is undecided.
        group.Rollouts.Select(r => r.Reward).ShouldBe([2.9375, 1.9375, -0.3125, 0]);
        group.Rollouts.Select(r => r.Counted).ShouldBe([true, true, true, false]);
        group.Rollouts.Select(r => r.Correct).ShouldBe([true, false, false, false]);
        group.Rollouts[0].RewardParts.ShouldBe([new(1, 1), new(0.5, -0.125), new(2, 1)]);
        group.Rollouts[3].RewardParts.ShouldBeEmpty();
    }

    [Fact]
    public void Shape_NoTermsOrWeightZero_AreTheRewardsBitForBit()
    {
        Group without = Group(), zero = Group(), none = Group();
        SpectralReward reward = new() { Scope = JudgeScope.EveryIncorrect };

        reward.Shape(without, 1);
        (Grpo with { Reward = reward }).Shape(none);
        (Grpo with { Reward = reward, Terms = [Length with { Weight = 0 }, new RepetitionTerm { Weight = 0 }] }).Shape(zero);
        Grpo.Advantage.Estimate([without]);
        Grpo.Advantage.Estimate([zero]);

        none.Rollouts.Select(r => r.Reward).ShouldBe(without.Rollouts.Select(r => r.Reward));
        none.Rollouts.ShouldAllBe(r => r.RewardParts.Count == 0);
        zero.Rollouts.Select(r => r.Reward).ShouldBe(without.Rollouts.Select(r => r.Reward));
        zero.Rollouts.SelectMany(r => r.Advantages).ShouldBe(without.Rollouts.SelectMany(r => r.Advantages));

        static Group Group() => Samples.Group(Samples.Right(2), Samples.Wrong(2, 4), Samples.Wrong(4, 4), Samples.Undecided(3));
    }

    [Fact]
    public void Shape_FlatGroup_LearnsFromTheTermAlone()
    {
        Method method = Grpo with { Terms = [Length] };
        Group wrong = Samples.Group(Samples.Wrong(3), Samples.Wrong(1));

        method.Shape(wrong);
        method.Advantage.Estimate([wrong]);
        Ledger ledger = Samples.Settle([wrong]);

        (wrong.Rollouts[0].Advantages[0] > 0, wrong.Rollouts[1].Advantages[0] < 0).ShouldBe((true, true));
        (ledger.Trained, ledger.AllNegativeGroup).ShouldBe((2, 0));
    }

    [Fact]
    public void Shape_SpectralReward_KeepsItsColourBesideTheTerms()
    {
        Method method = MethodCatalog.Find("sgpo") with { Reward = new SpectralReward { Shaping = new RawRts() }, Terms = [Length] };
        Group group = Samples.Group(Samples.Wrong(2, 4), Samples.Wrong(4, 4), Samples.Unplaced());

        method.Shape(group);

        // RTS 1/4 and 3/4, and 12 tokens are half the target too many: −1/2 · 1/2. What the judge could not place stays out.
        group.Coloured.ShouldBeTrue();
        group.Rollouts.Select(r => r.Reward).ShouldBe([0, 0.5, 0]);
        group.Rollouts.Select(r => r.Counted).ShouldBe([true, true, false]);
    }

    [Fact]
    public void Parts_OneWideOneNarrow_EachIsNormalisedInTheGroupFirst()
    {
        // Verdicts 1, 0, 1, 0 (deviation √(1/3)) and values 0, 0, 100, 100 (deviation √(10000/3)).
        Group group = Samples.Group(Valued(true, 0), Valued(false, 0), Valued(true, 100), Valued(false, 100));
        Method method = Grpo with { Terms = [new VerifierTerm { Weight = 0.5 }], Advantage = new GroupAdvantage { Scale = new PartDeviations() } };

        method.Shape(group);
        method.Advantage.Estimate([group]);

        double right = 0.5 / (Math.Sqrt(1 / 3.0) + 1e-4), value = 50 / (Math.Sqrt(10000 / 3.0) + 1e-4);
        double[] sums = [right - (value / 2), -right - (value / 2), right + (value / 2), -right + (value / 2)];
        double deviation = Math.Sqrt(sums.Sum(s => s * s) / 3) + 1e-4;
        group.Rollouts.Select(r => r.Advantages[0]).ShouldBe(sums.Select(s => s / deviation), 1e-12);
        group.Rollouts.Select(r => r.Reward).ShouldBe([1, 0, 51, 50]);
    }

    [Fact]
    public void Parts_ValueThatARolloutLacks_AddsNothing()
    {
        Group group = Samples.Group(Valued(true, 2), Valued(true, 4), Samples.Right());
        (Grpo with { Terms = [new VerifierTerm()] }).Shape(group);

        // All are right, so that only the values count: ∓1 / (√2 + 10⁻⁴), and 0 for the one without.
        double one = 1 / (Math.Sqrt(2) + 1e-4);
        new PartDeviations().Rewards(group).ShouldBe([-one, one, 0], 1e-15);
    }

    [Fact]
    public void Parts_WithoutTerms_IsTheRewardNormalisedInTheGroup()
    {
        Group group = Samples.Group(Samples.Right(), Samples.Wrong(), Samples.Undecided());
        Grpo.Shape(group);

        double half = 0.5 / (Math.Sqrt(0.5) + 1e-4);
        new PartDeviations().Rewards(group).ShouldBe([half, -half]);
    }

    [Theory]
    [InlineData("group")]
    [InlineData("parts")]
    public void Estimate_MembersInAnotherOrder_EachKeepsItsAdvantage(string scale)
    {
        Method method = Grpo with
        {
            Terms = [Length, new VerifierTerm { Weight = 0.25 }],
            Advantage = new GroupAdvantage { Scale = CatalogParts.AdvantageScale(scale) },
        };
        Random random = new(3);
        for (int trial = 0; trial < 50; trial++)
        {
            int[] steps = [.. Enumerable.Range(0, 6).Select(_ => random.Next(1, 6))];
            bool[] right = [.. steps.Select(_ => random.Next(2) == 0)];
            double[] values = [.. steps.Select(_ => random.NextDouble())];
            int[] order = [.. Enumerable.Range(0, 6)];
            random.Shuffle(order);
            Group one = Make([.. Enumerable.Range(0, 6)]), other = Make(order);

            method.Shape(one);
            method.Shape(other);
            method.Advantage.Estimate([one]);
            method.Advantage.Estimate([other]);

            other.Rollouts.Select(r => r.Advantages[0]).ShouldBe(order.Select(i => one.Rollouts[i].Advantages[0]), 1e-12);

            Group Make(int[] places) => Samples.Group([.. places.Select(i => Valued(right[i], values[i], steps[i]))]);
        }
    }

    [Fact]
    public void MeasureStep_Terms_AreMeanAndDeviationOfEachPart()
    {
        Method method = Grpo with { Terms = [new VerifierTerm { Reward = "reward", Weight = 9 }, Length, Length with { Target = 4 }, new VerifierTerm { Reward = "no" }] };
        Group group = Samples.Group(Valued(true, 1), Valued(false, 3), Samples.Undecided());

        method.Shape(group);

        method.MeasureStep([group]).ToDictionary(v => v.Metric.Name, v => v.Value, StringComparer.Ordinal).ShouldBe(new Dictionary<string, double>(StringComparer.Ordinal)
        {
            ["terms.reward.mean"] = 0.5, ["terms.reward.std"] = Math.Sqrt(0.5), ["terms.verifier.reward.mean"] = 2,
            ["terms.verifier.reward.std"] = Math.Sqrt(2), ["terms.length.mean"] = -0.125, ["terms.length.std"] = 0, ["terms.length2.mean"] = -1,
            ["terms.length2.std"] = 0,
        }, ignoreOrder: true);
        Grpo.MeasureStep([group]).ShouldBeEmpty();
        MetricCatalog.OfSteps.Where(m => m.IsFamily).Select(m => m.Name).ShouldBe(
            ["constraints.*.mean", "constraints.*.multiplier", "terms.*.mean", "terms.*.std"]);
        MetricCatalog.OfSteps.Count(m => m.IsOneOfFamily("terms.length2.std")).ShouldBe(1);
    }

    [Fact]
    public void Check_CreditThatIsNotOfRewards_RefusesTerms()
    {
        Should.Throw<InputException>(() => OptionTree.Check(MethodCatalog.Find("sgpo-progress") with { Terms = [Length] }, "method.")).Message
            .ShouldStartWith("method.credit credits the steps of judged groups and not their rewards");
        OptionTree.Check(MethodCatalog.Find("sgpo") with { Terms = [Length], Advantage = new CreditToFirstError() }, "method.");
    }

    private static Rollout Valued(bool right, double value, int steps = 3)
    {
        Rollout rollout = right ? Samples.Right(steps) : Samples.Wrong(steps);
        rollout.Verdict = rollout.Verdict with { Rewards = new Dictionary<string, double>(StringComparer.Ordinal) { ["reward"] = value } };
        return rollout;
    }
}
