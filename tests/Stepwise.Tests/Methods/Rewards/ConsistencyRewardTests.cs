using Stepwise.Methods.Rewards;
using Stepwise.Policies;
using Stepwise.Reasoning;
using Stepwise.Rollouts;
using Stepwise.Tests.Rollouts;

namespace Stepwise.Tests.Methods.Rewards;

public sealed class ConsistencyRewardTests
{
    // The answer 42 is the last two tokens; likelihood of the answer exp(mean of the two).
    private static readonly double[] Likely = [0.9, 0.4, 0.99];

    [Fact]
    public async Task ReadAsync_RightAnswers_EarnTheBonusFromTheMeanOn()
    {
        Group group = Samples.Group(Answer(1), Answer(2), Answer(3), Answer(4, Correctness.Incorrect), Answer(5, Correctness.Undecided));
        ConsistencyReward reward = new();
        ReadPolicy policy = Policy();
        reward.Require(policy);

        reward.Shape(group, 1);
        await reward.ReadAsync([group], policy.View, TestContext.Current.CancellationToken);

        // 0.9, 0.4 and 0.95, the cap: mean 0.75.
        group.Rollouts.Select(r => r.Reward).ShouldBe([1.5, 1, 1.5, 0, 0]);
        policy.Kept.ShouldBe((0.995, 10));
        policy.Scored.Select(request => request.Completions[0][0]).ShouldBe([1, 2, 3], "wrong answers are not scored");
        reward.MeasureStep([group]).ShouldHaveSingleItem().Value.ShouldBe(2 / 3.0, 1e-12);
    }

    [Theory]
    [InlineData(0.34, 1)]
    [InlineData(0.36, 1.5)]
    public async Task ReadAsync_Margin_IsHowFarBelowTheMeanStillEarns(double margin, double expected)
    {
        Group group = Samples.Group(Answer(1), Answer(2), Answer(3));
        ConsistencyReward reward = new() { ConsistencyMargin = margin };

        reward.Shape(group, 1);
        await reward.ReadAsync([group], Policy().View, TestContext.Current.CancellationToken);

        group.Rollouts[1].Reward.ShouldBe(expected);
    }

    [Fact]
    public async Task ReadAsync_NoBonus_IsTheOutcome()
    {
        Group group = Samples.Group(Answer(1), Answer(2), Answer(4, Correctness.Incorrect));
        ConsistencyReward reward = new() { ConsistencyBonus = 0 };

        reward.Shape(group, 1);
        await reward.ReadAsync([group], Policy().View, TestContext.Current.CancellationToken);

        group.Rollouts.Select(r => r.Reward).ShouldBe([1, 1, 0]);
    }

    [Fact]
    public async Task ReadAsync_AnswerThatIsNotSpelled_EarnsNoBonus()
    {
        Rollout unspelled = Answer(1);
        unspelled.Verdict = unspelled.Verdict with { Answer = "43" };
        Group group = Samples.Group(unspelled, Answer(2));

        new ConsistencyReward().Shape(group, 1);
        await new ConsistencyReward().ReadAsync([group], Policy().View, TestContext.Current.CancellationToken);

        group.Rollouts.Select(r => r.Reward).ShouldBe([1, 1.5]);
    }

    [Fact]
    public void Require_PolicyWithoutAverage_IsRefused() =>
        Should.Throw<InputException>(() => new ConsistencyReward().Require(new Stepwise.Tests.Training.CharacterPolicy(10))).Message.ShouldBe(
            "method.reward consistency needs a policy with the capability WeightAverage, which CharacterPolicy lacks.");

    private static ReadPolicy Policy() => new(_ => [1], [[1]])
    {
        // Everything but the answer's two tokens is improbable; the second token of the answer is certain.
        Averaged = (tokens, t) => t == tokens.Length - 2 ? (float)(2 * Math.Log(Likely[tokens[0] - 1])) : t == tokens.Length - 1 ? 0 : -50,
    };

    /// <summary>A response "x 42" of four tokens, of which the last holds nothing but the answer's second digit.</summary>
    private static Rollout Answer(int id, Correctness correctness = Correctness.Correct) =>
        new(new Completion([id, 7, 7, 7], new float[4], "x 42", [1, 2, 3, 4], FinishReason.Stop)) { Verdict = new(correctness, "42", "") };
}
