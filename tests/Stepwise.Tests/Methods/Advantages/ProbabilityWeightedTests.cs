using Stepwise.Methods.Advantages;
using Stepwise.Policies;
using Stepwise.Reasoning;
using Stepwise.Rollouts;
using Stepwise.Tests.Rollouts;

namespace Stepwise.Tests.Methods.Advantages;

public sealed class ProbabilityWeightedTests
{
    [Theory]
    [InlineData(0.0, 1.0, 1.0)]
    [InlineData(0.2, 0.85, 1.0)]
    [InlineData(1.0, 0.25, 1.0)]
    public void Estimate_ATokenOfOneQuarter_KeepsThatMuchOfTheShare(double share, double quarter, double one)
    {
        Rollout right = Of(Correctness.Correct, reward: 1), wrong = Of(Correctness.Incorrect, reward: 0);

        new ProbabilityWeighted(new GroupAdvantage { Scale = new NoScale() }) { ProbabilityShare = share }.Estimate([Samples.Group(right, wrong)]);

        right.Advantages.ShouldBe([0.5 * quarter, 0.5 * one], 1e-7);
        wrong.Advantages.ShouldBe([-0.5 * quarter, -0.5 * one], 1e-7);
    }

    private static Rollout Of(Correctness correctness, double reward) =>
        new(new Completion([1, 2], [(float)Math.Log(0.25), 0f], "ab", [1, 2], FinishReason.Stop)) { Verdict = new(correctness, null, ""), Reward = reward };
}
