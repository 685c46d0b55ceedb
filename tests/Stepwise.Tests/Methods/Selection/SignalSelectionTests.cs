using Stepwise.Methods.Selection;
using Stepwise.Policies;
using Stepwise.Reasoning;
using Stepwise.Rollouts;
using Stepwise.Tests.Rollouts;

namespace Stepwise.Tests.Methods.Selection;

public sealed class SignalSelectionTests
{
    private static readonly SignalSelection Plain = new(keepSilent: false, dropTruncated: false);
    private static readonly SignalSelection WithKl = new(keepSilent: true, dropTruncated: false);

    [Fact]
    public void Select_GroupWithSignal_SaysWhereEachGoes()
    {
        Rollout trained = Signal(Samples.Right()), silent = Samples.Wrong(), undecided = Samples.Undecided();
        Rollout unplaced = Samples.Unplaced();
        unplaced.Counted = undecided.Counted = false;
        Rollout failed = Samples.Make(Correctness.Correct, 1, FinishReason.Cancelled);
        Group group = Samples.Group(trained, silent, undecided, unplaced, failed);

        group.Rollouts.Select(r => Plain.Select(group, r)).ShouldBe(
            [Disposition.Trained, Disposition.Filtered, Disposition.Undecided, Disposition.NoJudgement, Disposition.Failed]);
        group.Rollouts.Select(r => WithKl.Select(group, r)).ShouldBe(
            [Disposition.Trained, Disposition.Trained, Disposition.Undecided, Disposition.NoJudgement, Disposition.Failed]);
    }

    [Fact]
    public void Select_DeadGroup_NamesTheGroup()
    {
        Group negative = Samples.Group(Samples.Wrong(), Samples.Unplaced()), positive = Samples.Group(Samples.Right(), Samples.Right());

        negative.Rollouts.ShouldAllBe(r => Plain.Select(negative, r) == Disposition.AllNegativeGroup);
        positive.Rollouts.ShouldAllBe(r => Plain.Select(positive, r) == Disposition.AllPositiveGroup);
        positive.Rollouts.ShouldAllBe(r => WithKl.Select(positive, r) == Disposition.Trained);
    }

    [Fact]
    public void Select_TruncatedSample_IsLeftOutOnlyOnRequest()
    {
        Rollout cut = Signal(Samples.Wrong(1, 2, FinishReason.Length));
        Group group = Samples.Group(cut, Signal(Samples.Right()));

        Plain.Select(group, cut).ShouldBe(Disposition.Trained);
        new SignalSelection(keepSilent: true, dropTruncated: true).Select(group, cut).ShouldBe(Disposition.Truncated);
    }

    [Fact]
    public void Select_SignalOnlyUnderTheMask_IsNone()
    {
        Rollout masked = Signal(Samples.Wrong());
        Array.Clear(masked.Mask);
        Group group = Samples.Group(masked, Signal(Samples.Wrong()));

        Plain.Select(group, masked).ShouldBe(Disposition.Filtered);
    }

    private static Rollout Signal(Rollout rollout)
    {
        Array.Fill(rollout.Advantages, -1.0);
        return rollout;
    }
}
