using Stepwise.Methods.Rewards;
using Stepwise.Policies;
using Stepwise.Reasoning;
using Stepwise.Rollouts;
using Stepwise.Tests.Rollouts;

namespace Stepwise.Tests.Methods.Rewards;

public sealed class CentroidRewardTests
{
    // What a response ends in: token 1 to the right, 2 up, 3 to the left; lengths do not matter.
    private static readonly float[][] Ends = [[2, 0], [0, 3], [-1, 0]];

    [Fact]
    public async Task ReadAsync_NoRounds_IsTheCosineToTheMean()
    {
        Group group = Samples.Group(Ending(1), Ending(1), Ending(2));

        await ReadAsync(new() { CentroidRounds = 0 }, group);

        // The sum of the directions is (2, 1).
        group.Rollouts.Select(r => r.Reward).ToArray().ShouldBe([2 / Math.Sqrt(5), 2 / Math.Sqrt(5), 1 / Math.Sqrt(5)], 1e-12);
    }

    [Fact]
    public async Task ReadAsync_ARound_WeighsTheFarOnesLess()
    {
        Group group = Samples.Group(Ending(1), Ending(1), Ending(2));

        await ReadAsync(new() { CentroidRounds = 1, CentroidTemperature = 1 / Math.Sqrt(5) }, group);

        // Nearness 2/√5, 2/√5, 1/√5 over T: weights in the ratio e² : e² : e.
        double right = 2 * Math.E, norm = Math.Sqrt((right * right) + 1);
        group.Rollouts.Select(r => r.Reward).ToArray().ShouldBe([right / norm, right / norm, 1 / norm], 1e-12);
    }

    [Fact]
    public async Task ReadAsync_VerdictsDoNotMatterButUndecidedOnesAreNotCounted()
    {
        Group right = Samples.Group(Ending(1), Ending(2)), wrong = Samples.Group(Ending(1, Correctness.Incorrect), Ending(2, Correctness.Undecided), Ending(2));

        await ReadAsync(new(), right);
        await ReadAsync(new(), wrong);

        wrong.Rollouts.Where(r => r.Counted).Select(r => r.Reward).ShouldBe(right.Rollouts.Select(r => r.Reward));
        wrong.Rollouts[1].Reward.ShouldBe(0);
    }

    [Fact]
    public async Task ReadAsync_StatesThatCancelOutOrALoneResponse_EarnNothing()
    {
        Group opposite = Samples.Group(Ending(1), Ending(3)), lone = Samples.Group(Ending(1));

        await ReadAsync(new(), opposite);
        await ReadAsync(new(), lone);

        opposite.Rollouts.Concat(lone.Rollouts).ShouldAllBe(r => r.Reward == 0);
    }

    private static async Task ReadAsync(CentroidReward reward, Group group)
    {
        reward.Shape(group, 1);
        await reward.ReadAsync([group], new ReadPolicy(tokens => Ends[tokens[^1] - 1], [[1, 0]]).View, TestContext.Current.CancellationToken);
    }

    private static Rollout Ending(int token, Correctness correctness = Correctness.Correct) =>
        new(new Completion([3, token], new float[2], "ab", [1, 2], FinishReason.Stop)) { Verdict = new(correctness, null, "") };
}
