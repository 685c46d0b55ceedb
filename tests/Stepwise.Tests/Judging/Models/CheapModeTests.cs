using Stepwise.Judging;
using Stepwise.Judging.Models;
using Stepwise.Reasoning;
using static Stepwise.Tests.Judging.Models.Scripted;

namespace Stepwise.Tests.Judging.Models;

public sealed class CheapModeTests
{
    /// <summary>Whatever the first error, a model that knows it is asked ⌈log₂(H + 1)⌉ times at most; one fewer place where an error is known to be there.</summary>
    [Fact]
    public async Task Bisect_AModelThatKnows_FindsEveryFirstErrorInFewQuestions()
    {
        for (int steps = 1; steps <= 9; steps++)
        {
            string text = string.Join('\n', Enumerable.Range(1, steps).Select(i => $"step {i}"));
            for (int firstError = 1; firstError <= steps + 1; firstError++)
            {
                foreach (bool known in new[] { false, true })
                {
                    ScriptedModel model = new(request =>
                        Answer(request, $$"""{"item": "ITEM", "reason": "r", "right": {{(Shown(request) < firstError ? "true" : "false")}}}"""));
                    using ChatJudge judge = Judge(model, o => o with { Mode = new BisectMode() });

                    StepJudgement judgement = await judge.JudgeOneAsync(Sum, Response(text, known ? Correctness.Incorrect : Correctness.Undecided));

                    int expected = known ? Math.Min(firstError, steps) : firstError;
                    (judgement.Outcome, judgement.FirstError).ShouldBe((expected > steps ? JudgementOutcome.NoError : JudgementOutcome.ErrorFound, expected));
                    judgement.Cost.Calls.ShouldBe(model.Requests.Count);
                    model.Requests.Count.ShouldBeLessThanOrEqualTo((int)Math.Ceiling(Math.Log2(known ? steps : steps + 1)));
                    judgement.Progress.ShouldBeNull();
                }
            }
        }
    }

    /// <summary>The paper's protocol tells the judge that a step is wrong; the cheap questions are the same whatever is known.</summary>
    [Fact]
    public async Task AnErrorIsKnown_OnlyFullTellsTheJudge()
    {
        foreach ((JudgeMode mode, bool tells) in new (JudgeMode, bool)[] { (new FullMode(), true), (new BisectMode(), false), (new ChoiceMode(), false) })
        {
            ScriptedModel model = Choosing(0.1, 0.1);
            using ChatJudge judge = Judge(model, o => o with { Mode = mode });

            await judge.JudgeOneAsync(Sum, Response("a\nb"));

            model.Requests.ShouldAllBe(r => r.User.Contains("known to be wrong", StringComparison.Ordinal) == tells);
            model.Requests.ShouldNotBeEmpty();
        }
    }

    /// <summary>Where an error is known and all before the last step is right, the last one is named without a question about it.</summary>
    [Fact]
    public async Task Bisect_AnErrorIsKnownInASingleStep_IsNamedUnasked()
    {
        ScriptedModel model = new(_ => throw new InvalidOperationException());
        using ChatJudge judge = Judge(model, o => o with { Mode = new BisectMode() });

        StepJudgement judgement = await judge.JudgeOneAsync(Sum, Response("a"));

        (judgement.FirstError, judgement.Cost.Calls).ShouldBe((1, 0));
    }

    [Theory]
    [InlineData("""{"item": "ITEM", "right": "yes"}""", "up to step 2: its answer does not say whether the steps are right")]
    [InlineData("""{"item": "0", "right": true}""", "up to step 2: its answer is for item \"0\", not ")]
    [InlineData("b", "up to step 2: its answer only repeats the response")]
    public async Task Bisect_AnAnswerThatCannotBeTaken_IsNoJudgementWithItsCost(string answer, string reason)
    {
        StepJudgement judgement = await JudgeAsync(answer, Response("a\nb\nc"), o => o with { Mode = new BisectMode() });

        (judgement.Outcome, judgement.Cost.Calls).ShouldBe((JudgementOutcome.NoJudgement, 1));
        judgement.Reason.ShouldStartWith(reason);
    }

    /// <summary>
    /// w = 0.1, 0.6, 0.5: first error at 1 with 0.1, at 2 with 0.9 · 0.6 = 0.54, and 0.36 is left for the rest, so that step 3 is not asked. Given that there is
    /// an error, step 2 has 0.54 / 0.82 with this step 3, and 0.54 at least whatever step 3 is.
    /// </summary>
    [Theory]
    [InlineData(Correctness.Undecided)]
    [InlineData(Correctness.Incorrect)]
    public async Task Choice_Probabilities_TheLikeliestPlaceIsTheAnswer(Correctness verdict)
    {
        ScriptedModel model = Choosing(0.1, 0.6, 0.5);
        using ChatJudge judge = Judge(model, o => o with { Mode = new ChoiceMode() });

        StepJudgement judgement = await judge.JudgeOneAsync(Sum, Response("a\nb\nc", verdict));

        (judgement.Outcome, judgement.FirstError, judgement.Cost.Calls).ShouldBe((JudgementOutcome.ErrorFound, 2, 2));
        judgement.Confidence!.Value.ShouldBe(0.54, 1e-9);
        model.Requests.ShouldAllBe(r => r.MaxTokens == 1 && r.Choices.Count == 2);
    }

