using Stepwise.Evaluation.Judges;
using Stepwise.Judging;
using Stepwise.Problems;
using Stepwise.Reasoning;
using Stepwise.Tasks.Mathematics;
using Stepwise.Tests.Tasks;

namespace Stepwise.Tests.Judging;

public sealed class ReferenceJudgeTests
{
    private static readonly Gsm8k Words = new();

    private static readonly Problem Ducks = new(
        "1",
        "Janet's ducks lay 16 eggs per day. She eats three for breakfast and bakes with four. She sells the rest at $2 each. How much a day?",
        "18",
        "Janet sells 16 - 3 - 4 = <<16-3-4=9>>9 duck eggs a day.\nShe makes 9 * 2 = $<<9*2=18>>18 every day.\n#### 18");

    private static readonly Problem Shop = new(
        "2",
        "Five books at $10 each, 3 pens at $2 each and a $7 bag, with a coupon of $13. What is the price?",
        "50",
        "Books cost 5*10=$<<5*10=50>>50.\nPens cost 3*2=$<<3*2=6>>6.\nAll cost 50+6+7=$<<50+6+7=63>>63.\nShe pays 63-13=$<<63-13=50>>50.\n#### 50");

    private static readonly Problem Paint = new(
        "3",
        "Three rooms take 4 cans of a litre each. How many litres do 5 such houses with 6 tenants take for each tenant?",
        "10",
        "A house takes 3*4=<<3*4=12>>12 litres.\nEach tenant pays 12/6=<<12/6=2>>2 litres.\nAll houses 2*5=<<2*5=10>>10.\n#### 10");

    [Theory]
    [InlineData("16 - 3 - 4 = 9 eggs.\n9 * 2 = 18.\n#### 18")]
    [InlineData("She uses 3 + 4 = 7 eggs.\nSo 16 - 7 = 9 are left.\nThat makes 9 * 2 = $18.\nThe answer is 18.")]
    [InlineData("I know it.\n#### 18")]
    public async Task Judge_RightSolution_HasNoError(string response) =>
        (await Judge(Ducks, response)).Outcome.ShouldBe(JudgementOutcome.NoError);

    [Theory]
    [InlineData("She uses 3 + 4 = 7 eggs.\n16 - 7 = 8 are left.\n8 * 2 = 16.\n#### 16", 2, 4)]
    [InlineData("16 - 3 - 4 = 9 eggs.\n9 * 5 = 45 for the box.\n45 - 1 = 44 dollars.\n#### 44", 2, 4)]
    [InlineData("16 - 3 - 4 = 9 eggs.\n9 * 2 = 18.\n#### 19", 3, 3)]
    [InlineData("16 - 3 - 4 = 8 eggs.\n#### 18", 1, 2)]
    [InlineData("16 * 2 = 32 dollars.\n#### 32", 1, 2)]
    [InlineData("16 - 3 = 13 eggs are left.\n13 * 2 = 26.\n#### 26", 2, 3)]
    [InlineData("16 - 3 - 4 = 9 eggs.\n9 * 2 = 18.\n#### 20 - 2", 3, 3)]
    [InlineData("16 - 3 - 4 = 9 eggs.\nSo the answer is 9 or 18.\nYes.", 2, 3)]
    public async Task Judge_WrongSolution_FindsTheFirstError(string response, int firstError, int steps)
    {
        StepJudgement judgement = await Judge(Ducks, response);
        (judgement.Outcome, judgement.FirstError, judgement.Steps).ShouldBe((JudgementOutcome.ErrorFound, firstError, steps), judgement.Reason);
    }

    [Theory]
    [InlineData("She has many eggs.\nShe sells some.\n#### 5")]
    [InlineData("She has many eggs.")]
    [InlineData("16 - 3 - 4 = 9 eggs.\nShe sells them.\nShe is glad.")]
    [InlineData("16 * 2 = 32 dollars.\nThat is it.")]
    public async Task Judge_NothingToBeSureOf_GivesNoJudgement(string response)
    {
        StepJudgement judgement = await Judge(Ducks, response);
        judgement.Outcome.ShouldBe(JudgementOutcome.NoJudgement, judgement.Reason);
        judgement.Reason.ShouldNotBeEmpty();
    }

