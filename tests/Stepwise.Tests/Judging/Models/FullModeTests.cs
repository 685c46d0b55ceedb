using Stepwise.Judging.Models;

using Stepwise.Reasoning;
using static Stepwise.Tests.Judging.Models.Scripted;

namespace Stepwise.Tests.Judging.Models;

public sealed class FullModeTests
{
    private const string Wrong = "2 + 3 = 5\n5 * 4 = 24\nSo it is 24.";

    [Fact]
    public async Task JudgeAsync_AnErrorIsNamedAndQuoted_IsFound()
    {
        StepJudgement judgement = await JudgeAsync(Labels(2, "= 24", "p1", "w"), Response(Wrong));

        (judgement.Outcome, judgement.FirstError, judgement.Steps, judgement.Reason).ShouldBe((JudgementOutcome.ErrorFound, 2, 3, "because"));
        (judgement.Cost, judgement.Confidence).ShouldBe((new JudgeCost(1, 110), null));
        Progress progress = judgement.Progress!;
        (progress.Milestones, progress.FirstError, progress.Steps).ShouldBe((2, 2, 3));
        progress.ReachedAt.ShouldBe([1]);
    }

    [Fact]
    public async Task JudgeAsync_MilestoneThatNeedsAnother_ReachesBoth()
    {
        StepJudgement judgement = await JudgeAsync(Labels(0, "", "i", "p2"), Response("Well.\n(2 + 3) * 4 = 20", truncated: true, verdict: Correctness.Incorrect)
            with { Steps = ReasoningStep.Lines("Well.\n(2 + 3) * 4 = 20\n", truncated: true) });

        judgement.Outcome.ShouldBe(JudgementOutcome.NoError);
        judgement.Progress!.ReachedAt.ShouldBe([2, 2]);
        judgement.Progress.Labels.ShouldBe([StepLabel.Idle, StepLabel.Progress]);
    }

    [Fact]
    public async Task JudgeAsync_NoErrorInAWrongAnswer_IsNoJudgement()
    {
        string answer = Labels(0, "", "p1", "p2", "i");

        StepJudgement wrong = await JudgeAsync(answer, Response(Wrong));
        (wrong.Outcome, wrong.Reason).ShouldBe((JudgementOutcome.NoJudgement, "the judge finds no error in a response whose final answer is wrong"));
        wrong.Cost.ShouldBe(new JudgeCost(1, 110));

        (await JudgeAsync(answer, Response(Wrong, Correctness.Correct))).Outcome.ShouldBe(JudgementOutcome.NoError);
        (await JudgeAsync(answer, Response(Wrong, Correctness.Undecided))).Outcome.ShouldBe(JudgementOutcome.NoError);
    }

    /// <summary>What a model may get wrong, and the reason that is given for it.</summary>
    [Theory]
    [InlineData("", "its answer is no JSON that names the item: \"\"")]
    [InlineData("The first error is in step 2.", "its answer is no JSON that names the item")]
    [InlineData("""{"item": "ITEM", "first_error": 2""", "its answer is no JSON that names the item")]
    [InlineData("""{"first_error": 2}""", "its answer is no JSON that names the item")]
    [InlineData("""{"item": "00000000", "first_error": 2}""", "its answer is for item \"00000000\", not ")]
    [InlineData("""{"item": "ITEM", "first_error": "second"}""", "its first error is no number; there are 3 steps")]
    [InlineData("""{"item": "ITEM", "first_error": 1.5}""", "its first error is no number; there are 3 steps")]
    [InlineData("""{"item": "ITEM", "first_error": 4}""", "its first error is 4; there are 3 steps")]
    [InlineData("""{"item": "ITEM", "first_error": -1}""", "its first error is -1; there are 3 steps")]
    [InlineData("""{"item": "ITEM", "first_error": 99999999999}""", "its first error is no number; there are 3 steps")]
    [InlineData("""{"item": "ITEM", "first_error": 2}""", "its labels end before step 1 of 2")]
    [InlineData("""{"item": "ITEM", "steps": 3, "first_error": 2}""", "its labels end before step 1 of 2")]
    [InlineData("""{"item": "ITEM", "steps": [7, "x"], "first_error": 2}""", "its labels end before step 1 of 2")]
    [InlineData("""{"item": "ITEM", "steps": [{"step": 2, "label": "idle"}], "first_error": 2}""", "its label 1 is for step 2")]
    [InlineData("""{"item": "ITEM", "steps": [{"step": 1, "label": "fine"}], "first_error": 2}""", "its label of step 1 is \"fine\"")]
    [InlineData("""{"item": "ITEM", "item": "ITEM", "first_error": 1}""", "its answer is no JSON that names the item")]
    [InlineData("""{"item": "ITEM", "first_error": 1, "reason": "\ud800"}""", "its answer is no JSON that names the item")]
    [InlineData("""{"item": "ITEM", "first_error": 1} {"item": "ITEM", "first_error": 2}""", "it answers twice, and differently")]
    public async Task JudgeAsync_AnAnswerThatIsNone_IsNoJudgementThatSaysWhy(string answer, string reason)
    {
        StepJudgement judgement = await JudgeAsync(answer, Response(Wrong));

        judgement.Outcome.ShouldBe(JudgementOutcome.NoJudgement);
        judgement.Reason.ShouldStartWith(reason);
        judgement.Cost.ShouldBe(new JudgeCost(1, 110));
    }

