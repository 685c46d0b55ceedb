using Stepwise.Policies;
using Stepwise.Reasoning;
using Stepwise.Rollouts;

namespace Stepwise.Tests.Rollouts;

public sealed class GroupTests
{
    [Fact]
    public void Settle_GroupWithSignal_SaysWhereEachGoes()
    {
        Rollout trained = Signal(Samples.Right()), silent = Samples.Wrong(), undecided = Samples.Undecided();
        Rollout unplaced = Samples.Unplaced();
        unplaced.Counted = undecided.Counted = false;
        Rollout failed = Samples.Make(Correctness.Correct, 1, FinishReason.Cancelled);
        Group group = Samples.Group(trained, silent, undecided, unplaced, failed);

        Settled(group, keepSilent: false).ShouldBe(
            [Disposition.Trained, Disposition.Filtered, Disposition.Undecided, Disposition.NoJudgement, Disposition.Failed]);
        Settled(group, keepSilent: true).ShouldBe(
            [Disposition.Trained, Disposition.Trained, Disposition.Undecided, Disposition.NoJudgement, Disposition.Failed]);
    }

    [Fact]
    public void Settle_DeadGroup_NamesTheGroup()
    {
        Group negative = Samples.Group(Samples.Wrong(), Samples.Unplaced()), positive = Samples.Group(Samples.Right(), Samples.Right());

        Settled(negative, keepSilent: false).ShouldAllBe(d => d == Disposition.AllNegativeGroup);
        Settled(positive, keepSilent: false).ShouldAllBe(d => d == Disposition.AllPositiveGroup);
        Settled(positive, keepSilent: true).ShouldAllBe(d => d == Disposition.Trained);
    }

    [Fact]
    public void Settle_SelectionLeftOneOut_ItsReasonStaysAndItsSignalIsNone()
    {
        Rollout cut = Signal(Samples.Wrong(1, 2, FinishReason.Length));
        cut.LeaveOut(Disposition.Truncated);
        Group group = Samples.Group(cut, Samples.Wrong());

        Settled(group, keepSilent: false).ShouldBe([Disposition.Truncated, Disposition.AllNegativeGroup]);
        cut.InLoss.ShouldBeFalse();
    }

    [Fact]
    public void Settle_SignalOnlyUnderTheMask_IsNone()
    {
        Rollout masked = Signal(Samples.Wrong());
        Array.Clear(masked.Mask);
        Group group = Samples.Group(masked, Signal(Samples.Wrong()));

        Settled(group, keepSilent: false).ShouldBe([Disposition.Filtered, Disposition.Trained]);
    }

    [Fact]
    public void Unequal_RewardsDifferOrOneHasAnAdvantage()
    {
        Group uncounted = Samples.Rewarded(1, 1, 0), advantage = Samples.Rewarded(1, 1);
        uncounted.Rollouts[2].Counted = false;
        advantage.Rollouts[1].Advantages[0] = 0.5;

        Samples.Rewarded(0, 1, 1).Unequal.ShouldBeTrue();
        advantage.Unequal.ShouldBeTrue();
        Samples.Rewarded(1, 1).Unequal.ShouldBeFalse();
        uncounted.Unequal.ShouldBeFalse();
        uncounted.Rollouts[1].LeaveOut(Disposition.Truncated);
        uncounted.Rollouts[0].LeaveOut(Disposition.Truncated);
        uncounted.Unequal.ShouldBeFalse();
    }

    private static Disposition[] Settled(Group group, bool keepSilent)
    {
        group.Settle(keepSilent);
        return [.. group.Rollouts.Select(r => r.Disposition)];
    }

    private static Rollout Signal(Rollout rollout)
    {
        Array.Fill(rollout.Advantages, -1.0);
        return rollout;
    }
}
