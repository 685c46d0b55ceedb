using Stepwise.Judging;
using Stepwise.Judging.Models;
using Stepwise.Problems;

using static Stepwise.Tests.Judging.Models.Scripted;

namespace Stepwise.Tests.Judging.Models;

public sealed class ShownReferenceTests
{
    [Theory]
    [InlineData(ReferenceView.Reference, true, true, true, 2)]
    [InlineData(ReferenceView.Outline, false, true, true, 2)]
    [InlineData(ReferenceView.Answer, false, false, true, 0)]
    [InlineData(ReferenceView.Nothing, false, false, false, 0)]
    public async Task Ask_AView_ShowsThatAndNoMore(ReferenceView view, bool solution, bool milestones, bool answer, int count)
    {
        ScriptedModel model = new(request => Answer(request, ""));
        using ChatJudge judge = Judge(model, o => o with { Sees = view });

        await judge.JudgeOneAsync(Sum, Response("1 + 1 = 3"));

        string asked = model.Requests.ShouldHaveSingleItem().User;
        asked.Contains("\nr| 2 + 3 = 5\nr| 5 * 4 = 20\n", StringComparison.Ordinal).ShouldBe(solution);
        asked.Contains("\nm1| 5\nm2| 20\n", StringComparison.Ordinal).ShouldBe(milestones);
        asked.Contains("\na| 20\n", StringComparison.Ordinal).ShouldBe(answer);
        asked.ShouldContain($"1 numbered steps and {count} milestones.");
        asked.ShouldContain("\nq| What is (2 + 3) * 4?\n");
    }

    [Fact]
    public void Of_TaskWithoutMilestones_TheLinesOfTheSolutionAreSome()
    {
        ShownReference shown = ShownReference.Of(ReferenceView.Outline, new JudgeSetting(NoJudge.Instance), new Problem("p", "q", "3", "a\n\nb\nc"));

        shown.Milestones.Select(m => m.Value).ShouldBe(["a", "b", "c"]);
        shown.Milestones.Select(m => m.Needs.Count).ShouldBe([0, 1, 1]);
        ShownReference.Of(ReferenceView.Outline, new JudgeSetting(NoJudge.Instance), new Problem("p", "q", "3", "a")).Missing.ShouldNotBeNull();
    }

    [Fact]
    public void Of_EveryView_HasOne() =>
        Enum.GetValues<ReferenceView>().ShouldAllBe(view => ShownReference.Of(view, Setting, Sum).Missing == null);
}
