using Stepwise.Methods.Rewards;
using Stepwise.Policies;
using Stepwise.Reasoning;
using Stepwise.Rollouts;
using Stepwise.Tests.Rollouts;

namespace Stepwise.Tests.Methods.Rewards;

public sealed class UnlikelinessRewardTests
{
    [Fact]
    public void Shape_RightAnswers_EarnLessTheLikelierTheyWere()
    {
        // Mean log-probabilities −1, −3, −1 and a wrong −2: ranks 1, 4, 1 of four; of the likeliest 0.25 · 3/4 is taken.
        Group group = Samples.Group(
            Rollout(Correctness.Correct, -1, -1), Rollout(Correctness.Correct, -3), Rollout(Correctness.Correct, -1), Rollout(Correctness.Incorrect, -2));

        new UnlikelinessReward().Shape(group, 1);

        group.Rollouts.Select(r => r.Reward).ShouldBe([1 - (0.25 * 3 / 4), 1, 1 - (0.25 * 3 / 4), 0]);
    }

    [Fact]
    public void Shape_Undecided_HasNoRank()
    {
        Group group = Samples.Group(
            Rollout(Correctness.Undecided, -0.5f), Rollout(Correctness.Correct, -1), Rollout(Correctness.Correct, -2));

        new UnlikelinessReward { RankPenalty = 1 }.Shape(group, 1);

        group.Rollouts.Select(r => r.Reward).ShouldBe([0, 0.5, 1]);
    }

    private static Rollout Rollout(Correctness correctness, params float[] logProbs) =>
        new(new Completion(new int[logProbs.Length], logProbs, "x", new int[logProbs.Length], FinishReason.Stop)) { Verdict = new(correctness, null, "") };
}
