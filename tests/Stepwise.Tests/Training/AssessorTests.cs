using Stepwise.Judging;
using Stepwise.Policies;
using Stepwise.Rollouts;
using Stepwise.Tasks.Mathematics;
using Stepwise.Training;

namespace Stepwise.Tests.Training;

public sealed class AssessorTests
{
    private static readonly MathTask Sums = new(new MathOptions { Steps = new Stepwise.Reasoning.Steps.Lines() });

    [Theory]
    // Whole lines, with and without a line of its own behind them.
    [InlineData("5+7=12\n", "12+3=15\n#### 15", FinishReason.Stop, 3, 1)]
    [InlineData("5+7=12\n12+3=15\n", "#### 15", FinishReason.Stop, 3, 2)]
    // What the beginning breaks off in is the response's own, also where it goes no farther.
    [InlineData("5+7=12\n12+3=1", "5\n#### 15", FinishReason.Stop, 3, 1)]
    [InlineData("5+7=12\n12+3=1", "", FinishReason.Stop, 3, 1)]
    [InlineData("5+7=12\n12+3=1", "6\n#### 1", FinishReason.Length, 2, 1)]
    // Who stops right there gave no answer, and that step is its own.
    [InlineData("5+7=12\n", "", FinishReason.Stop, 2, 1)]
    [InlineData("", "5+7=12\n#### 12", FinishReason.Stop, 2, 0)]
    public async Task Verify_GivenBeginning_OnlyItsWholeStepsAreGiven(string given, string own, FinishReason finish, int steps, int givenSteps)
    {
        string text = given + own;
        Completion completion = new(new int[text.Length], new float[text.Length], text, [.. Enumerable.Range(1, text.Length)], finish)
        {
            PrefixTokens = given.Length,
        };
        Group group = new(new("p", "q", "15"), [1], [new Rollout(completion)]);

        await new Assessor(Sums, NoJudge.Instance).VerifyAsync(group, "a test", TestContext.Current.CancellationToken);

        (group.Rollouts[0].Steps.Count, group.Rollouts[0].GivenSteps).ShouldBe((steps, givenSteps));
    }
}