    // What stopped without an answer line has an error in its place; what was cut off has none.
    [Theory]
    [InlineData("16 - 3 - 4 = 9 eggs.", 2, 2)]
    [InlineData("16 - 3 - 4 = 9 eggs.\n9 + 9 = 18.\n16 - 7 = 9.", 4, 4)]
    [InlineData("She uses 3 + 4 = 7 eggs.\nIt leaves 16 - 7 = 9 eggs.", 3, 3)]
    [InlineData("16 - 3 - 4 = 8 eggs.", 1, 2)]
    [InlineData("", 1, 1)]
    public async Task Judge_StoppedWithoutAnswer_IsAnErrorOfTheMissingLine(string response, int firstError, int steps)
    {
        StepJudgement judgement = await Judge(Ducks, response);
        (judgement.Outcome, judgement.FirstError, judgement.Steps).ShouldBe((JudgementOutcome.ErrorFound, firstError, steps), judgement.Reason);
        (await Judge(Ducks, response + "\nNow", truncated: true)).Steps.ShouldBeInRange(0, steps - 1);
    }

    [Fact]
    public async Task Judge_CutOffWithoutAnswer_HasNoError() =>
        (await Judge(Ducks, "16 - 3 - 4 = 9 eggs.\nNow", truncated: true)).Outcome.ShouldBe(JudgementOutcome.NoError);

    // Each way to write the share: as a percentage, times a hundred, as a decimal.
    [Theory]
    [InlineData("(20/50)*100 = 40", "20 / 50 = 40%.\n40 + 1 = 41.\n#### 41")]
    [InlineData("(20/50)*100 = 40", "20 / 50 = 0.4.\n0.4 * 100 = 41.\n#### 41")]
    [InlineData("(20/50)*100 = 40", "20 / 50 * 100% = 40%.\n40 + 1 = 41.\n#### 41")]
    [InlineData("20/50 = 40%", "20 / 50 * 100 = 40.\n40 + 1 = 41.\n#### 41")]
    [InlineData("20/50 = 0.4", "20 / 50 = 40%.\n40% + 1% = 41%.\n#### 41")]
    public async Task Judge_TruePercentage_IsNotBlamed(string solution, string response)
    {
        Problem share = new("4", "Of 50 eggs 20 are brown. How many percent?", "40", solution + "\n#### 40");
        (await Judge(share, response)).FirstError.ShouldBe(2);
    }

    [Theory]
    [InlineData("16 - 3 - 4 = 9.\n#### 20\nWait.\nThe answer is 18.", Correctness.Correct)]
    [InlineData("16 - 3 - 4 = 9.\nThe answer is 18.\n#### 20", Correctness.Incorrect)]
    [InlineData("16 - 3 - 4 = 9.\n#### 18\n18 is wrong.", Correctness.Incorrect)]
    [InlineData("16 - 3 - 4 = 9.\n#### 20 - 2", Correctness.Incorrect)]
    public async Task Judge_AnswerStatedTwiceOrBadly_AgreesWithTheVerifier(string response, Correctness expected)
    {
        Words.Verify(Ducks, Complete.Text(response)).Correctness.ShouldBe(expected);
        ((await Judge(Ducks, response)).Outcome == JudgementOutcome.NoError).ShouldBe(expected == Correctness.Correct);
    }

    [Theory]
    [InlineData("Books cost 5 * 10 = 50.\nPens and bag cost 6 + 7 = 13.\n", JudgementOutcome.NoError)]
    [InlineData("Books cost 5 * 10 = 50.\nThere are 8 things.\n", JudgementOutcome.NoJudgement)]
    [InlineData("Books cost 5 * 10 = 50.\nI will now think about the pens.\nThey are next.\n", JudgementOutcome.NoJudgement)]
    [InlineData("Let us see.\nThere are books.\nThere are pens.\n", JudgementOutcome.NoJudgement)]
    [InlineData("Books cost 5 * 10 = 50.\nPens cost 3 * 2 = 7.\n", JudgementOutcome.ErrorFound)]
    public async Task Judge_CutOff_IsContentOnlyWithWhatItChecked(string response, JudgementOutcome expected) =>
        (await Judge(Shop, response, truncated: true)).Outcome.ShouldBe(expected);

    // 56 is a part of the sum 50 + 6 + 7; 37 leads back to the reference's 50; the 12 in the third step comes from nowhere.
    [Theory]
    [InlineData("50 + 6 = 56.\n56 + 7 = 63.\n63 - 12 = 51.\n#### 51")]
    [InlineData("50 - 13 = 37.\n37 + 6 + 7 = 50.\n63 - 12 = 51.\n#### 51")]
    public async Task Judge_AnotherWayToReferenceValues_IsNoError(string response) => (await Judge(Shop, response)).FirstError.ShouldBe(3);

