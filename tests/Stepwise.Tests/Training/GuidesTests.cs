using Stepwise.Methods.Sampling;
using Stepwise.Policies;
using Stepwise.Problems;
using Stepwise.Reasoning;
using Stepwise.Tasks;
using Stepwise.Tasks.Mathematics;
using Stepwise.Training;

namespace Stepwise.Tests.Training;

public sealed class GuidesTests
{
    private const string Solution = "one\ntwo\nthree\n#### 4";

    private static readonly MathOptions Options = new() { Prompt = new() { Template = "{question}" }, Steps = new Stepwise.Reasoning.Steps.Lines() };

    [Theory]
    // Three steps before the answer line.
    [InlineData(1, "one\ntwo\nthree")]
    [InlineData(2, "one|one\ntwo\nthree")]
    [InlineData(3, "one|one\ntwo|one\ntwo\nthree")]
    [InlineData(100, "one|one\ntwo|one\ntwo\nthree")]
    public void Hints_OfTheSolution_AreItsFirstStepsWithoutTheAnswer(int levels, string hints) =>
        string.Join('|', Make(100).Hints(new("p", "q", "4", Solution), levels)).ShouldBe(hints);

    [Theory]
    [InlineData(null)]
    [InlineData("#### 4")]
    public void Hints_NoSolutionOrOnlyAnAnswer_AreNone(string? solution) => Make(100).Hints(new("p", "q", "4", solution), 4).ShouldBeEmpty();

    [Fact]
    public void Hints_OfTheProblem_ComeFirst() =>
        Make(100).Hints(new("p", "q", "4", Solution) { Hints = ["weak", "strong"] }, 1).ShouldBe(["weak", "strong"]);

    [Theory]
    // No mark: the last line is the answer's, blank lines behind it or not.
    [InlineData("16+13=29\n29+25=54", "16+13=29\n")]
    [InlineData("16+13=29\n29+25=54\n\n \n", "16+13=29\n")]
    [InlineData("54", "")]
    // A mark: nothing from its line on.
    [InlineData("16+13=29\n29+25=54\n#### 54\n", "16+13=29\n29+25=54\n")]
    [InlineData("16+13=29\nThe answer is 54.\nFor 54-25=29 and 29-13=16.\n#### 54", "16+13=29\n")]
    [InlineData("It is \\boxed{54}.\n16+13=29\n29+25=54", "")]
    // What is no answer is none.
    [InlineData("The answer is easy to find.\n16+13=29\n#### 54", "The answer is easy to find.\n16+13=29\n")]
    public void OfAndHints_Solution_AreWhatComesBeforeTheAnswer(string solution, string given)
    {
        Guides guides = Make(200);
        Problem problem = new("p", "q", "54", solution);

        string.Concat((guides.Of(problem)?.Tokens ?? []).Select(c => (char)c)).ShouldBe(given);
        string.Join('|', guides.Hints(problem, 1)).ShouldBe(given.TrimEnd());
        guides.Of(problem)?.StepEnds[^1].ShouldBe(given.Length);
    }

    [Fact]
    public void Hints_OfATaskWhoseStepsAreLines_LeaveOutTheLastThatSaysAnything()
    {
        using CharacterPolicy policy = new(100);

        new Guides(policy.Tokenizer, 100, new Solved(), new SamplingOptions()).Hints(new("p", "q", "1", "a\nb\n1\n\n"), 1).ShouldBe(["a\nb"]);
    }

    [Theory]
    [InlineData(4, true)]
    [InlineData(3, false)]
    public void Ask_Context_LeavesACompletionAToken(int context, bool fits) =>
        Make(context).Ask(new("p", "abc", "4")).ShouldBe(fits ? new TextPrompt("abc") : null);

    [Fact]
    public void Require_NothingToDrawOn_IsRefused()
    {
        Problem plain = new("p", "q", "4");
        Guides guides = Make(100);

        Should.NotThrow(() => guides.Require(new HintLadder(), [plain, plain with { Hints = ["a"] }], "m"));
        Should.NotThrow(() => guides.Require(new HintedReroll(), [plain with { Solution = Solution }], "m"));
        Should.NotThrow(() => guides.Require(new RefinedDrafts(), [plain], "m"));
        Should.Throw<InputException>(() => guides.Require(new HintLadder(), [plain], "m")).Message.ShouldStartWith("method.scheme of m gives hints");
        Should.Throw<InputException>(() => guides.Require(new GuidedGroups(), [plain], "m")).Message.ShouldStartWith("method.scheme of m gives pieces");
    }

    [Fact]
    public void Require_WhatThePolicyCannotWrite_IsRefusedByProblemAndField()
    {
        using CharacterPolicy policy = new(100) { Writes = c => c is not ('ä' or 'ö') };
        HintLadder ladder = new() { Hints = new() { HintPrompt = "{question}{hint}" } };
        Problem hinted = new("p", "q", "4", "ö\n#### 4") { Hints = ["a", "use ä"] };
        Problem solved = new("s", "q", "4", "one ö\n#### 4"), marked = new("m", "q", "4", "one\n#### 4 ö");

        string Refusal(ISamplingScheme scheme, params Problem[] problems) =>
            Should.Throw<InputException>(() => Guides().Require(scheme, problems, "m")).Message;

        Refusal(ladder, marked, hinted).ShouldBe(
            "Problem p: hint 2 of 2 has characters for which the policy's tokenizer has no token, and which would be lost: 'ä'. "
            + "Write the hints (task.fields.hints) in characters that it has, or take another policy.");
        Refusal(ladder, marked, solved).ShouldStartWith("Problem s: its reference solution, of which pieces are given, has characters");
        Refusal(new GuidedGroups(), hinted).ShouldContain("'ö'. Write the solutions (task.fields.solution) in characters");
        Should.NotThrow(() => Guides().Require(ladder, [marked, hinted with { Hints = ["a"] }], "m"), "what is never given need not be written");
        Should.NotThrow(() => Guides().Require(new GuidedGroups(), [marked], "m"));
        Should.NotThrow(() => Guides().Require(new PlainGroups(), [hinted, solved], "m"));

        Guides Guides() => new(policy.Tokenizer, 100, new MathTask(Options), new SamplingOptions());
    }

    [Fact]
    public void Added_HintsAndDrafts_AreTheLongestWithTheTemplate()
    {
        Guides guides = Make(100);
        Problem plain = new("p", "q", "3"), hinted = plain with { Hints = ["ab", "abcd"] };

        guides.Added(new PlainGroups(), [plain]).ShouldBe(0);
        guides.Added(new HintLadder { Hints = new() { HintPrompt = "{question}:{hint}" } }, [plain, hinted]).ShouldBe(1 + 4);
        guides.Added(new RefinedDrafts { DraftPrompt = "{question}::{draft}" }, [plain]).ShouldBe(2 + new SamplingOptions().MaxNewTokens);
    }

    /// <summary>A task that cuts solutions into lines, and knows no marks.</summary>
    private sealed class Solved : ITask
    {
        public string Name => "solved";

        public Prompt Prompt(Problem problem) => new TextPrompt(problem.Question);

        public string? ReferenceResponse(Problem problem) => problem.Solution;

        public ValueTask<Verdict> VerifyAsync(Problem problem, Completion completion, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException();
    }

    private static Guides Make(int context)
    {
        using CharacterPolicy policy = new(context);
        return new(policy.Tokenizer, context, new MathTask(Options), new SamplingOptions());
    }
}
