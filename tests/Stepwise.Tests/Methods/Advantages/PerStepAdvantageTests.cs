using Stepwise.Methods.Advantages;
using Stepwise.Policies;
using Stepwise.Rollouts;
using Stepwise.Tests.Rollouts;

namespace Stepwise.Tests.Methods.Advantages;

public sealed class PerStepAdvantageTests
{
    private readonly PerStepAdvantage _estimator = new(new GroupAdvantage { Scale = new NoScale() });

    [Fact]
    public void Estimate_JudgedGroup_HandComputed()
    {
        // First errors at 1, 2, 3 of three steps. Step 1: one of three wrong; step 2: one of two wrong; step 3: a lone survivor.
        Rollout[] rollouts = [Samples.Wrong(1, 3), Samples.Wrong(2, 3), Samples.Wrong(3, 3)];

        _estimator.Estimate([Samples.Group(rollouts)]);

        PerStep(rollouts[0]).ShouldBe([-2 / 3.0, 0, 0], 1e-15);
        PerStep(rollouts[1]).ShouldBe([1 / 3.0, -0.5, 0], 1e-15);
        PerStep(rollouts[2]).ShouldBe([1 / 3.0, 0.5, 0], 1e-15);
        rollouts.ShouldAllBe(r => r.Mask.All(m => m));
    }

    [Fact]
    public void Estimate_GivenSteps_CountForNobody()
    {
        // Of step 1 only the unguided two are compared; at step 2 the guided one is right and one of the others wrong.
        Rollout guided = Samples.Given(1, Samples.Wrong(3, 3)), first = Samples.Wrong(1, 3), second = Samples.Wrong(2, 3);

        _estimator.Estimate([Samples.Group(guided, first, second)]);

        PerStep(guided).ShouldBe([0, 0.5, 0]);
        PerStep(first).ShouldBe([-0.5, 0, 0]);
        PerStep(second).ShouldBe([0.5, -0.5, 0]);
    }

    [Fact]
    public void Estimate_ErrorInAGivenStep_BlamesTheFirstOfItsOwn()
    {
        Rollout blamed = Samples.Given(1, Samples.Wrong(1, 3)), right = Samples.Wrong(3, 3);

        _estimator.Estimate([Samples.Group(blamed, right)]);

        PerStep(blamed).ShouldBe([0, -0.5, 0]);
        PerStep(right).ShouldBe([0, 0.5, 0]);
    }

    [Fact]
    public void Estimate_MixedGroup_TheRightAnswerHasNoError()
    {
        Rollout right = Samples.Right(2), wrong = Samples.Wrong(2, 2);

        _estimator.Estimate([Samples.Group(right, wrong)]);

        PerStep(right).ShouldBe([0, 0.5]);
        PerStep(wrong).ShouldBe([0, -0.5]);
    }

    [Fact]
    public void Estimate_ShorterResponseWithoutError_IsNotAliveAfterItsEnd()
    {
        // At step 3 only the second is left: the first ended, it did not err.
        Rollout shorter = Samples.Right(2), longer = Samples.Wrong(3, 3);

        _estimator.Estimate([Samples.Group(shorter, longer)]);

        shorter.HasAdvantage.ShouldBeFalse();
        longer.HasAdvantage.ShouldBeFalse();
    }

    [Fact]
    public void Estimate_CutOff_IsBlamedForRunningOnBehindItsLastStep()
    {
        Rollout cut = Samples.Wrong(2, 1, FinishReason.Length), wrong = Samples.Wrong(1, 2);

        _estimator.Estimate([Samples.Group(cut, wrong)]);

        cut.Advantages.ShouldBe([0.5, 0.5, 0.5, -0.5, -0.5, -0.5]);
        PerStep(wrong).ShouldBe([-0.5, 0.5]);
    }

    [Fact]
    public void Estimate_UnplacedAndUncounted_EnterNoMean()
    {
        Rollout first = Samples.Wrong(1, 2), second = Samples.Wrong(2, 2), unplaced = Samples.Unplaced(2), undecided = Samples.Undecided(2);
        undecided.Counted = false;

        _estimator.Estimate([Samples.Group(first, second, unplaced, undecided)]);

        PerStep(first).ShouldBe([-0.5, 0]);
        PerStep(second).ShouldBe([0.5, 0]);
        unplaced.HasAdvantage.ShouldBeFalse();
        undecided.HasAdvantage.ShouldBeFalse();
    }

    [Fact]
    public void Estimate_GroupTheJudgeWasNotAskedAbout_GoesToTheInnerEstimator()
    {
        Group inner = Samples.Group(Samples.Right(), Samples.Wrong()), judged = Samples.Group(Samples.Wrong(1, 3), Samples.Wrong(1, 3));
        inner.Rollouts[0].Reward = 1;

        _estimator.Estimate([judged, inner]);

        inner.Rollouts[0].Advantages.ShouldAllBe(a => a == 0.5);
        inner.Rollouts[1].Advantages.ShouldAllBe(a => a == -0.5);
        judged.Rollouts.ShouldAllBe(r => !r.HasAdvantage); // All err at the same step.
    }

    [Fact]
    public void Estimate_MixedGroupWithNothingPlaced_KeepsTheInnerEstimatorsSignal()
    {
        Group mixed = Samples.Group(Samples.Right(), Samples.Right(), Samples.Unplaced(), Samples.Unplaced());
        mixed.Rollouts[0].Reward = mixed.Rollouts[1].Reward = 1;
        Group judged = Samples.Group(Samples.Wrong(1, 3), Samples.Wrong(2, 3));
        judged.Rollouts[1].Reward = 100;

        new PerStepAdvantage(new GroupAdvantage { Scale = new BatchDeviation() }).Estimate([mixed, judged]);

        // Deviation of 1, 1, 0, 0 with divisor 3; the judged group's rewards do not enter it.
        double expected = 0.5 / (Math.Sqrt(1 / 3.0) + GroupDeviation.Epsilon);
        mixed.Rollouts.Take(2).ShouldAllBe(r => r.Advantages.All(a => Math.Abs(a - expected) < 1e-15));
        mixed.Rollouts.Skip(2).ShouldAllBe(r => r.Advantages.All(a => Math.Abs(a + expected) < 1e-15));
        PerStep(judged.Rollouts[1]).ShouldBe([0.5, 0, 0]);
    }

    [Fact]
    public void Estimate_AnyFirstErrors_EveryStepSumsToZeroOverTheGroup()
    {
        for (ulong seed = 0; seed < 50; seed++)
        {
            Rollout[] rollouts = [.. Enumerable.Range(0, 8).Select(i =>
            {
                int steps = 1 + CounterRandom.Integer(seed, (ulong)(2 * i), 6);
                return Samples.Wrong(1 + CounterRandom.Integer(seed, (ulong)((2 * i) + 1), steps + 1), steps);
            })];

            _estimator.Estimate([Samples.Group(rollouts)]);

            for (int step = 0; step < 6; step++)
            {
                rollouts.Select(PerStep).Where(a => step < a.Length).Sum(a => a[step]).ShouldBe(0, 1e-12);
            }
        }
    }

    /// <summary>One advantage per step, after checking that all its tokens share it.</summary>
    private static double[] PerStep(Rollout rollout)
    {
        double[][] steps = [.. rollout.Advantages.Chunk(Samples.TokensPerStep)];
        steps.ShouldAllBe(s => s.All(a => a == s[0]));
        return [.. steps.Select(s => s[0])];
    }
}