    // The reference has 50 + 6 + 7 - 13 and, in the other problem, 3 * 4 / 6 * 5.
    [Theory]
    [InlineData("6 + 7 = 13.\n50 + 13 = 63.\nShe pays 63 - 12 = 51.\n#### 51")]
    [InlineData("50 - 13 = 37 for the books.\n37 + 6 = 43.\nIn all 43 + 8 = 51.\n#### 51")]
    public async Task Judge_SumInAnotherOrder_IsOnTheWay(string response) => (await Judge(Shop, response)).FirstError.ShouldBe(3);

    [Theory]
    [InlineData("4 * 5 = 20.\n20 * 3 = 60.\n60 / 5 = 12.\n#### 12")]
    [InlineData("One takes 4 / 6 = 2/3.\nAll take 3 * 5 = 15.\nThat is 15 - 1 = 14.\n#### 14")]
    [InlineData("A rate is 6 / 4 = 1.5.\nAll take 3 * 5 = 15.\nThat is 15 * 1.5 = 22.5.\n#### 22.5")]
    public async Task Judge_ProductInAnotherOrder_IsOnTheWay(string response) => (await Judge(Paint, response)).FirstError.ShouldBe(3);

    // The first 63 leads to 50, the second to nothing; alone it is blamed for being taken for the answer.
    [Theory]
    [InlineData("50 + 6 + 7 = 63.\n63 - 13 = 50.\n50 + 13 = 63.\n#### 63", 3)]
    [InlineData("50 + 6 + 7 = 63.\nThat is all.\n#### 63", 1)]
    public async Task Judge_ReferenceValueAsAnswer_IsBlamedWhereItLeadsNowhere(string response, int step) =>
        (await Judge(Shop, response)).FirstError.ShouldBe(step);

    // 9 leads to 18 the first time only.
    [Fact]
    public async Task Judge_WayBackToAReferenceValue_SupportsNothing() =>
        (await Judge(Ducks, "16 - 3 - 4 = 9.\n9 + 16 = 25.\n25 - 16 = 9.\n9 * 3 = 27.\n#### 27")).FirstError.ShouldBe(2);

    [Theory]
    [InlineData("She works 30 days.\n16 - 3 - 4 = 9 eggs.\n9 * 30 = 270.\n#### 270", 1)]
    [InlineData("16 - 3 - 4 = 9 eggs.\nThere are six boxes.\nThen 9 * 6 = 54.\n#### 54", 2)]
    [InlineData("There are 9 boxes of 6.\n9 + 9 = 18.\nNow 18 * 7 = 126.\nThen 126 + 3 = 129.\n#### 129", 1)]
    [InlineData("She gets a half, or 0.25 of 8.\n16 - 3 - 4 = 9 eggs.\nThen 9 * 8 = 72.\n#### 72", 1)]
    [InlineData("Half of 4 is a 0.25 share.\n16 - 3 - 4 = 9 eggs.\nThen 9 + 9 = 18 and 18 + 4 = 22.\n#### 22", 3)]
    public async Task Judge_ForeignNumber_IsBlamedWhereItIsStated(string response, int step) =>
        (await Judge(Ducks, response)).FirstError.ShouldBe(step);

    [Theory]
    [InlineData("Let x be the price.\nThen 16 = 4x.\nx = 16 / 4 = 4.\nShe makes 4 * 4 = 16.\n#### 16", 2)]
    [InlineData("She sells them all.\nTotal = eggs * price\n16 * 2 = 32.\n#### 32", 2)]
    [InlineData("She sells them all.\nTotal = 9 * 2 = 18\n16 * 2 = 32.\n#### 32", 3)]
    public async Task Judge_RelationSetUpBefore_IsBlamed(string response, int step) =>
        (await Judge(Ducks, response)).FirstError.ShouldBe(step);

    [Theory]
    [InlineData("16 - 3 - 4 = 9 eggs.\nSo she makes 9 * 3 = 27 dollars.", JudgementOutcome.ErrorFound)]
    [InlineData("16 - 3 - 4 = 9 eggs.\nShe makes 9 * 3 = 27 dollars.", JudgementOutcome.NoJudgement)]
    [InlineData("16 - 3 - 4 = 9 eggs.\nSo she makes 9 * 2 = 18 dollars.", JudgementOutcome.NoError)]
    public async Task Judge_AnswerWithoutMark_CountsInAConclusion(string response, JudgementOutcome expected) =>
        (await Judge(Ducks, response)).Outcome.ShouldBe(expected);

