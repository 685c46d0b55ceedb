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
