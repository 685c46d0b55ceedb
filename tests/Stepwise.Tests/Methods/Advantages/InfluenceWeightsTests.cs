using Stepwise.Methods.Advantages;
using Stepwise.Policies;
using Stepwise.Reasoning;
using Stepwise.Rollouts;

namespace Stepwise.Tests.Methods.Advantages;

public sealed class InfluenceWeightsTests
{
    private static readonly float[][] Head = [[1, 0], [0, 1], [0, 0], [0.5f, 0.5f]];

    [Fact]
    public async Task ReadAsync_Formula_IsThatOfTheSumOverPairsOfTokens()
    {
        Group group = Mixed(), plain = Mixed();
        new GroupAdvantage().Estimate([plain]);

        await ReadAsync(new() { Steering = 0.25 }, group);

        double[][] influences = Influences(group, out double threshold);
        influences.SelectMany(of => of).Count(x => Math.Abs(x) > threshold).ShouldBeInRange(1, 9, "some are filtered and some are not");
        for (int j = 0; j < group.Rollouts.Count; j++)
        {
            for (int k = 0; k < influences[j].Length; k++)
            {
                double factor = Math.Abs(influences[j][k]) > threshold ? 1 + (Math.Sign(influences[j][k]) * 0.25) : 0;
                group.Rollouts[j].Advantages[k].ShouldBe(factor * plain.Rollouts[j].Advantages[k], 1e-12);
            }
        }
    }

    [Fact]
    public async Task ReadAsync_NoSteeringNorFilter_IsGrposBitForBit()
    {
        Group group = Mixed(), plain = Mixed();
        new GroupAdvantage().Estimate([plain]);

        await ReadAsync(new() { Steering = 0, InfluenceThreshold = 0 }, group);

        group.Rollouts.SelectMany(r => r.Advantages).ShouldBe(plain.Rollouts.SelectMany(r => r.Advantages));
    }

    [Fact]
    public async Task ReadAsync_OneRightResponse_FiltersNothing()
    {
        Group group = DivergenceWeightsTests.Two();

        await ReadAsync(new() { Steering = 0 }, group);

        group.Rollouts.ShouldAllBe(r => r.Advantages.All(a => a != 0));
    }

    [Fact]
    public void Require_PolicyWithoutDistributions_IsRefused() =>
        Should.Throw<InputException>(() => new InfluenceWeights().Require(new Stepwise.Tests.Training.CharacterPolicy(10))).Message.ShouldBe(
            "method.credit influence needs a policy with the capability OutputDistribution, which CharacterPolicy lacks.");

    private static async Task ReadAsync(InfluenceWeights weights, Group group)
    {
        weights.Estimate([group]);
        await weights.ReadAsync([group], Policy().View, TestContext.Current.CancellationToken);
    }

    private static ReadPolicy Policy() => new(State, Head);

    private static float[] State(int[] tokens) => [tokens.Length * 0.5f, tokens[^1] - 1.25f];

    /// <summary>Two right responses and a wrong one; token 2 occurs in none.</summary>
    private static Group Mixed()
    {
        Rollout Of(Correctness correctness, params int[] tokens) =>
            new(new Completion(tokens, new float[tokens.Length], "x", new int[tokens.Length], FinishReason.Stop)) { Verdict = new(correctness, null, "") };

        Group group = new(new("p", "q", "a"), [3, 3], [Of(Correctness.Correct, 1, 3, 0), Of(Correctness.Correct, 1, 0), Of(Correctness.Incorrect, 3, 1, 1, 0, 3)]);
        new Stepwise.Methods.Rewards.OutcomeReward().Shape(group, 1);
        return group;
    }

    /// <summary>THR of every token, and τ, pair by pair.</summary>
    private static double[][] Influences(Group group, out double threshold)
    {
        (double[] Error, float[] State)[][] tokens = [.. group.Rollouts.Select(r => r.Completion.Tokens.Select((token, k) =>
        {
            float[] state = State([.. group.Prompt, .. r.Completion.Tokens[..k]]);
            double[] powers = [.. Head.Select(row => Math.Exp((row[0] * state[0]) + (row[1] * state[1])))];
            return (new[] { 0, 1, 3 }.Select(v => (v == token ? 1 : 0) - (powers[v] / powers.Sum())).ToArray(), state);
        }).ToArray())];

        double On(int right, (double[] Error, float[] State) token) => tokens[right].Average(t =>
            t.Error.Zip(token.Error, (a, b) => a * b).Sum() * t.State.Zip(token.State, (a, b) => (double)a * b).Sum());

        threshold = (tokens[0].Average(t => On(1, t)) + tokens[1].Average(t => On(0, t))) / 2;
        return [.. tokens.Select((of, j) => of.Select(t => (j < 2 ? 1 : -1) * (On(0, t) + On(1, t)) / 2).ToArray())];
    }
}
