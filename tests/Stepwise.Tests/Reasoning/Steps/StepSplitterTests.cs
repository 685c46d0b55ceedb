using Stepwise.Reasoning;
using Stepwise.Reasoning.Steps;

namespace Stepwise.Tests.Reasoning.Steps;

public sealed class StepSplitterTests
{
    public static TheoryData<string> Names => [.. StepCatalog.Entries.Select(entry => entry.Name)];

    [Theory]
    [InlineData("lines", "One. Two.\n\nThree", "One. Two.|Three")]
    [InlineData("lines", "\n---\nA\n***\nB", "A|B")]
    [InlineData("paragraphs", "One.\nTwo.\n\nThree.\n \t\nFour", "One.\nTwo.|Three.|Four")]
    [InlineData("paragraphs", "So:\n```\na = 1\n\nb = 2\n```\n\nDone", "So:\n```\na = 1\n\nb = 2\n```|Done")]
    [InlineData("paragraphs", "So:\n```\na = 1\n\nb = 2", "So:\n```\na = 1|b = 2")]
    [InlineData("markers", "Let us see.\nStep 1: add\n2 and 3\n**Step 2:** stop\n### Step 3\nDone", "Let us see.|Step 1: add\n2 and 3|**Step 2:** stop|### Step 3\nDone")]
    [InlineData("markers", "step 1. a\nSTEP 2 - b\nStep one: c\nStepping 3: d\nStep 12345678: e", "step 1. a|STEP 2 - b\nStep one: c\nStepping 3: d\nStep 12345678: e")]
    [InlineData("markers", "Step 1: a\nStep 2 apples are left\nStep 2: b", "Step 1: a\nStep 2 apples are left|Step 2: b")]
    [InlineData("markers", "no marker\nat all", "no marker\nat all")]
    [InlineData("tags", "<step>One</step>\n<step>Two.\nThree</step>\nThe answer is 7", "One|Two.\nThree|The answer is 7")]
    [InlineData("tags", "<step>a<step>b</step></step>", "a|b")]
    [InlineData("tags", "x < 3 <b>y</b>", "x < 3 <b>y</b>")]
    [InlineData("sentences", "See:\n```python\nprint('A. B. C')\nx = 1\n```\nIt is 1. Good", "See:|```python\nprint('A. B. C')\nx = 1\n```|It is 1.|Good")]
    [InlineData("sentences", @"Thus \(x = 3. Y\) holds. So \text{No. Yes} it is. Done", @"Thus \(x = 3. Y\) holds.|So \text{No. Yes} it is.|Done")]
    [InlineData("sentences", "- 3.14 is pi. It is\n- Mr. A. B. Cee has 2", "- 3.14 is pi.|It is|- Mr. A. B. Cee has 2")]
    public void Split_Response_GivesSteps(string name, string response, string steps) =>
        string.Join('|', Named(name).Split(response, truncated: false).Select(s => s.Text)).ShouldBe(steps);

    [Theory]
    [InlineData("lines", "One\nTwo", "One")]
    [InlineData("paragraphs", "One\nTwo\n\nThree\nFour\n", "One\nTwo")]
    [InlineData("markers", "Step 1: a\nStep 2: b\n", "Step 1: a")]
    [InlineData("tags", "<step>a</step><step>b", "a")]
    [InlineData("tags", "<step>a</step> and", "a")]
    public void Split_Truncated_DropsTheOpenStep(string name, string response, string steps) =>
        string.Join('|', Named(name).Split(response, truncated: true).Select(s => s.Text)).ShouldBe(steps);

    [Theory]
    [MemberData(nameof(Names))]
    public void Split_RandomText_StepsCoverItInOrder(string name)
    {
        string[] parts = ["a", "B", "1", ".", "!", " ", "\n", "$", "(", ")", "\\", "{", "}", "Mr.", "```", "Step 2:", "<step>", "</step>", "😀", "é", "\r\n"];
        for (ulong run = 0; run < 2000; run++)
        {
            ulong key = CounterRandom.Key(11, run);
            string text = string.Concat(Enumerable.Range(1, CounterRandom.Integer(key, 0, 40)).Select(i => parts[CounterRandom.Integer(key, (ulong)i, parts.Length)]));
            IReadOnlyList<ReasoningStep> steps = Named(name).Split(text, truncated: false), cut = Named(name).Split(text, truncated: true);
            int end = 0;
            foreach (ReasoningStep step in steps)
            {
                step.Start.ShouldBe(end);
                step.Text.Any(char.IsLetterOrDigit).ShouldBeTrue();
                end = step.End;
            }

            end.ShouldBe(steps.Count == 0 ? 0 : text.Length);
            cut.ShouldBe(steps.Take(cut.Count).Select((step, i) => i < cut.Count - 1 ? step : cut[i]));
        }
    }

    // Work that grows with the square of the length would take minutes here.
    [Theory]
    [MemberData(nameof(Names))]
    public void Split_LongHostileText_CoversIt(string name)
    {
        foreach (string unit in (string[])["\n\n", "```\n", "Step 1:\n", "<step>", "</step>", "<", "{", "\\(", "#* - step 11111111", "A. "])
        {
            string text = string.Concat(Enumerable.Repeat(unit, 300_000)) + "a";
            Named(name).Split(text, truncated: false)[^1].End.ShouldBe(text.Length, unit);
        }
    }

    private static StepSplitter Named(string name) => (StepSplitter)StepCatalog.Entries.Single(entry => entry.Name.Equals(name, StringComparison.Ordinal)).Part;
}
