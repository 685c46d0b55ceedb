using Stepwise.Judging;
using Stepwise.Problems;
using Stepwise.Reasoning;
using Stepwise.Tasks;
using Stepwise.Tasks.Mathematics;
using Stepwise.Tests.Judging;

namespace Stepwise.Tests.Tasks.Mathematics;

public sealed class MathTaskTests
{
    private static readonly MathTask Mathematics = new();
    private static readonly Problem Eggs = new("1", "How many are 9 * 12?", "108", "9 * 12 = 108");

    [Theory]
    [InlineData("108", Correctness.Correct)]
    [InlineData("107", Correctness.Incorrect)]
    [InlineData("<think>107, or 106?</think>108", Correctness.Correct)]
    [InlineData("<think>108</think>107", Correctness.Incorrect)]
    [InlineData("so it is 107</think>\n\n108", Correctness.Correct)]
    [InlineData("<think>108", Correctness.Incorrect)]
    [InlineData("<think>a</think><think>108", Correctness.Incorrect)]
    public void Verify_Response_LooksAtWhatFollowsTheThinking(string response, Correctness expected) =>
        Mathematics.Verify(Eggs, Complete.Text(response)).Correctness.ShouldBe(expected);

    [Theory]
    [InlineData("\\frac{5}{6}", "It is $\\frac{1}{2}+\\frac{1}{3}$, so \\boxed{\\frac{10}{12}}.", Correctness.Correct)]
    [InlineData("-2, 2", "So \\boxed{2, -2}.", Correctness.Correct)]
    [InlineData("-2, 2", "So \\boxed{2}.", Correctness.Incorrect)]
    [InlineData("145.0", "#### 145", Correctness.Correct)]
    [InlineData("\\begin{", "\\boxed{1}", Correctness.Undecided)]
    public void Verify_AnswerOfAnyForm_IsComparedAsMathematics(string reference, string response, Correctness expected)
    {
        Problem problem = Eggs with { Answer = reference };
        Mathematics.Verify(problem, Complete.Text(response)).Correctness.ShouldBe(expected);
        ((ITask)Mathematics).Decides(problem).ShouldBe(expected != Correctness.Undecided);
        (Mathematics.WhyUndecided(problem) is null).ShouldBe(expected != Correctness.Undecided);
    }

    [Fact]
    public void Verify_ThinkingToTheEnd_SaysWhy()
    {
        Mathematics.Verify(Eggs, Complete.Text("<think>108")).Reason.ShouldBe("it thinks to its end");
        Mathematics.Verify(Eggs, Complete.Truncated("<think>108")).Reason.ShouldBe("truncated");
    }

    [Fact]
    public void Prompt_Problem_AsksForABox() => Mathematics.Prompt(Eggs).ShouldBeOfType<ChatPrompt>().Messages.ShouldBe(
        [new ChatMessage("user", "How many are 9 * 12?\n\nPlease reason step by step, and put your final answer within \\boxed{}.")]);

    [Fact]
    public void Prompt_Messages_ArePutAsTheyStand()
    {
        ChatMessage[] messages = [new("system", "s"), new("user", "q")];
        Mathematics.Prompt(Eggs with { Messages = messages }).ShouldBeOfType<ChatPrompt>().Messages.ShouldBe(messages);
    }

    [Theory]
    [InlineData("9 * 12 = 108. So it is \\boxed{108}.", 2)]
    [InlineData("<think>It is 9 * 12. Or not.</think>\n\\boxed{108}", 3)]
    [InlineData("<think>\\boxed{108}", 2)]
    public void Steps_Response_CoverItAndEndWithAnAnswer(string response, int count)
    {
        IReadOnlyList<ReasoningStep> steps = Mathematics.Steps(response, truncated: false);
        steps.Count.ShouldBe(count);
        steps[^1].End.ShouldBe(response.Length);
        steps.Zip(steps.Skip(1)).ShouldAllBe(pair => pair.First.End == pair.Second.Start);
    }

    [Theory]
    [InlineData("<think>9 * 12 = 108</think>108", JudgementOutcome.NoError, 3)]
    [InlineData("9 * 12 = 108\nThe answer is \\boxed{\\sqrt{11664}}.", JudgementOutcome.NoError, 3)]
    [InlineData("9 * 12 = 109\nThe answer is 109.", JudgementOutcome.ErrorFound, 1)]
    [InlineData("9 * 12 = 108\nThe answer is \\boxed{107}.", JudgementOutcome.ErrorFound, 2)]
    public async Task Judge_Response_PlacesTheFirstError(string response, JudgementOutcome outcome, int first)
    {
        JudgedResponse judged = new(
            response, Truncated: false, Mathematics.Steps(response, truncated: false), Mathematics.Verify(Eggs, Complete.Text(response)));
        StepJudgement judgement = await Mathematics.Judge.JudgeOneAsync(Eggs, judged);
        (judgement.Outcome, judgement.FirstError).ShouldBe((outcome, first));
    }

    /// <summary>A judge that reads less than the verifier must not blame what the verifier found right.</summary>
    [Fact]
    public void Verify_AnswerThatTheJudgeReadsOtherwise_IsForTheJudgeWhatTheVerdictSays()
    {
        Verdict right = Mathematics.Verify(Eggs with { Answer = "40%" }, Complete.Text("40%"));
        right.Correctness.ShouldBe(Correctness.Correct);
        right.Reading.Answer!.Is(40).ShouldBeTrue();
        Verdict wrong = Mathematics.Verify(Eggs, Complete.Text("The answer is 109."));
        wrong.Reading.Answer?.Is(108).ShouldNotBe(true);
    }
}
