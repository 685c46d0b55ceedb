using Stepwise.Training;

namespace Stepwise.Tests.Training;

public sealed class TrainingOptionsTests
{
    [Theory]
    [InlineData(null, 0, 0, 50)]
    [InlineData(null, 10, 1_000, 50)]
    [InlineData(1_000, 0, 0, 50)]
    [InlineData(1_000, 10, 0, 50)]
    [InlineData(1_000, 10, 300, 34)]
    [InlineData(1_000, 10, 100, 50)]
    [InlineData(1_000, 33, 999, 34)]
    [InlineData(1_000, 34, 1_000, 34)]
    [InlineData(1_000, 50, 10, 50)]
    public void ExpectedSteps_AtTheRateSoFar_AreAtMostTheSteps(int? budget, int step, long tokens, int expected)
    {
        TrainingOptions options = new() { Steps = 50, SampledTokens = budget };

        options.ExpectedSteps(step, tokens).ShouldBe(expected);
        options.Ends(step, tokens).ShouldBe(expected == step);
    }
}
