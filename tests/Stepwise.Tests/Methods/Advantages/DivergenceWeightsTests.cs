using Stepwise.Methods.Advantages;
using Stepwise.Policies;
using Stepwise.Reasoning;
using Stepwise.Rollouts;

namespace Stepwise.Tests.Methods.Advantages;

public sealed class DivergenceWeightsTests
{
    [Fact]
    public void Divergence_TwoDistributions_HandComputed()
    {
        // (1/2, 1/2) and (1/4, 3/4): with m the mean of the logs, Σ e^(m − log p) − (m − log p) − 1 over both tokens and rollouts, halved.
        float[] logProbs = [.. new[] { 0.5, 0.5, 0.25, 0.75 }.Select(p => (float)Math.Log(p))];
        double expected = 0;
        foreach ((double p, double other) in new[] { (0.5, 0.25), (0.25, 0.5), (0.5, 0.75), (0.75, 0.5) })
        {
            double d = 0.5 * Math.Log(other / p);
            expected += Math.Exp(d) - d - 1;
        }

        DivergenceWeights.Divergence(logProbs, 2, 2, 2).ShouldBe(expected / 2, 1e-7);
    }

    [Fact]
    public void Divergence_EndedRollout_IsUniform()
    {
        float[] present = [.. new[] { 0.25, 0.75 }.Select(p => (float)Math.Log(p))], both = [.. present, .. new[] { 0.5, 0.5 }.Select(p => (float)Math.Log(p))];

        DivergenceWeights.Divergence(present, 1, 2, 2).ShouldBe(DivergenceWeights.Divergence(both, 2, 2, 2), 1e-7);
        DivergenceWeights.Divergence(present, 1, 1, 2).ShouldBe(0, 1e-12);
    }

    [Fact]
    public void Divergence_ImpossibleToken_IsBounded() =>
        DivergenceWeights.Divergence([0, -1e30f, 0, 0], 2, 2, 2).ShouldBeInRange(0, 2 * (Math.Exp(11) + 11));

    [Fact]
    public async Task ReadAsync_PositionsWhereTheGroupDiffers_WeighMore()
    {
        // Before the first token all are alike; before the second the two differ; the shorter one has no third.
        Group group = Two(), plain = Two();
        new GroupAdvantage().Estimate([plain]);

        await ReadAsync(new(), group);

        double first = plain.Rollouts[0].Advantages[0];
        group.Rollouts[0].Advantages[0].ShouldBe(first, 1e-6);
        group.Rollouts[0].Advantages[1].ShouldBe(1.7 * first, 1e-6);
        group.Rollouts[1].Advantages[1].ShouldBe(-1.7 * first, 1e-6);
        group.Rollouts[0].Advantages[2].ShouldBeInRange(first, 1.7 * first);
    }

    [Fact]
    public async Task ReadAsync_WeightOne_IsGrposBitForBit()
    {
        Group group = Two(), plain = Two();
        new GroupAdvantage().Estimate([plain]);

        await ReadAsync(new() { LargestWeight = 1 }, group);

        group.Rollouts.SelectMany(r => r.Advantages).ShouldBe(plain.Rollouts.SelectMany(r => r.Advantages));
    }

    private static async Task ReadAsync(DivergenceWeights weights, Group group)
    {
        weights.Estimate([group]);
        await weights.ReadAsync([group], Policy().View, TestContext.Current.CancellationToken);
    }

    /// <summary>A state that points the way of the last token: 1 to token 0, 2 to token 1, another nowhere.</summary>
    internal static ReadPolicy Policy() => new(
        tokens => tokens[^1] switch { 1 => [3, 0], 2 => [0, 3], _ => [0.5f, 0.25f] }, [[1, 0], [0, 1], [0, 0], [0.5f, 0.5f]]);

    /// <summary>A right response of three tokens and a wrong one of two.</summary>
    internal static Group Two()
    {
        Rollout Of(Correctness correctness, params int[] tokens) =>
            new(new Completion(tokens, new float[tokens.Length], "x", new int[tokens.Length], FinishReason.Stop)) { Verdict = new(correctness, null, "") };

        Group group = new(new("p", "q", "a"), [3, 3], [Of(Correctness.Correct, 1, 3, 2), Of(Correctness.Incorrect, 2, 1)]);
        new Stepwise.Methods.Rewards.OutcomeReward().Shape(group, 1);
        return group;
    }
}
