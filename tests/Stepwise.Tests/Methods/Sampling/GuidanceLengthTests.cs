using System.Text.Json.Nodes;
using Stepwise.Methods.Sampling;

namespace Stepwise.Tests.Methods.Sampling;

public sealed class GuidanceLengthTests
{
    [Theory]
    // r̄ = 0.3 of the first two: 0.6 is twice that, 0.2 two thirds, 0.3 the same.
    [InlineData(new[] { 0.2, 0.4, 0.6 }, 5)]
    [InlineData(new[] { 0.2, 0.4, 0.2 }, 15)]
    [InlineData(new[] { 0.25, 0.25, 0.25 }, 10)]
    // At most ℓ_max = 30, at least 1.
    [InlineData(new[] { 0.8, 0.8, 0.1 }, 30)]
    [InlineData(new[] { 0.01, 0.01, 1.0 }, 1)]
    // ⌊10 · 0.3 / 0.4⌋ = 7, and nothing before the third step.
    [InlineData(new[] { 0.3, 0.3, 0.4 }, 7)]
    [InlineData(new[] { 0.3, 0.9 }, 10)]
    // Where either is 0 the length stays.
    [InlineData(new[] { 0.0, 0.0, 0.5 }, 10)]
    [InlineData(new[] { 0.5, 0.5, 0.0 }, 10)]
    // The next three are a cycle of their own.
    [InlineData(new[] { 0.2, 0.4, 0.6, 0.9, 0.9, 0.45 }, 10)]
    public void Cycle_Rewards_GiveThePublishedLength(double[] rewards, int length) =>
        After(new CycleGuidance { Guidance = 10, LongestGuidance = 30 }, rewards).Length.ShouldBe(length);

    [Theory]
    [InlineData(new[] { 0.5 }, 10)]
    [InlineData(new[] { 0.5, 0.25 }, 20)]
    // Mean of the two before: 10 → 20, then 20 · 0.375 / 0.75.
    [InlineData(new[] { 0.5, 0.25, 0.75 }, 10)]
    // T = 2 forgets the first: 10 · (0.5/0.5), · (0.5/0.5), · ((0.5 + 0.5)/2 / 1).
    [InlineData(new[] { 0.5, 0.5, 0.5, 1.0 }, 5)]
    // Zero cases: to the longest, back to 1, and unchanged without any reward.
    [InlineData(new[] { 0.5, 0.0 }, 30)]
    [InlineData(new[] { 0.0, 0.5 }, 1)]
    [InlineData(new[] { 0.0, 0.0 }, 10)]
    // Halves to even: 10 · 0.5/0.8 = 6.25, 10 · 0.6/0.48 = 12.5.
    [InlineData(new[] { 0.5, 0.8 }, 6)]
    [InlineData(new[] { 0.6, 0.48 }, 12)]
    public void Window_Rewards_GiveThePublishedLength(double[] rewards, int length) =>
        After(new WindowGuidance { Guidance = 10, LongestGuidance = 30 }, rewards).Length.ShouldBe(length);

    [Fact]
    public void Linear_Steps_EndAtTheLastLength()
    {
        LinearGuidance linear = (LinearGuidance)new LinearGuidance { Guidance = 10, LastGuidance = 2, DecaySteps = 5 }.Fresh();
        List<int> lengths = [linear.Length];
        for (int step = 0; step < 6; step++)
        {
            linear.Observe(0.5);
            lengths.Add(linear.Length);
        }

        lengths.ShouldBe([10, 8, 6, 4, 2, 2, 2]);
        After(new FixedGuidance { Guidance = 7 }, [0.1, 0.9, 0]).Length.ShouldBe(7);
    }

    [Fact]
    public void Load_OfASavedState_GoesOnTheSame()
    {
        GuidanceLength[] kinds = [new CycleGuidance(), new WindowGuidance(), new LinearGuidance { LastGuidance = 1 }, new FixedGuidance()];
        foreach (GuidanceLength kind in kinds)
        {
            GuidanceLength whole = After(kind, [0.3, 0.5, 0.2, 0.4]), resumed = (GuidanceLength)kind.Fresh();
            resumed.Load((JsonObject)JsonNode.Parse(whole.Save().ToJsonString())!);
            foreach (double reward in (double[])[0.7, 0.1, 0.9, 0.2])
            {
                whole.Observe(reward);
                resumed.Observe(reward);
                resumed.Length.ShouldBe(whole.Length);
            }
        }
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"length":-1,"rewards":[]}""")]
    [InlineData("""{"length":"x","rewards":[]}""")]
    [InlineData("""{"length":1}""")]
    [InlineData("""{"length":1,"rewards":[2]}""")]
    [InlineData("""{"length":1,"rewards":["a"]}""")]
    [InlineData("""{"length":1,"rewards":null}""")]
    public void Load_AnotherState_IsRefused(string state) =>
        Should.Throw<InputException>(() => new CycleGuidance().Load((JsonObject)JsonNode.Parse(state)!)).Message.ShouldContain("guidance's length");

    [Fact]
    public void Tokens_OfAUnit_AreAtMostWhatMayBeGiven()
    {
        GuideTokens solution = new([1, 2, 3, 4, 5, 6, 7], [3, 5]);

        new GuidanceTokens().Tokens(solution, 4).ShouldBe(4);
        new GuidanceTokens().Tokens(solution, 3072).ShouldBe(7);
        new GuidancePercent().Tokens(solution, 50).ShouldBe(3);
        new GuidancePercent().Tokens(solution, 200).ShouldBe(7);
        new GuidanceSteps().Tokens(solution, 0).ShouldBe(0);
        new GuidanceSteps().Tokens(solution, 1).ShouldBe(3);
        new GuidanceSteps().Tokens(solution, 9).ShouldBe(5);
        new GuidanceSteps().Tokens(new([1], []), 9).ShouldBe(0);
    }

    private static GuidanceLength After(GuidanceLength kind, double[] rewards)
    {
        GuidanceLength length = (GuidanceLength)kind.Fresh();
        foreach (double reward in rewards)
        {
            length.Observe(reward);
        }

        return length;
    }
}