    [Theory]
    [InlineData("16 - 3 - 4 = 9 eggs.\nShe may have 19.\nYes.\n#### 19", 2)]
    [InlineData("16 - 3 - 4 = 9 eggs.\nShe has 16.\nYes.\n#### 16", 4)]
    public async Task Judge_WrongAnswerWithoutEquality_IsBlamedWhereItIsFirstStated(string response, int step) =>
        (await Judge(Ducks, response)).FirstError.ShouldBe(step);

    [Theory]
    [InlineData("Of 1,250 eggs 40% are brown", "1250 40 2/5")]
    [InlineData("2. In the ratio 2:5, on days 4,5,6 and 7", "2 5 4 5 6 7")]
    [InlineData("twice x_0, three-quarter, thirteen and 7 percent", "2 0 3 13 7 7/100")]
    [InlineData("1. It is 1.636... or 1 000 or 007", "409/250 1000 7")]
    public void Numbers_Text_AreThoseThatItStates(string text, string numbers) => string.Join(' ', ReferenceValues.Numbers(text)).ShouldBe(numbers);

    [Fact]
    public async Task Judge_NoReference_GivesNoJudgement()
    {
        (await Judge(Ducks with { Solution = null }, "#### 18")).Reason.ShouldBe("the problem has no reference solution");
        (await Judge(Ducks with { Answer = "north" }, "#### 18")).Reason.ShouldBe("the reference answer \"north\" is not one number");
    }

    [Fact]
    public async Task Judge_RandomResponses_NeverThrows()
    {
        string[] parts = ["16", "3", "4", "9", "18", " = ", " + ", " - ", " * ", "/", "\n", ". ", "#### ", "\\boxed{", "}", "(", ")", "$", "%", "so ", "<<", ">>", "0"];
        for (ulong run = 0; run < 3000; run++)
        {
            ulong key = CounterRandom.Key(3, run);
            string response = string.Concat(
                Enumerable.Range(1, CounterRandom.Integer(key, 0, 60)).Select(i => parts[CounterRandom.Integer(key, (ulong)i, parts.Length)]));
            StepJudgement judgement = await Judge(Ducks, response, truncated: run % 2 == 0);
            judgement.FirstError.ShouldBeInRange(0, judgement.Steps + 1);
        }
    }

    [Fact]
    public async Task Judge_ReferenceSolutions_AreHardlyEverWrong()
    {
        IReadOnlyList<Problem> problems = Gsm8k.Read(SharedFolder.Require("data", "gsm8k", "test.jsonl"), Split.Test);
        int errors = 0;
        foreach (Problem problem in problems)
        {
            errors += (await Judge(problem, Words.ReferenceResponse(problem)!)).Outcome == JudgementOutcome.NoError ? 0 : 1;
        }

        // The file itself has a few false equalities, such as 10 x 1,248 = 11,480.
        TestContext.Current.TestOutputHelper!.WriteLine($"{errors} of {problems.Count} reference solutions are not judged right");
        errors.ShouldBeLessThan(12);
    }

    /// <summary>
    /// The judge on labelled traces of models (ProcessBench, arXiv 2412.06559, its GSM8K part), on the half on which its rules were chosen.
    /// The other half is for reports alone, see docs/judge.md.
    /// </summary>
    [Fact]
    public async Task Judge_ProcessBench_IsAsGoodAsMeasured()
    {
        IReadOnlyList<Problem> problems = Gsm8k.Read(SharedFolder.Require("data", "gsm8k", "test.jsonl"), Split.Test);
        LabelledTrace[] traces =
            [.. LabelledTrace.Read(SharedFolder.Require("data", "processbench", "gsm8k.json"), problems).Where((_, i) => i % 2 == 0)];
        List<(LabelledTrace Trace, StepJudgement Judgement)> judgements = [];
        int alarms = 0;
        foreach (LabelledTrace trace in traces)
        {
            trace.Problem.Solution.ShouldNotBeNull();
            judgements.Add((trace, await trace.JudgeAsync(Words, Words.Judge, trace.Steps, TestContext.Current.CancellationToken)));
            StepJudgement beginning = await trace.JudgeAsync(Words, Words.Judge, trace.RightBeginning, TestContext.Current.CancellationToken);
            alarms += beginning.Outcome == JudgementOutcome.ErrorFound ? 1 : 0;
        }

        JudgeScore score = JudgeScore.Of(judgements);
        TestContext.Current.TestOutputHelper!.WriteLine($"{score}; alarms in right beginnings: {alarms} of {traces.Length}");
        (score.Erroneous.Traces, score.Correct.Traces).ShouldBe((104, 96));
        score.Erroneous.Agreed.ShouldBeGreaterThanOrEqualTo(63);
        score.Erroneous.Judged.ShouldBeGreaterThanOrEqualTo(100);
        score.Correct.Agreed.ShouldBe(96);
        alarms.ShouldBeLessThanOrEqualTo(4);
    }

