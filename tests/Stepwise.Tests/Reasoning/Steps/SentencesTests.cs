using Stepwise.Reasoning;
using Stepwise.Reasoning.Steps;

namespace Stepwise.Tests.Reasoning.Steps;

public sealed class SentencesTests
{
    [Theory]
    [InlineData("One line.\nTwo.", "One line.|Two.")]
    [InlineData("She has 5. He has 3.", "She has 5.|He has 3.")]
    [InlineData("She has 5.  He has 3.", "She has 5.|He has 3.")]
    [InlineData("It costs $1.50 each. So 3 cost $4.50.", "It costs $1.50 each.|So 3 cost $4.50.")]
    [InlineData("Mr. Smith and Dr. J. Lee have 4. Good!", "Mr. Smith and Dr. J. Lee have 4.|Good!")]
    [InlineData("1. Add 2. Then stop.\n2. Go on.", "1. Add 2.|Then stop.|2. Go on.")]
    [InlineData("Step 2. Add 5.", "Step 2. Add 5.")]
    [InlineData("**Step 1.** Add 5.", "**Step 1.** Add 5.")]
    [InlineData("(That is 5.) \"Really?\" Yes.", "(That is 5.)|\"Really?\"|Yes.")]
    [InlineData("from 8 a.m. to 5 p.m. every day", "from 8 a.m. to 5 p.m. every day")]
    [InlineData("so e.g. 5 = 5. and on", "so e.g. 5 = 5. and on")]
    [InlineData("5 + 3 = 8\n\n---\n#### 8", "5 + 3 = 8|#### 8")]
    [InlineData("\\[\n5 + 3 = 8\n\\]\nSo 8.", "5 + 3 = 8|So 8.")]
    [InlineData("\n\n", "")]
    [InlineData("", "")]
    public void Split_Response_GivesLinesAndSentences(string response, string steps) =>
        string.Join('|', new Sentences().Split(response, truncated: false).Select(s => s.Text)).ShouldBe(steps, customMessage: response);

    [Theory]
    [InlineData("She has 5. He has", "She has 5.")]
    [InlineData("She has 1.", "")]
    [InlineData("She has 1.\n", "She has 1.")]
    [InlineData("Line.\n#### 7", "Line.")]
    public void Split_Truncated_DropsTheOpenStep(string response, string steps) =>
        string.Join('|', new Sentences().Split(response, truncated: true).Select(s => s.Text)).ShouldBe(steps);

    // Work that grows with the square of the length would take minutes here.
    [Theory]
    [InlineData("- ", "e.g. A ")]
    [InlineData("# * - ", "1. A ")]
    [InlineData("", "a 1. ")]
    [InlineData("", "A. ")]
    [InlineData("A", " - 1.")]
    [InlineData("", "* ")]
    [InlineData("1", ") ")]
    public void Split_LongHostileText_CoversIt(string before, string unit)
    {
        string text = string.Concat(Enumerable.Repeat(before, 100_000)) + string.Concat(Enumerable.Repeat(unit, 1_000_000));
        IReadOnlyList<ReasoningStep> steps = new Sentences().Split(text, truncated: false);
        (steps.Count == 0 ? text.Length : steps[^1].End).ShouldBe(text.Length);
    }

    [Fact]
    public void Split_RandomText_StepsCoverItInOrder()
    {
        string[] parts = ["a", "B", "1", ".", "!", " ", "\n", "$", ")", "Mr.", "1.", "😀", "é", "\r\n", "  "];
        for (ulong run = 0; run < 3000; run++)
        {
            ulong key = CounterRandom.Key(9, run);
            string text = string.Concat(Enumerable.Range(1, CounterRandom.Integer(key, 0, 30)).Select(i => parts[CounterRandom.Integer(key, (ulong)i, parts.Length)]));
            IReadOnlyList<ReasoningStep> steps = new Sentences().Split(text, truncated: false);
            int end = 0;
            foreach (ReasoningStep step in steps)
            {
                step.Start.ShouldBe(end);
                text[step.Start..step.End].ShouldContain(step.Text);
                end = step.End;
            }

            (steps.Count == 0 ? text.Length : end).ShouldBe(text.Length);
        }
    }
}
