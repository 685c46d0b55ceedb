using Stepwise.Methods.Selection;
using Stepwise.Policies;
using Stepwise.Rollouts;
using Stepwise.Tests.Rollouts;

namespace Stepwise.Tests.Methods.Selection;

public sealed class AllRolloutsTests
{
    [Fact]
    public void Select_TruncatedSample_IsLeftOutOnlyOnRequest()
    {
        Rollout cut = Samples.Wrong(1, 2, FinishReason.Length), whole = Samples.Right();
        Group group = Samples.Group(cut, whole);

        new AllRollouts().Select([group]);
        (cut.LeftOut, new AllRollouts().CanTrain(cut)).ShouldBe((false, true));

        AllRollouts dropping = new() { DropTruncated = true };
        dropping.Select([group]);
        (cut.LeftOut, cut.Disposition, cut.Counted, dropping.CanTrain(cut)).ShouldBe((true, Disposition.Truncated, true, false));
        (whole.LeftOut, dropping.CanTrain(whole)).ShouldBe((false, true));
    }

    [Fact]
    public void Select_TruncatedAndUndecided_IsBookedAsUndecided()
    {
        Rollout undecided = Samples.Make(Stepwise.Reasoning.Correctness.Undecided, 2, FinishReason.Length);
        Group group = Samples.Group(undecided, Samples.Right());

        new AllRollouts { DropTruncated = true }.Select([group]);
        Samples.Settle([group]);

        undecided.Disposition.ShouldBe(Disposition.Undecided);
    }
}
