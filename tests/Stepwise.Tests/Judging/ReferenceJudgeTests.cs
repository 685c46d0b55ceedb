using System.Text.Json;
using Stepwise.Judging;
using Stepwise.Problems;
using Stepwise.Tasks;

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
    public async Task Judge_WrongSolution_FindsTheFirstError(string response, int firstError, int steps)
    {
        StepJudgement judgement = await Judge(Ducks, response);
        (judgement.Outcome, judgement.FirstError, judgement.Steps).ShouldBe((JudgementOutcome.ErrorFound, firstError, steps), judgement.Reason);
    }

    [Theory]
    [InlineData("She has many eggs.\nShe sells some.\n#### 5")]
    [InlineData("She has many eggs.")]
    [InlineData("16 - 3 - 4 = 9 eggs.\nShe sells them.\nShe is glad.")]
    [InlineData("")]
    [InlineData("16 * 2 = 32 dollars.\n#### 32")]
    [InlineData("16 - 3 = 13 eggs are left.\n13 * 2 = 26.\n#### 26")]
    [InlineData("There are 9 boxes of 6.\n9 + 9 = 18.\nNow 18 * 7 = 126 and 126 + 1 = 127.\nThen 127 + 3 = 130.\n#### 130")]
    public async Task Judge_NothingToBeSureOf_GivesNoJudgement(string response)
    {
        StepJudgement judgement = await Judge(Ducks, response);
        judgement.Outcome.ShouldBe(JudgementOutcome.NoJudgement, judgement.Reason);
        judgement.Reason.ShouldNotBeEmpty();
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

    [Fact]
    public async Task Judge_NoReference_GivesNoJudgement()
    {
        (await Judge(Ducks with { Solution = null }, "#### 18")).Reason.ShouldBe("the problem has no reference solution");
        (await Judge(Ducks with { Answer = "north" }, "#### 18")).Reason.ShouldBe("the reference answer \"north\" is not a number");
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
    /// The judge on labelled traces of models (ProcessBench, arXiv 2412.06559, its GSM8K part). Rules were chosen on the traces with even
    /// index; the floors hold on the odd ones.
    /// </summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Judge_ProcessBench_ReachesItsFloor(int parity)
    {
        static string Plain(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        Dictionary<string, Problem> problems = Gsm8k.Read(SharedFolder.Require("data", "gsm8k", "test.jsonl"), Split.Test)
            .ToDictionary(p => Plain(p.Question), StringComparer.Ordinal);
        using JsonDocument traces = JsonDocument.Parse(File.ReadAllText(SharedFolder.Require("data", "processbench", "gsm8k.json")));
        int wrong = 0, placed = 0, found = 0, right = 0, accepted = 0, unjudged = 0, prefixes = 0, prefixErrors = 0;
        foreach (JsonElement trace in traces.RootElement.EnumerateArray().Where((_, i) => i % 2 == parity))
        {
            ReasoningStep[] steps = [.. trace.GetProperty("steps").EnumerateArray().Select(s => new ReasoningStep(0, 0, s.GetString()!))];
            Problem problem = problems[Plain(trace.GetProperty("problem").GetString()!)];
            int label = trace.GetProperty("label").GetInt32();
            StepJudgement judgement = await Words.Judge.JudgeAsync(problem, steps, TestContext.Current.CancellationToken);
            unjudged += judgement.Outcome == JudgementOutcome.NoJudgement ? 1 : 0;
            if (label < 0)
            {
                right++;
                accepted += judgement.Outcome == JudgementOutcome.NoError ? 1 : 0;
            }
            else
            {
                wrong++;
                placed += judgement.Outcome == JudgementOutcome.ErrorFound ? 1 : 0;
                found += judgement.FirstError == label + 1 && judgement.Outcome == JudgementOutcome.ErrorFound ? 1 : 0;
            }

            ReasoningStep[] prefix = steps[..(label < 0 ? steps.Length / 2 : label)];
            prefixes++;
            prefixErrors += (await Words.Judge.JudgeAsync(problem, prefix, TestContext.Current.CancellationToken)).Outcome == JudgementOutcome.ErrorFound ? 1 : 0;
        }

        double onWrong = (double)found / wrong, onRight = (double)accepted / right;
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"erroneous: first error found in {found} of {wrong} ({onWrong:P1}), of {placed} placed ({(double)found / placed:P1} precise)\n" +
            $"correct: {accepted} of {right} ({onRight:P1}); harmonic mean {2 * onWrong * onRight / (onWrong + onRight):P1}\n" +
            $"judged {wrong + right - unjudged} of {wrong + right}; errors claimed in right beginnings: {prefixErrors} of {prefixes}");
        onWrong.ShouldBeGreaterThan(0.2);
        onRight.ShouldBeGreaterThan(0.9);
        ((double)found / placed).ShouldBeGreaterThan(0.6);
        prefixErrors.ShouldBeLessThan(prefixes / 20);
    }

    private static async Task<StepJudgement> Judge(Problem problem, string response, bool truncated = false) =>
        await Words.Judge.JudgeAsync(problem, Words.Steps(response, truncated), TestContext.Current.CancellationToken);
}
