using Stepwise.Reasoning;
using Stepwise.Reasoning.Steps;
using static Stepwise.Tests.Judging.Models.Scripted;

namespace Stepwise.Tests.Judging.Models;

/// <summary>What people report of judges and of steps elsewhere, tried here; docs/log.md names the reports.</summary>
public sealed class PublicReportTests
{
    private const string Wrong = "2 + 3 = 5\n5 * 4 = 24\nSo it is 24.";

    private static string Good => Labels(2, "= 24", "p1", "w");

    public static TheoryData<string, string> Wrapped => new()
    {
        { "fenced by a provider that only imitates JSON mode", $"```json\n{Good}\n```" },
        { "behind words", $"Sure, here is the evaluation:\n\n{Good}\n\nLet me know if you need more." },
        { "behind thinking with a draft of another item in it", $"<think>{{\"item\": \"draft\", \"first_error\": 1}} no, wait</think>\n{Good}" },
        { "a reason that holds fences itself", Good.Replace("because", "`x` ``` 5 * 4 ``` is 20", StringComparison.Ordinal) },
        { "with fields that nobody asked for", Good.Replace("\"reason\"", "\"score\": 0.1, \"reason\"", StringComparison.Ordinal) },
    };

    [Theory]
    [MemberData(nameof(Wrapped))]
    public async Task JudgeAsync_WrappedAnswer_IsTaken(string what, string answer)
    {
        StepJudgement judgement = await JudgeAsync(answer, Response(Wrong));

        (judgement.Outcome, judgement.FirstError).ShouldBe((JudgementOutcome.ErrorFound, 2), $"{what}: {judgement.Reason}");
    }

    public static TheoryData<string, string> Broken => new()
    {
        { "single quotes", Good.Replace('"', '\'') },
        { "a label that is no word", Good.Replace("\"progress\"", "true", StringComparison.Ordinal) },
        { "keywords in place of JSON", "Excellent reasoning! Score: 9/10. The first error is in step 2." },
        { "a score alone", """{"item": "ITEM", "score": 0.5}""" },
        { "the response echoed", $"{{\"item\": \"ITEM\", \"answer\": \"{Wrong.Replace("\n", "\\n", StringComparison.Ordinal)}\"}}" },
    };

    [Theory]
    [MemberData(nameof(Broken))]
    public async Task JudgeAsync_AnswerThatSaysNothing_IsNoJudgementAndNoZero(string what, string answer)
    {
        StepJudgement judgement = await JudgeAsync(answer, Response(Wrong));

        judgement.Outcome.ShouldBe(JudgementOutcome.NoJudgement, what);
        judgement.Reason.ShouldNotBeEmpty();
    }

    // Of two texts that differ in blank lines alone, one had two steps and one had one, and so another advantage.
    [Theory]
    [InlineData("sentences")]
    [InlineData("lines")]
    public void Split_BlankLinesBetweenSteps_MakeNoOtherSteps(string name)
    {
        StepSplitter splitter = (StepSplitter)StepCatalog.Entries.Single(entry => entry.Name.Equals(name, StringComparison.Ordinal)).Part;

        splitter.Split("2 + 3 = 5\n\n5 * 4 = 20", false).Select(s => s.Text).ShouldBe(splitter.Split("2 + 3 = 5\n5 * 4 = 20", false).Select(s => s.Text));
    }

    // A pattern for numbered steps that missed those of several lines.
    [Fact]
    public void Split_NumberedStepsOfSeveralLines_AreWholeSteps() =>
        new Markers().Split("Step 1: add\n2 + 3\n= 5\n\nStep 2: multiply\n5 * 4 = 20\n", false).Count.ShouldBe(2);
}
