using System.Text.Json.Nodes;
using Stepwise.Methods.Rewards;
using Stepwise.Policies;
using Stepwise.Reasoning;
using Stepwise.Rollouts;

namespace Stepwise.Tests.Methods.Rewards;

public sealed class PreferenceRewardTests
{
    [Fact]
    public void Features_HandComputed_AreThoseOfTheBeginnings()
    {
        // Steps of two tokens: −1 and −3, then the same text at −4 and −30, which counts as −20.
        double[][] rows = StepFeatures.Of(Rollout(right: true, "ab", [-1, -3], "ab", [-4, -30]));

        rows.Length.ShouldBe(3);
        rows[0].ShouldAllBe(x => x == 0);
        rows[1].ShouldBe([-2, -2, -2, Math.Log(2), Math.Log(3), 0], 1e-12);
        rows[2].ShouldBe([-7, -12, -12, Math.Log(3), Math.Log(5), 0.5], 1e-12);
    }

    [Fact]
    public void Features_GivenTokens_DoNotCount()
    {
        double[][] rows = StepFeatures.Of(Rollout(right: true, prefix: 3, "ab", [-1, -3], "cd", [-4, -6]));

        rows[1].ShouldBe([0, 0, 0, Math.Log(2), 0, 0], 1e-12);
        rows[2].ShouldBe([-6, -6, -6, Math.Log(3), Math.Log(2), 0], 1e-12);
    }

    [Fact]
    public void Learn_LikelyAnswersRight_RanksOthersSoAndRewardsTheirSteps()
    {
        PreferenceReward reward = Fresh(new() { PreferenceSteps = 5, StepWeight = 2 });
        for (int step = 1; step <= 5; step++)
        {
            Group group = Mixed(step);
            reward.Learn([group], step);
            reward.Shape(group, step);
            group.Rollouts.Select(r => r.Reward).ShouldBe([1, 0]);
        }

        Group other = Mixed(77);
        reward.Learn([other], 6);
        reward.Shape(other, 6);

        reward.MeasureStep([other]).Single(m => m.Metric == PreferenceReward.Accuracy).Value.ShouldBe(1);
        // r = R + λ · mean of P, each P in (0, 1).
        other.Rollouts[0].Reward.ShouldBeInRange(1, 3);
        other.Rollouts[1].Reward.ShouldBeInRange(0, 2);
        double mean = reward.MeasureStep([other]).Single(m => m.Metric == PreferenceReward.StepReward).Value;
        ((other.Rollouts[0].Reward - 1 + other.Rollouts[1].Reward) / 4).ShouldBe(mean, 1e-12);
        other.Rollouts.ShouldAllBe(r => r.Counted && r.Rts == null);
    }

    [Fact]
    public void Learn_AfterThePhase_IsFrozenButWithoutAPairItGoesOn()
    {
        PreferenceReward reward = Fresh(new() { PreferenceSteps = 1 });
        Group wrong = Group(Rollout(right: false, "ab", [-1, -1]));
        reward.Learn([wrong], 1);
        reward.Shape(wrong, 2);
        wrong.Rollouts[0].Reward.ShouldBe(0, "it has learnt nothing");

        reward.Learn([Mixed(1)], 2);
        string learnt = reward.Save().ToJsonString();
        reward.Learn([Mixed(2)], 3);

        reward.Save().ToJsonString().ShouldBe(learnt);
        reward.Shape(wrong, 3);
        wrong.Rollouts[0].Reward.ShouldBeGreaterThan(0);
    }