    /// <summary>0.9 · 0.8 = 0.72 is left after both steps.</summary>
    [Fact]
    public async Task Choice_EveryStepIsLikelyRight_IsNoErrorUnlessOneIsKnown()
    {
        using ChatJudge judge = Judge(Choosing(0.1, 0.2), o => o with { Mode = new ChoiceMode() });

        StepJudgement right = await judge.JudgeOneAsync(Sum, Response("a\nb", Correctness.Correct)), wrong = await judge.JudgeOneAsync(Sum, Response("a\nb"));

        (right.Outcome, Math.Round(right.Confidence!.Value, 9)).ShouldBe((JudgementOutcome.NoError, 0.72));
        (wrong.FirstError, Math.Round(wrong.Confidence!.Value, 9)).ShouldBe((2, Math.Round(0.18 / 0.28, 9)));
    }

    [Fact]
    public async Task Choice_BelowTheConfidence_IsNoJudgement()
    {
        using ChatJudge judge = Judge(Choosing(0.3, 0.5), o => o with { Mode = new ChoiceMode(), Confidence = 0.5 });

        (await judge.JudgeOneAsync(Sum, Response("a\nb", Correctness.Undecided))).Reason
            .ShouldBe("the judge is sure of step 2 to 0.35 only, below judge.confidence 0.5");
    }

    /// <summary>The place's share where all was asked, else what it has for certain; two alike share it, however small they are.</summary>
    [Theory]
    [InlineData(new[] { 0.5, 0.9, 0.9 }, 1, 1, 0.5)]
    [InlineData(new[] { 0.1, 0.3, 0.6 }, 3, 3, 0.378 / 0.748)]
    [InlineData(new[] { 0.1, 0.6 }, 2, 2, 0.54 / 0.64)]
    [InlineData(new[] { 1e-20, 1e-20 }, 1, 2, 0.5)]
    [InlineData(new[] { 1e-20 }, 1, 1, 1)]
    public async Task Choice_AnErrorIsKnown_TheConfidenceIsNeverAboveThePlacesShare(double[] wrong, int place, int asked, double confidence)
    {
        using ChatJudge judge = Judge(Choosing(wrong), o => o with { Mode = new ChoiceMode() }), strict =
            Judge(Choosing(wrong), o => o with { Mode = new ChoiceMode(), Confidence = 0.6 });
        JudgedResponse response = Response(string.Join('\n', wrong.Select((_, i) => $"step {i}")));

        StepJudgement judgement = await judge.JudgeOneAsync(Sum, response);

        (judgement.FirstError, judgement.Cost.Calls, Math.Round(judgement.Confidence!.Value, 9)).ShouldBe((place, asked, Math.Round(confidence, 9)));
        (await strict.JudgeOneAsync(Sum, response)).Outcome.ShouldBe(confidence < 0.6 ? JudgementOutcome.NoJudgement : JudgementOutcome.ErrorFound);
    }

    [Fact]
    public async Task Choice_NoLogProbabilities_IsNoJudgementThatSaysWhatToDo()
    {
        (await JudgeAsync("right", Response("a"), o => o with { Mode = new ChoiceMode() })).Reason
            .ShouldBe("the model tells no log-probabilities; judge.mode may be full or bisect");

        using ChatJudge judge = Judge(
            new ScriptedModel(_ => new("", ChatFinish.Stop, 1, 1) { ChoiceLogProbs = [double.NegativeInfinity, double.NegativeInfinity] }),
            o => o with { Mode = new ChoiceMode() });
        (await judge.JudgeOneAsync(Sum, Response("a"))).Reason.ShouldBe("of step 1 the model says neither right nor wrong");
    }

    private static ScriptedModel Choosing(params double[] wrong) => new(request => new("", ChatFinish.Stop, 50, 1)
    {
        ChoiceLogProbs = [Math.Log(0.5 * (1 - wrong[Shown(request) - 1])), Math.Log(0.5 * wrong[Shown(request) - 1])],
    });

    /// <summary>How many steps a question shows.</summary>
    private static int Shown(ChatRequest request) => request.User.Split('\n').Count(line => line.Length > 1 && char.IsAsciiDigit(line[0]) && line[1] == '|');
}