    public static TheoryData<int, string, string[], string> Contradictions { get; } = new()
    {
        { 2, "= 24", ["p1", "p2"], "its first error is 2, and its label of step 2 is progress" },
        { 2, "= 24", ["w", "w"], "its first error is 2, and its label of step 1 is wrong" },
        { 0, "", ["p1", "w", "i"], "its first error is 0, and its label of step 2 is wrong" },
        { 2, "= 25", ["p1", "w"], "its quote \"= 25\" is not in step 2" },
        { 2, "2 + 3 = 5", ["p1", "w"], "its quote \"2 + 3 = 5\" is not in step 2" },
        { 2, "", ["p1", "w"], "its quote \"\" is not in step 2" },
        { 2, "= 24", ["p3", "w"], "step 1 reaches milestone \"3\"; there are 2" },
        { 2, "= 24", ["p0", "w"], "step 1 reaches milestone \"0\"; there are 2" },
    };

    [Theory]
    [MemberData(nameof(Contradictions))]
    public async Task JudgeAsync_AnAnswerThatContradictsItselfOrTheResponse_IsNoJudgementThatSaysWhy(int firstError, string quote, string[] labels, string reason)
    {
        StepJudgement judgement = await JudgeAsync(Labels(firstError, quote, labels), Response(Wrong));

        (judgement.Outcome, judgement.Reason).ShouldBe((JudgementOutcome.NoJudgement, reason));
    }

    [Theory]
    [InlineData("<think>Step 1 {is} fine. {\"item\": \"x\"}</think>\n```json\n{0}\n```")]
    [InlineData("Sure! Here it is: {0} I hope that helps {}.")]
    [InlineData("{0}\n{0}")]
    public async Task JudgeAsync_WordsAroundTheAnswer_AreNoHindrance(string around)
    {
        string answer = around.Replace("{0}", Labels(2, " 5*4=24 ", "p1", "w"), StringComparison.Ordinal);

        (await JudgeAsync(answer, Response(Wrong))).FirstError.ShouldBe(2);
    }

    [Fact]
    public async Task JudgeAsync_NumbersAsTextsAndNothing_AreRead()
    {
        const string Answer =
            """{"reason": "ok", "first_error": null, "steps": [{"step": "1", "label": "Progress", "milestones": ["1"]}, {"step": 2.0, "label": " IDLE ", "milestones": null}], "item": "ITEM"}""";

        StepJudgement judgement = await JudgeAsync(Answer, Response("2 + 3 = 5\nhm", Correctness.Correct));

        (judgement.Outcome, judgement.Progress!.ReachedAt.Count).ShouldBe((JudgementOutcome.NoError, 1));
    }