    [Fact]
    public void Milestones_AnnotatedSolution_AreItsDifferentValuesThenTheAnswer()
    {
        // 50 comes twice and is one milestone; the sum depends on both, and the answer on the first of them.
        Words.Milestones(Shop).Select(m => (m.Value, string.Join(' ', m.Needs))).ShouldBe([("50", ""), ("6", ""), ("63", "0 1"), ("50", "0")]);
        Words.Milestones(Ducks).Select(m => (m.Value, string.Join(' ', m.Needs))).ShouldBe([("9", ""), ("18", "0"), ("18", "1")]);
        Words.Milestones(Ducks with { Solution = "It is 16 - 7 = 9, so 9 * 2 = 18.\n#### 18" }).Select(m => m.Value).ShouldBe(["9", "18", "18"]);
        Words.Milestones(Ducks with { Solution = null }).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("16 - 3 - 4 = 9 eggs.\n9 * 2 = 18.\n#### 18", "1 2 3", 4)]
    [InlineData("16 - 3 = 13 eggs.\n13 - 4 = 9.\nSo 9 + 9 = 18.\n#### 18", "2 3 4", 5)]
    [InlineData("(16 - 3 - 4) * 2 = 18.\n#### 19", "1 1", 2)]
    [InlineData("16 - 3 - 4 = 9 eggs.\nThey are brown.\n9 * 2 = 19.\n#### 19", "1", 3)]
    [InlineData("16 - 3 - 4 = 9 eggs.\n16 * 3 = 48.\n9 * 2 = 18.\n#### 48", "1", 2)] // 48 leads nowhere, and what follows it counts no more.
    [InlineData("She uses 2 + 2 + 3 = 7 eggs.\n16 - 7 = 9 are left.\n#### 5", "2", 3)] // 7 leads to 9.
    [InlineData("16 - 3 - 4 = 9 eggs.\n#### 9", "1", 2)] // The judge blames the 9 in hindsight; it was reached.
    [InlineData("16 - 3 - 4 = 9 eggs.", "1", 2)]
    [InlineData("She has eggs, and sells them.\nThey are brown.", "", 3)]
    [InlineData("#### 18", "1 1 1", 2)]
    [InlineData("It is 18 or so.\n#### 17", "", 2)] // A value that is only stated is not reached.
    public async Task Judge_Response_ReachesMilestonesUntilItGoesWrong(string response, string reachedAt, int firstError)
    {
        Progress progress = (await Judge(Ducks, response)).Progress.ShouldNotBeNull();
        (string.Join(' ', progress.ReachedAt), progress.FirstError, progress.Milestones).ShouldBe((reachedAt, firstError, 3));
    }

    [Fact]
    public async Task Judge_NoMilestones_SaysSo()
    {
        (await Judge(Ducks with { Solution = "She knows it.\n#### 18" }, "16 - 3 - 4 = 9 eggs.\n#### 9")).Progress.ShouldBeNull();
        (await Judge(Ducks with { Solution = null }, "16 - 3 - 4 = 9 eggs.\n#### 9")).Progress.ShouldBeNull();
    }

    [Fact]
    public async Task Judge_ReferenceSolutions_ReachEveryMilestone()
    {
        IReadOnlyList<Problem> problems = Gsm8k.Read(SharedFolder.Require("data", "gsm8k", "test.jsonl"), Split.Test);
        int missed = 0, known = 0;
        foreach (Problem problem in problems)
        {
            Progress? progress = (await Judge(problem, Words.ReferenceResponse(problem)!)).Progress;
            known += progress is null ? 0 : 1;
            missed += progress is { Share: < 1 } ? 1 : 0;
        }

        TestContext.Current.TestOutputHelper!.WriteLine($"milestones of {known} of {problems.Count} problems; {missed} reference solutions miss some");
        known.ShouldBeGreaterThanOrEqualTo(1300);
        missed.ShouldBeLessThan(12);
    }

    private static async Task<StepJudgement> Judge(Problem problem, string response, bool truncated = false)
    {
        Verdict verdict = Words.Verify(problem, truncated ? Complete.Truncated(response) : Complete.Text(response));
        return await Words.Judge.JudgeOneAsync(problem, new(response, truncated, Words.Steps(response, truncated), verdict));
    }
}
