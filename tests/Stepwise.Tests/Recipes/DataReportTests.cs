using Stepwise.Policies;
using Stepwise.Problems;
using Stepwise.Recipes;
using Stepwise.Tasks.Mathematics;

namespace Stepwise.Tests.Recipes;

public sealed class DataReportTests
{
    // A prompt is as many tokens as its question has letters.
    private static readonly Gsm8k Words = new(new() { Prompt = new() });

    private static readonly ProblemSets Problems = new(
        Words,
        [new("t1", "aa", "1"), new("t2", "aa ", "north"), new("t3", "bbbb", "2")],
        [new("h1", "aa", "x"), new("h2", "cc", "y"), new("h3", "cc", "z"), new("h4", "d", "3")]);

    [Fact]
    public void Describe_Problems_CountsWhatThereIsToTell()
    {
        DataReport report = Problems.Describe(new Letters(), context: 5, TestContext.Current.CancellationToken);
        report.Lines().ShouldBe(
        [
            "Problems: 3 to train on, 4 held out; 3 of 7 references can be read; the longest prompt has 4 tokens.",
            "References that cannot be read, so that no answer is decided: 4: t2: the reference answer \"north\" is not one number; "
                + "h1: the reference answer \"x\" is not one number; h2: the reference answer \"y\" is not one number; …",
            "Repeated questions among the training problems: 1: t2 (t1).",
            "Repeated questions among the held-out problems: 1: h3 (h2).",
            "Repeated questions of held-out problems that are also training problems', so that the policy is measured on what it was trained on: 1: h1 (t1).",
        ]);
        report.Train.ShouldBe(new(3, 2, 0, report.Train.Repeated));
        report.Undecidable.Select(u => u.Problem).ShouldBe(["t2", "h1", "h2"]);
    }

    [Fact]
    public void WithoutLongPrompts_ShortContext_LeavesThemOutAndCounts()
    {
        Should.Throw<InputException>(() => Problems.RequireFit(new Letters(), context: 4, TestContext.Current.CancellationToken)).Message
            .ShouldContain("Problem t3: its prompt has 4 tokens");
        ProblemSets fitting = Problems.WithoutLongPrompts(new Letters(), context: 4, TestContext.Current.CancellationToken);
        fitting.Train.Select(p => p.Id).ShouldBe(["t1", "t2"]);
        (fitting.DroppedTrain, fitting.DroppedTest).ShouldBe((1, 0));
        fitting.Describe(new Letters(), context: 4, TestContext.Current.CancellationToken).Lines().Last()
            .ShouldBe("Left out, because the prompt does not fit the policy's context: 1 of the training problems, 0 held-out ones.");
        Should.Throw<InputException>(() => Problems.WithoutLongPrompts(new Letters(), context: 1, TestContext.Current.CancellationToken)).Message
            .ShouldContain("None of 3 training problems has a prompt that fits");
    }

    /// <summary>A token per letter.</summary>
    private sealed class Letters : ITokenizer
    {
        public int VocabularySize => char.MaxValue;

        public IReadOnlyList<int> StopTokens => [];

        public int[] Encode(string text) => [.. text.Select(letter => (int)letter)];

        public int[] Encode(Prompt prompt) => Encode(prompt.ShouldBeOfType<TextPrompt>().Text);

        public string Decode(ReadOnlySpan<int> tokens, bool skipSpecial = true) => throw new NotSupportedException();

        public ReadOnlySpan<byte> Bytes(int token, bool skipSpecial = true) => throw new NotSupportedException();
    }
}