    [Fact]
    public async Task JudgeAsync_SeveralVotes_TheModeIsTheWordAndTheirShareTheConfidence()
    {
        string[] votes = [Labels(1, "2 + 3", "w"), Labels(2, "24", "p1", "w"), "nothing", Labels(2, "24", "p2", "w")];
        int asked = -1;
        ScriptedModel model = new(request => Answer(request, votes[Interlocked.Increment(ref asked)]));
        using ChatJudge judge = Judge(model, o => o with { Mode = new FullMode { Votes = 4 } });

        StepJudgement judgement = await judge.JudgeOneAsync(Sum, Response(Wrong));

        (judgement.FirstError, judgement.Confidence, judgement.Reason, judgement.Cost).ShouldBe((2, 0.5, "2 of 4 votes: because", new JudgeCost(4, 440)));
        judgement.Progress!.ReachedAt.ShouldBe([1]);
        model.Requests.Select(r => r.Seed).Distinct().Count().ShouldBe(4);
        model.Requests.ShouldAllBe(r => r.Temperature == 0.7);
    }

    [Fact]
    public async Task JudgeAsync_VotesDiffer_TheEarliestOfEqualsOrNoneBelowTheConfidence()
    {
        int asked = 0;
        ScriptedModel model = new(request => Answer(request, asked++ % 2 == 0 ? Labels(3, "So it is 24.", "p1", "i", "w") : Labels(2, "24", "p1", "w")));
        FullMode two = new() { Votes = 2 };

        using ChatJudge half = Judge(model, o => o with { Mode = two });
        (await half.JudgeOneAsync(Sum, Response(Wrong))).FirstError.ShouldBe(2);

        using ChatJudge most = Judge(model, o => o with { Mode = two, Confidence = 0.6 });
        StepJudgement judgement = await most.JudgeOneAsync(Sum, Response(Wrong));
        (judgement.Outcome, judgement.Cost.Calls).ShouldBe((JudgementOutcome.NoJudgement, 2));
        judgement.Reason.ShouldBe("the judge is sure of step 2 to 0.50 only, below judge.confidence 0.6");
        two.Remarks().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task JudgeAsync_AResponseThatIsTooLong_IsJudgedAsFarAsItIsShown()
    {
        string text = string.Join('\n', Enumerable.Repeat(new string('x', 44), 5));
        ScriptedModel model = new(request => Answer(request, Labels(0, "", "i", "i")));
        using ChatJudge judge = Judge(model, o => o with { MaxCharacters = 100 });

        StepJudgement judgement = await judge.JudgeOneAsync(Sum, Response(text));
        judgement.Reason.ShouldBe("no error was found in the first 2 of 5 steps, and the rest is beyond judge.maxCharacters");
        ChatRequest request = model.Requests.ShouldHaveSingleItem();
        request.User.ShouldContain("\n2| xxx");
        request.User.ShouldNotContain("\n3| ");
        request.User.ShouldNotContain("is known to be wrong");

        (await JudgeAsync(Labels(2, "xxx", "i", "w"), Response(text), o => o with { MaxCharacters = 100 })).FirstError.ShouldBe(2);
        (await JudgeAsync("", Response(new string('x', 200)), o => o with { MaxCharacters = 100 })).Reason.ShouldBe("the first step is beyond judge.maxCharacters");
    }

    [Fact]
    public async Task JudgeAsync_NoStepOrNoReference_AsksNothing()
    {
        ScriptedModel model = new(_ => throw new InvalidOperationException());
        using ChatJudge judge = Judge(model);

        (await judge.JudgeOneAsync(Sum, Response(""))).Reason.ShouldBe("the response has no complete step");
        (await judge.JudgeOneAsync(Sum with { Solution = null }, Response(Wrong))).Reason.ShouldStartWith("the problem has no reference solution");
        model.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task JudgeAsync_TheModelThrowsOfOneResponse_TheOtherHasItsJudgement()
    {
        ScriptedModel model = new(request => request.User.Contains("bad", StringComparison.Ordinal)
            ? throw new NotSupportedException("oh")
            : Answer(request, Labels(1, "24", "w")));
        using ChatJudge judge = Judge(model);

        IReadOnlyList<StepJudgement> judgements =
            await judge.JudgeAsync(Sum, [Response("bad"), Response("24")], TestContext.Current.CancellationToken);

        judgements.Select(j => j.Outcome).ShouldBe([JudgementOutcome.NoJudgement, JudgementOutcome.ErrorFound]);
        judgements[0].Reason.ShouldBe("the judge failed: NotSupportedException, oh");
    }
}
