using Stepwise.Methods.Rewards;
using Stepwise.Policies;
using Stepwise.Rollouts;
using Stepwise.Tests.Rollouts;

namespace Stepwise.Tests.Methods.Rewards;

public sealed class SpectralRewardTests
{
    [Fact]
    public void OutcomeReward_Verdicts_AreOneAndZeroAndUndecidedIsNotCounted()
    {
        Group group = Samples.Group(Samples.Right(), Samples.Wrong(1, 3), Samples.Undecided());

        new OutcomeReward().Shape(group, 1);

        group.Rollouts.Select(r => r.Reward).ShouldBe([1, 0, 0]);
        group.Rollouts.Select(r => r.Counted).ShouldBe([true, true, false]);
        group.Coloured.ShouldBeFalse();
        group.Rollouts.ShouldAllBe(r => !new OutcomeReward().WantsJudgement(group, r, 1));
    }

    [Fact]
    public void Shape_Progress_IsTheShareOfTheMilestonesWhateverTheSteps()
    {
        // 0, 1 and 3 of 4 milestones; the second is padded, the third has no first error that the judge could name.
        Rollout padded = Samples.Wrong(4, [7], 8, 9), unplaced = Samples.Unplaced();
        unplaced.Judgement = unplaced.Judgement! with { Progress = new(4, [1, 2, 2], 3, 3) };
        Group group = Shaped(new SpectralReward { Measure = new MilestoneShare() }, Samples.Wrong(4, [], 3, 3), padded, unplaced);

        group.ByProgress.ShouldBeTrue();
        group.Rollouts.Select(r => r.Rts).ShouldBe([0, 0.25, 0.75]);
        group.Rollouts.Select(r => Math.Round(r.Reward, 4)).ShouldBe([0.0067, 0.0759, 0.9241]);
        group.Rollouts.ShouldAllBe(r => r.Counted);
    }