    [Fact]
    public void Save_Loaded_IsTheSameModelBitForBit()
    {
        PreferenceReward reward = Fresh(new());
        reward.Learn([Mixed(1), Mixed(2)], 1);
        JsonObject saved = (JsonObject)JsonNode.Parse(reward.Save().ToJsonString())!;
        PreferenceReward resumed = Fresh(reward);
        JsonNode.DeepEquals(resumed.Save(), saved).ShouldBeFalse();
        resumed.Load(saved);

        reward.Learn([Mixed(3)], 2);
        resumed.Learn([Mixed(3)], 2);

        resumed.Save().ToJsonString().ShouldBe(reward.Save().ToJsonString());
        Fresh(new()).Save().ToJsonString().ShouldBe(Fresh(new()).Save().ToJsonString());
        JsonNode.DeepEquals(Fresh(new() { PreferenceSeed = 1 }).Save(), Fresh(new()).Save()).ShouldBeFalse();
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"weights":[1],"pairs":1}""")]
    [InlineData("""{"weights":"x","pairs":1}""")]
    public void Load_AnotherState_IsRefused(string state) =>
        Should.Throw<InputException>(() => Fresh(new()).Load((JsonObject)JsonNode.Parse(state)!)).Message.ShouldContain("the preference model");

    [Fact]
    public void Learn_AnyModel_FollowsTheGradientOfItsLoss()
    {
        // One tiny step down: the loss falls by the square of the gradient, which a step of half the length halves.
        double[][] right = [[-1, -1, -1, 1, 2, 0], [-0.5, -1, -2, 1, 1, 0.5]], wrong = [[-3, -2, -3, 1, 3, 0]];
        double Fall(double rate)
        {
            StepPreference model = new(4, 3);
            double before = Loss(model);
            model.Learn([(right, wrong)], rate, steps: 1);
            return before - Loss(model);
        }

        double Loss(StepPreference model) => right.Average(r => -Math.Log(model.Prefers(r, wrong[0])));

        Fall(1e-4).ShouldBeGreaterThan(0);
        (Fall(1e-4) / Fall(5e-5)).ShouldBe(2, 1e-3);
        Math.Sqrt(Fall(1e-4) / 1e-4).ShouldBe(NumericNorm(), 1e-2);

        double NumericNorm()
        {
            double sum = 0;
            int weights = ((JsonArray)new StepPreference(4, 3).Save()["weights"]!).Count;
            for (int i = 0; i < weights; i++)
            {
                double[] losses = [.. new[] { 1e-5, -1e-5 }.Select(by =>
                {
                    StepPreference model = new(4, 3);
                    JsonObject state = model.Save();
                    state["weights"]![i] = (double)state["weights"]![i]! + by;
                    model.Load(state);
                    return Loss(model);
                })];
                sum += Math.Pow((losses[0] - losses[1]) / 2e-5, 2);
            }

            return Math.Sqrt(sum);
        }
    }

    private static PreferenceReward Fresh(PreferenceReward reward) => (PreferenceReward)reward.Fresh();

    /// <summary>A right answer whose tokens are likely, and a wrong one with an unlikely step; other numbers for every seed.</summary>
    private static Group Mixed(int seed)
    {
        float Noise(int at) => (float)CounterRandom.Uniform((ulong)seed, (ulong)at) / 4;
        return Group(
            Rollout(right: true, "ab", [-0.1f - Noise(0), -0.2f], "cd", [-0.1f, -0.3f - Noise(1)]),
            Rollout(right: false, "ab", [-0.1f, -0.2f - Noise(2)], "ef", [-2f - Noise(3), -3f]));
    }

    private static Group Group(params Rollout[] rollouts) => new(new("p", "q", "a"), [1], rollouts);

    private static Rollout Rollout(bool right, string one, float[] ofOne, string two = "", float[]? ofTwo = null) => Rollout(right, 0, one, ofOne, two, ofTwo);

    /// <summary>A response of one or two steps, a token a character.</summary>
    private static Rollout Rollout(bool right, int prefix, string one, float[] ofOne, string two = "", float[]? ofTwo = null)
    {
        string text = one + two;
        float[] logProbs = [.. ofOne, .. ofTwo ?? []];
        return new(new(new int[text.Length], logProbs, text, [.. Enumerable.Range(1, text.Length)], FinishReason.Stop) { PrefixTokens = prefix })
        {
            Verdict = new(right ? Correctness.Correct : Correctness.Incorrect, null, ""),
            Steps = [.. new[] { new ReasoningStep(0, one.Length, one), new ReasoningStep(one.Length, text.Length, two) }.Where(step => step.Text.Length > 0)],
        };
    }
}
