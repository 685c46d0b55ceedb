using Stepwise.Methods.Sampling;
using Stepwise.Policies;
using Stepwise.Problems;
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
    public void Added_HintsAndDrafts_AreTheLongestWithTheTemplate()
    {
        Guides guides = Make(100);
        Problem plain = new("p", "q", "3"), hinted = plain with { Hints = ["ab", "abcd"] };

        guides.Added(new PlainGroups(), [plain]).ShouldBe(0);
        guides.Added(new HintLadder { Hints = new() { HintPrompt = "{question}:{hint}" } }, [plain, hinted]).ShouldBe(1 + 4);
        guides.Added(new RefinedDrafts { DraftPrompt = "{question}::{draft}" }, [plain]).ShouldBe(2 + new SamplingOptions().MaxNewTokens);
    }

    private static Guides Make(int context)
    {
        using CharacterPolicy policy = new(context);
        return new(policy.Tokenizer, context, new MathTask(Options), new SamplingOptions());
    }
}
