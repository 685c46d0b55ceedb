using Stepwise.Methods.Rewards.Terms;
using Stepwise.Options;
using Stepwise.Policies;
using Stepwise.Reasoning;
using Stepwise.Rollouts;

namespace Stepwise.Tests.Methods.Rewards.Terms;

public sealed class RewardTermTests
{
    [Theory]
    [InlineData("<think>a</think><answer>b</answer>", 1)]
    [InlineData("\n<think></think>\n\n<answer>b\nc</answer> ", 1)]
    [InlineData("<think>a</think>x<answer>b</answer>", 0)]
    [InlineData("<answer>b</answer><think>a</think>", 0)]
    [InlineData("<think>a</think><answer>b", 0)]
    [InlineData("<think>a</think><answer>b</answer><answer>b</answer>", 0)]
    [InlineData("<think>a<think></think><answer>b</answer>", 0)]
    [InlineData("<think>a<answer>b</answer></think>", 0)]
    [InlineData("</think><think>a<answer>b</answer>", 0)]
    [InlineData("a<think>a</think><answer>b</answer>", 0)]
    [InlineData("", 0)]
    public void Format_Tags_OnceInTheirOrderAndNothingBeside(string text, double value) =>
        new FormatTerm { Tags = ["think", "answer"] }.Value(Response(text)).ShouldBe(value);

    [Fact]
    public void Format_OpeningOfThePrompt_BelongsToTheResponse()
    {
        FormatTerm term = new() { Tags = ["think"] };

        term.Value(Response("a</think>")).ShouldBe(0);
        (term with { Opening = "<think>" }).Value(Response("a</think>")).ShouldBe(1);
    }

    [Theory]
    [InlineData("^a.*z$", "a\nz", 1)]
    [InlineData("^a.*z$", "ba\nz", 0)]
    [InlineData("####", "x #### 5", 1)]
    [InlineData("^(a+)+$", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", 0)]
    public void Format_Pattern_MatchesSomewhereInLinearTime(string pattern, string text, double value) =>
        new FormatTerm { Pattern = pattern }.Value(Response(text)).ShouldBe(value);

    [Theory]
    [InlineData("(", "pattern is \"(\"; allowed is a .NET regular expression")]
    [InlineData("(?=a)", "pattern is \"(?=a)\"; allowed is a .NET regular expression without look-arounds")]
    [InlineData("", "pattern is empty, and there are no tags; give one of the two.")]
    public void Format_PatternThatIsNone_IsRefused(string pattern, string message) =>
        Should.Throw<InputException>(() => OptionTree.Check(new FormatTerm { Pattern = pattern })).Message.ShouldStartWith(message);

    [Fact]
    public void Format_TagsThatAreNone_AreRefused()
    {
        Should.Throw<InputException>(() => OptionTree.Check(new FormatTerm { Tags = ["<a>"] })).Message.ShouldStartWith("tags has \"<a>\"");
        Should.Throw<InputException>(() => OptionTree.Check(new FormatTerm { Tags = ["a"], Pattern = "a" })).Message.ShouldStartWith("pattern is given beside");
    }

    [Theory]
    // L = 10, C = 4: nothing up to 6, then a quarter per token, −1 from 10 on.
    [InlineData(0, 0)]
    [InlineData(6, 0)]
    [InlineData(7, -0.25)]
    [InlineData(9, -0.75)]
    [InlineData(10, -1)]
    [InlineData(11, -1)]
    public void Overlong_Length_IsTheSoftPenalty(int tokens, double value) =>
        new OverlongTerm { Cap = 10, Cache = 4 }.Value(Tokens(new int[tokens])).ShouldBe(value);

    [Fact]
    public void Overlong_CacheAboveTheCap_IsRefused() =>
        Should.Throw<InputException>(() => OptionTree.Check(new OverlongTerm { Cap = 4, Cache = 5 })).Message
            .ShouldBe("cap is 4; allowed is at least the term's cache, 5. Set cache too.");

    [Theory]
    [InlineData(8, 0)]
    [InlineData(6, -0.25)]
    [InlineData(10, -0.25)]
    [InlineData(0, -1)]
    [InlineData(16, -1)]
    [InlineData(99, -1)]
    public void Length_Tokens_IsTheDistanceToTheTarget(int tokens, double value) =>
        new LengthTerm { Target = 8 }.Value(Tokens(new int[tokens])).ShouldBe(value);

    [Theory]
    // Pairs of 1 2 1 2 1: 12, 21, 12, 21: two of four occurred before.
    [InlineData(2, new[] { 1, 2, 1, 2, 1 }, -0.5)]
    [InlineData(2, new[] { 1, 2, 3, 4 }, 0)]
    [InlineData(1, new[] { 5, 5, 5, 5 }, -0.75)]
    [InlineData(3, new[] { 1, 1 }, 0)]
    [InlineData(3, new int[0], 0)]
    public void Repetition_Tokens_IsTheShareOfRepeatedNGrams(int size, int[] tokens, double value) =>
        new RepetitionTerm { Size = size }.Value(Tokens(tokens)).ShouldBe(value);

    [Fact]
    public void Repetition_RandomTokens_IsWhatAPlainCountSays()
    {
        Random random = new(5);
        for (int trial = 0; trial < 200; trial++)
        {
            int size = random.Next(1, 5);
            int[] tokens = [.. Enumerable.Range(0, random.Next(0, 40)).Select(_ => random.Next(3))];
            string[] grams = [.. Enumerable.Range(0, Math.Max(0, tokens.Length - size + 1)).Select(i => string.Join(' ', tokens[i..(i + size)]))];
            double expected = grams.Length == 0 ? 0 : ((double)grams.Distinct(StringComparer.Ordinal).Count() / grams.Length) - 1;

            new RepetitionTerm { Size = size }.Value(Tokens(tokens)).ShouldBe(expected);
        }
    }

    [Fact]
    public void Verifier_NamedReward_IsItOrNothing()
    {
        Rollout rollout = Response("a");
        VerifierTerm term = new() { Reward = "style" };

        term.Value(rollout).ShouldBeNull();
        rollout.Verdict = new Verdict(Correctness.Correct, null, "") { Rewards = new Dictionary<string, double>(StringComparer.Ordinal) { ["style"] = 0.5 } };
        term.Value(rollout).ShouldBe(0.5);
        (term with { Reward = "other" }).Value(rollout).ShouldBeNull();
        Should.Throw<InputException>(() => OptionTree.Check(term with { Reward = "a b" })).Message.ShouldStartWith("reward is \"a b\"");
    }

    private static Rollout Response(string text) => new(new Completion([], [], text, [], FinishReason.Stop));

    private static Rollout Tokens(int[] tokens) => new(new Completion(tokens, new float[tokens.Length], "", new int[tokens.Length], FinishReason.Stop));
}
