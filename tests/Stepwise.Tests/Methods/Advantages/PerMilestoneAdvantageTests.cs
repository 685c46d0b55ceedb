using Stepwise.Methods.Advantages;
using Stepwise.Policies;
using Stepwise.Rollouts;
using Stepwise.Tests.Rollouts;

namespace Stepwise.Tests.Methods.Advantages;

public sealed class PerMilestoneAdvantageTests
{
    private readonly PerMilestoneAdvantage _estimator = new(new(new GroupAdvantage { Scale = new NoScale() }));

    [Fact]
    public void Estimate_IdleSteps_BelongToTheirSegment()
    {
        // Of 3 milestones: none, wrong at step 2; the first at step 2, wrong at 4; the first two at steps 1 and 3, wrong at 4.
        // Segment 0: two of three reach the first. Segment 1: one of two. Segment 2: a lone survivor.
        Rollout none = Samples.Wrong(3, [], 2, 3), one = Samples.Wrong(3, [2], 4, 5), two = Samples.Wrong(3, [1, 3], 4, 4);

        _estimator.Estimate([Samples.Group(none, one, two)]);

        PerStep(none).ShouldBe([-2 / 3.0, -2 / 3.0, 0], 1e-15);
        PerStep(one).ShouldBe([1 / 3.0, 1 / 3.0, -0.5, -0.5, 0], 1e-15);
        PerStep(two).ShouldBe([1 / 3.0, 0.5, 0.5, 0], 1e-15);
    }

    [Fact]
    public void Estimate_GivenMilestones_CountForNobody()
    {
        // The guided one was given the first of three milestones, at its first step, and reaches the second; of the others one reaches the first.
        Rollout guided = Samples.Given(1, Samples.Wrong(3, [1, 3], 4, 4)), none = Samples.Wrong(3, [], 2, 3), one = Samples.Wrong(3, [2], 4, 5);

        _estimator.Estimate([Samples.Group(guided, none, one)]);

        PerStep(guided).ShouldBe([0, 0.5, 0.5, 0]);
        PerStep(none).ShouldBe([-0.5, -0.5, 0]);
        PerStep(one).ShouldBe([0.5, 0.5, -0.5, -0.5, 0]);
    }

    [Fact]
    public void Estimate_ErrorInAGivenStep_BlamesTheFirstOfItsOwn()
    {
        Rollout blamed = Samples.Given(1, Samples.Wrong(2, [], 1, 3)), reached = Samples.Wrong(2, [1], 2, 3);

        _estimator.Estimate([Samples.Group(blamed, reached)]);

        PerStep(blamed).ShouldBe([0, -0.5, 0]);
        PerStep(reached).ShouldBe([0.5, 0, 0]);
    }

    [Fact]
    public void Estimate_NoIdleSteps_IsCreditPerStep()
    {
        // Where each right step is a milestone the two agree, but for what stopped early: there it is an error of the place it stopped at.
        for (ulong seed = 0; seed < 200; seed++)
        {
            (int FirstError, int Steps)[] drawn = [.. Enumerable.Range(0, 6).Select(i =>
            {
                int steps = 1 + CounterRandom.Integer(seed, (ulong)(2 * i), 6);
                return (1 + CounterRandom.Integer(seed, (ulong)((2 * i) + 1), steps), steps);
            })];
            Rollout[] perStep = [.. drawn.Select(d => Samples.Wrong(d.FirstError, d.Steps))];
            Rollout[] perMilestone = [.. drawn.Select(d => Samples.Wrong(7, [.. Enumerable.Range(1, d.FirstError - 1)], d.FirstError, d.Steps))];

            new PerStepAdvantage().Estimate([Samples.Group(perStep)]);
            _estimator.Estimate([Samples.Group(perMilestone)]);

            perMilestone.Select(PerStep).SelectMany(a => a).ShouldBe(perStep.Select(PerStep).SelectMany(a => a), 1e-12);
        }
    }

    [Fact]
    public void Estimate_CutOffWithinASegment_IsAsGoodAsStopping()
    {
        // The first stopped after its first milestone, the second was cut off there, in the middle of its third step: neither reaches the second.
        // Two of three ended.
        Rollout stopped = Samples.Wrong(3, [1], 3, 2), cut = Samples.Wrong(3, [1], 3, 2, FinishReason.Length), wrong = Samples.Wrong(3, [1, 2], 3, 4);

        _estimator.Estimate([Samples.Group(stopped, cut, wrong)]);

        PerStep(stopped).ShouldBe([0, -1 / 3.0], 1e-15);
        cut.Advantages.ShouldBe([0, 0, 0, .. Enumerable.Repeat(-1 / 3.0, 3), .. Enumerable.Repeat(-2 / 3.0, 3)], 1e-15);
        PerStep(wrong).ShouldBe([0, 2 / 3.0, 0, 1 / 3.0], 1e-15);
    }

