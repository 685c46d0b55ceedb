using Stepwise.Reasoning;

namespace Stepwise.Tests.Reasoning;

public sealed class ProgressTests
{
    // 2 needs 0 and 1; 3, the answer, needs 2.
    private static readonly Milestone[] Milestones = [new("9", []), new("6", []), new("54", [0, 1]), new("54", [2])];

    [Fact]
    public void Reach_LaterMilestone_ReachesWhatItDependsOn()
    {
        MilestoneCount count = new(Milestones);
        count.Reach(1, 1);
        count.Reach(1, 2);
        count.Reach(2, 4);

        Progress progress = count.End(5, 6);

        progress.ReachedAt.ShouldBe([1, 4, 4]);
        (progress.Milestones, progress.FirstError, progress.Steps, progress.Share).ShouldBe((4, 5, 6, 0.75));
        progress.Labels.ShouldBe([StepLabel.Progress, StepLabel.Idle, StepLabel.Idle, StepLabel.Progress, StepLabel.Wrong]);
    }

    [Fact]
    public void Labels_NothingWrong_CoverEveryStep() =>
        new MilestoneCount(Milestones).End(3, 2).Labels.ShouldBe([StepLabel.Idle, StepLabel.Idle]);

    [Fact]
    public void After_EveryNumberOfGivenSteps_CountsTheRest()
    {
        for (ulong seed = 0; seed < 300; seed++)
        {
            int steps = CounterRandom.Integer(seed, 0, 6), firstError = 1 + CounterRandom.Integer(seed, 1, steps + 1), given = CounterRandom.Integer(seed, 2, steps + 1);
            int[] reachedAt = [.. Enumerable.Range(1, Math.Min(firstError, steps)).Where(step => CounterRandom.Integer(seed, (ulong)(2 + step), 2) == 0)];
            StepJudgement whole = (firstError > steps ? StepJudgement.NoError(steps, "") : StepJudgement.Error(firstError, steps, "")) with
            {
                Progress = new(reachedAt.Length + 2, reachedAt, firstError, steps),
            };

            StepJudgement rest = whole.After(given);

            int own = reachedAt.Count(step => step > given);
            (rest.Steps, rest.FirstError).ShouldBe((steps - given, Math.Max(firstError - given, 1)));
            (rest.Progress!.Milestones, rest.Progress.ReachedAt.Count, rest.Progress.Steps).ShouldBe((own + 2, own, steps - given));
            rest.Progress.Labels.ShouldBe(firstError > given ? whole.Progress!.Labels.Skip(given) : steps > given ? [StepLabel.Wrong] : []);
        }
    }

    [Fact]
    public void After_NothingLeft_IsNothing()
    {
        StepJudgement all = StepJudgement.Error(2, 2, "why", new(1, 9)) with { Progress = new(1, [1], 2, 2), Confidence = 0.5 };

        StepJudgement rest = all.After(2);

        (rest.Outcome, rest.Steps, rest.Reason, rest.Cost, rest.Confidence).ShouldBe((JudgementOutcome.NoError, 0, "why", new(1, 9), 0.5));
        (rest.Progress!.Share, rest.Progress.Milestones).ShouldBe((0, 1));
        StepJudgement.None("no").After(2).ShouldBe(StepJudgement.None("no"));
        all.After(0).ShouldBeSameAs(all);
    }

    [Theory]
    [InlineData(0, new int[0], 1, 1)]
    [InlineData(1, new[] { 1, 1 }, 2, 1)]
    [InlineData(3, new[] { 2, 1 }, 3, 2)]
    [InlineData(3, new[] { 0 }, 3, 2)]
    [InlineData(3, new[] { 3 }, 2, 3)]
    [InlineData(3, new[] { 3 }, 3, 2)]
    [InlineData(3, new int[0], 0, 2)]
    [InlineData(3, new int[0], 4, 2)]
    public void Create_OutOfRange_IsRefused(int milestones, int[] reachedAt, int firstError, int steps) =>
        Should.Throw<ArgumentException>(() => new Progress(milestones, reachedAt, firstError, steps));
}