    [Fact]
    public void Shape_ProgressButOneWithoutMilestones_CountsStepsForAll()
    {
        SpectralReward progress = new() { Measure = new MilestoneShare(), Shaping = new RawRts() };
        Group mixed = Shaped(progress, Samples.Wrong(4, [1], 2, 3), Samples.Wrong(3, 4));
        Group silent = Shaped(progress, Samples.Wrong(4, [1], 2, 3), Samples.Wrong(4, [], 2, 3), Samples.Unplaced());

        mixed.ByProgress.ShouldBeFalse();
        mixed.Rollouts.Select(r => r.Reward).ShouldBe([1 / 3.0, 0.5]);
        silent.ByProgress.ShouldBeTrue();
        silent.Rollouts.Select(r => r.Rts).ShouldBe([0.25, 0, null]);
        silent.Rollouts.Select(r => r.Counted).ShouldBe([true, true, false]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Shape_ProgressOfEverything_EarnsLessThanARightAnswer(bool sigmoid)
    {
        SpectralReward reward = new()
        {
            Measure = new MilestoneShare(), Scope = JudgeScope.EveryIncorrect, Shaping = sigmoid ? new SigmoidOfRts { Beta = 1e6 } : new RawRts(),
        };
        Group group = Shaped(reward, Samples.Right(), Samples.Wrong(2, [1, 1], 2, 3), Samples.Wrong(2, [], 2, 3));

        group.Rollouts[0].Reward.ShouldBe(1);
        group.Rollouts[1].Reward.ShouldBe(1, 1e-12);
        group.Rollouts[1].Reward.ShouldBeLessThan(1);
    }

    [Fact]
    public void Shape_Steps_LooksAtNoMilestones()
    {
        Group group = Shaped(new SpectralReward { Shaping = new RawRts() }, Samples.Wrong(4, [1], 3, 4), Samples.Wrong(4, [1], 2, 4));

        group.ByProgress.ShouldBeFalse();
        group.Rollouts.Select(r => r.Reward).ShouldBe([0.5, 0.25]);
    }

    // The paper's examples: error at step 4 of 5, at step 3 of 5; and the published points of the curve.
    [Theory]
    [InlineData(4, 5, 0.6)]
    [InlineData(3, 5, 0.4)]
    [InlineData(1, 5, 0.0)]
    [InlineData(6, 5, 1.0)]
    public void Shape_ResponseDenominator_IsThePapersRts(int firstError, int steps, double rts)
    {
        Group group = Shaped(new SpectralReward { Shaping = new RawRts() }, Samples.Wrong(firstError, steps), Samples.Wrong(2, 4));

        group.Coloured.ShouldBeTrue();
        group.Rollouts[0].Rts.ShouldBe(rts);
        group.Rollouts[0].Reward.ShouldBe(rts);
    }

    [Theory]
    [InlineData(1, 0.0067)]
    [InlineData(2, 0.0759)]
    [InlineData(3, 0.5)]
    [InlineData(4, 0.9241)]
    [InlineData(5, 0.9933)]
    public void Shape_Sigmoid_HandComputed(int firstError, double reward)
    {
        // An eight-step response tells the group apart in every row.
        Group group = Shaped(new SpectralReward(), Samples.Wrong(firstError, 4), Samples.Wrong(2, 8));

        group.Rollouts[0].Reward.ShouldBe(reward, 5e-5);
    }

    [Fact]
    public void Shape_ReferenceDenominator_ShortResponseEarnsOnlyWhatItDid()
    {
        SpectralReward reward = new() { Shaping = new RawRts(), Measure = new StepShare { Denominator = new ReferenceSteps() } };
        Group group = Samples.Group(
            10, Samples.Wrong(2, 2), Samples.Wrong(4, 3, FinishReason.Length), Samples.Wrong(11, 20), Samples.Wrong(1, 12));

        reward.Shape(group, 1);

        group.Rollouts.Select(r => r.Rts!.Value).ShouldBe([0.1, 0.3, 0.5, 0.0]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Shape_NoCompleteStep_HasRtsZero(bool byReference)
    {
        SpectralReward reward = new() { Measure = new StepShare { Denominator = byReference ? new ReferenceSteps() : new ResponseSteps() } };
        Group group = Shaped(reward, Samples.Wrong(1, 0, FinishReason.Length), Samples.Wrong(2, 2));

        group.Rollouts[0].Rts.ShouldBe(0.0);
    }

    [Fact]
    public void Shape_EqualRts_StaysFlat()
    {
        Group group = Shaped(new SpectralReward(), Samples.Wrong(2, 2), Samples.Wrong(3, 4));

        group.Coloured.ShouldBeFalse();
        group.Rollouts.Select(r => r.Rts).ShouldBe([0.5, 0.5]);
        group.Rollouts.ShouldAllBe(r => r.Reward == 0.0 && r.Counted);
    }

    [Fact]
    public void Shape_RewardsThatSaturate_StayFlat()
    {
        Group group = Shaped(new SpectralReward { Shaping = new SigmoidOfRts { Beta = 1e6 } }, Samples.Wrong(1, 8), Samples.Wrong(2, 8));

        group.Coloured.ShouldBeFalse();
    }

    [Fact]
    public void Shape_WithoutJudgementInAColouredGroup_IsNotCounted()
    {
        Group group = Shaped(new SpectralReward(), Samples.Wrong(1, 2), Samples.Wrong(2, 2), Samples.Unplaced(), Samples.Wrong());

        group.Coloured.ShouldBeTrue();
        group.Rollouts.Select(r => r.Counted).ShouldBe([true, true, false, false]);
        group.Rollouts[2].Rts.ShouldBeNull();
    }

    [Fact]
    public void Shape_OnlyOnePlaced_StaysFlatAndCountsAll()
    {
        Group group = Shaped(new SpectralReward(), Samples.Wrong(2, 2), Samples.Unplaced(), Samples.Unplaced());

        group.Coloured.ShouldBeFalse();
        group.Rollouts.ShouldAllBe(r => r.Counted && r.Reward == 0.0);
    }

    [Fact]
    public void Shape_MixedGroup_IsGradedOnlyWhereEveryIncorrectIsJudged()
    {
        Rollout[] rollouts = [Samples.Right(), Samples.Wrong(2, 2), Samples.Unplaced()];
        Group group = Samples.Group(rollouts);

        new SpectralReward { Shaping = new RawRts() }.Shape(group, 1);
        rollouts.Select(r => r.Reward).ShouldBe([1, 0, 0]);
        group.Coloured.ShouldBeFalse();

        new SpectralReward { Shaping = new RawRts(), Scope = JudgeScope.EveryIncorrect }.Shape(group, 1);
        rollouts.Select(r => r.Reward).ShouldBe([1, 0.5, 0]);
        rollouts.Select(r => r.Counted).ShouldBe([true, true, false]);
        group.Coloured.ShouldBeTrue();
    }

    [Fact]
    public void WantsJudgement_ScopeAndLastStep_Decide()
    {
        Group mixed = Samples.Group(Samples.Right(), Samples.Wrong()), negative = Samples.Group(Samples.Wrong(), Samples.Undecided());
        SpectralReward negativeOnly = new() { LastJudgedStep = 3 };
        SpectralReward every = new() { Scope = JudgeScope.EveryIncorrect };

        bool[] Asked(SpectralReward reward, Group group, int step) => [.. group.Rollouts.Select(r => reward.WantsJudgement(group, r, step))];
        Asked(negativeOnly, mixed, 1).ShouldBe([false, false]);
        Asked(negativeOnly, negative, 3).ShouldBe([true, false]);
        Asked(negativeOnly, negative, 4).ShouldBe([false, false]);
        Asked(every, mixed, 1_000_000).ShouldBe([false, true]);
    }

    [Fact]
    public void Shape_AfterTheLastJudgedStep_IsTheOutcome()
    {
        Group group = Samples.Group(Samples.Wrong(1, 2), Samples.Wrong(2, 2));

        new SpectralReward { LastJudgedStep = 3 }.Shape(group, 4);

        group.Coloured.ShouldBeFalse();
        group.Rollouts.ShouldAllBe(r => r.Reward == 0.0 && r.Rts == null);
    }

    [Fact]
    public void Shape_AnyJudgements_RewardGrowsWithRtsAndStaysBelowOne()
    {
        for (ulong seed = 0; seed < 100; seed++)
        {
            Rollout[] rollouts = [.. Enumerable.Range(0, 8).Select(i =>
            {
                int steps = CounterRandom.Integer(seed, (ulong)(2 * i), 9);
                return Samples.Wrong(1 + CounterRandom.Integer(seed, (ulong)((2 * i) + 1), steps + 1), steps);
            })];
            Group group = Samples.Group(referenceSteps: CounterRandom.Integer(seed, 99, 9), rollouts);
            IRtsDenominator denominator = CounterRandom.Integer(seed, 100, 2) == 0 ? new ResponseSteps() : new ReferenceSteps();
            new SpectralReward { Measure = new StepShare { Denominator = denominator } }.Shape(group, 1);

            rollouts.ShouldAllBe(r => r.Rts >= 0 && r.Rts <= 1);
            if (group.Coloured)
            {
                rollouts.ShouldAllBe(r => r.Reward > 0 && r.Reward < 1);
                rollouts.OrderBy(r => r.Rts).Select(r => r.Reward).ShouldBeInOrder();
            }
        }
    }

    [Fact]
    public void Shape_GivenSteps_AreNoMerit()
    {
        // Given two of four steps: wrong at once, and right for one of the two left; without help right for one of four.
        Rollout[] bySteps = [Samples.Given(2, Samples.Wrong(3, 4)), Samples.Given(2, Samples.Wrong(4, 4)), Samples.Wrong(2, 4)];
        Shaped(new SpectralReward(), bySteps);
        bySteps.Select(r => r.Rts).ShouldBe([0, 0.5, 0.25]);

        // The reference has six steps, four of which were left to the guided one.
        Rollout[] byReference = [Samples.Given(2, Samples.Wrong(4, 4)), Samples.Wrong(4, 4)];
        new SpectralReward { Measure = new StepShare { Denominator = new ReferenceSteps() } }.Shape(Samples.Group(referenceSteps: 6, byReference), 1);
        byReference.Select(r => r.Rts).ShouldBe([1 / 4.0, 3 / 6.0]);

        // Of five milestones two were given, at the first and second step; two of the three left were reached.
        Rollout[] byProgress = [Samples.Given(2, Samples.Wrong(5, [1, 2, 3, 4], 5, 5)), Samples.Wrong(5, [1, 2], 3, 4)];
        Shaped(new SpectralReward { Measure = new MilestoneShare() }, byProgress).ByProgress.ShouldBeTrue();
        byProgress.Select(r => r.Rts).ShouldBe([2 / 3.0, 2 / 5.0]);
    }

    private static Group Shaped(SpectralReward reward, params Rollout[] rollouts)
    {
        Group group = Samples.Group(rollouts);
        reward.Shape(group, 1);
        return group;
    }
}