    [Fact]
    public void Estimate_CutOffAfterItsError_IsBlamedForRunningOn()
    {
        Rollout cut = Samples.Wrong(3, [1], 2, 3, FinishReason.Length), ended = Samples.Wrong(3, [1, 2], 3, 4);

        _estimator.Estimate([Samples.Group(cut, ended)]);

        cut.Advantages.ShouldBe([0, 0, 0, .. Enumerable.Repeat(-0.5, 9)]);
        PerStep(ended).ShouldBe([0, 0.5, 0, 0.5]);
    }

    [Fact]
    public void Estimate_CutOffWithinItsFirstStep_IsBlamedForRunningOn()
    {
        Rollout cut = Samples.Wrong(1, [], 1, 0, FinishReason.Length), right = Samples.Right(1);

        _estimator.Estimate([Samples.Group(cut, right)]);

        cut.Advantages.ShouldBe([-0.5, -0.5, -0.5]);
        PerStep(right).ShouldBe([0.5]);
    }

    [Fact]
    public void Estimate_AllCutOff_BlamesNoneForIt()
    {
        Rollout one = Samples.Wrong(2, [1], 2, 3, FinishReason.Length), other = Samples.Wrong(2, [1], 2, 2, FinishReason.Length);

        _estimator.Estimate([Samples.Group(one, other)]);

        one.Advantages.Concat(other.Advantages).ShouldAllBe(advantage => advantage == 0);
    }

    [Fact]
    public void Estimate_RightAnswers_ReachEveryMilestone()
    {
        // The judge saw the first two milestones of three in one and nothing of the other; both reach the rest at their last steps.
        Rollout seen = Samples.Right(4), unseen = Samples.Right(2), wrong = Samples.Wrong(3, [2], 3, 3);
        seen.Judgement = Samples.Wrong(3, [1, 2], 3, 4).Judgement;

        _estimator.Estimate([Samples.Group(seen, unseen, wrong)]);

        PerStep(seen).ShouldBe([0, 1 / 3.0, 0, 0], 1e-15);
        PerStep(unseen).ShouldBe([0, 0]);
        PerStep(wrong).ShouldBe([0, 0, -2 / 3.0], 1e-15);
    }

    [Fact]
    public void Estimate_SeveralMilestonesInOneStep_EndTheSegmentOfTheFirst()
    {
        Rollout merged = Samples.Wrong(3, [1, 1], 2, 2), apart = Samples.Wrong(3, [1], 2, 2), none = Samples.Wrong(3, [], 1, 2);

        _estimator.Estimate([Samples.Group(merged, apart, none)]);

        PerStep(merged).ShouldBe([1 / 3.0, 0], 1e-15);
        PerStep(apart).ShouldBe([1 / 3.0, -0.5], 1e-15);
        PerStep(none).ShouldBe([-2 / 3.0, 0], 1e-15);
    }

    [Fact]
    public void Estimate_GroupsWithoutMilestones_GoToCreditPerStepAndToTheInnerEstimator()
    {
        Group steps = Samples.Group(Samples.Wrong(1, 2), Samples.Wrong(2, 2)), silent = Samples.Group(Samples.Right(), Samples.Unplaced());
        silent.Rollouts[0].Reward = 1;
        Rollout uncounted = Samples.Wrong(3, [1], 2, 2);
        uncounted.Counted = false;
        Group lone = Samples.Group(Samples.Wrong(3, [], 1, 2), uncounted, Samples.Unplaced());

        _estimator.Estimate([steps, silent, lone]);

        PerStep(steps.Rollouts[1]).ShouldBe([0.5, 0]);
        silent.Rollouts[0].Advantages.ShouldAllBe(a => a == 0.5);
        lone.Rollouts.ShouldAllBe(r => !r.HasAdvantage);
    }

    /// <summary>One advantage per step, after checking that all its tokens share it.</summary>
    private static double[] PerStep(Rollout rollout)
    {
        double[][] steps = [.. rollout.Advantages.Chunk(Samples.TokensPerStep)];
        steps.ShouldAllBe(s => s.All(a => a == s[0]));
        return [.. steps.Select(s => s[0])];
    }
}
