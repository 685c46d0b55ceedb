using System.Text.Json.Nodes;
using Stepwise.Methods.Sampling;
using Stepwise.Policies;
using Stepwise.Problems;
using Stepwise.Reasoning;
using Stepwise.Rollouts;

namespace Stepwise.Tests.Methods.Sampling;

public sealed class GuidedGroupsTests
{
    private static readonly Problem[] Two = [new("a", "?", "1"), new("b", "?", "1")];

    [Theory]
    [InlineData(0.25, 4, 1)]
    [InlineData(0.26, 4, 2)]
    [InlineData(0, 4, 0)]
    [InlineData(1, 3, 3)]
    public async Task DrawAsync_Share_GuidesTheFirstSamplesRoundedUp(double share, int size, int guided)
    {
        Roller roller = new(_ => true);
        await DrawAsync(Fresh(new() { GuidedShare = share, Length = new FixedGuidance { Guidance = 2 } }), roller, size);

        foreach (Draw draw in roller.Draws)
        {
            Enumerable.Range(0, size).Count(draw.IsGuided).ShouldBe(guided);
            draw.Prefixes.ShouldNotBeNull().Take(guided).ShouldAllBe(prefix => prefix.Length == 2);
            draw.TrainsPrefix.ShouldBeFalse();
        }
    }

    [Fact]
    public async Task DrawAsync_NoSolutionOrNoLength_DrawsPlainly()
    {
        Roller roller = new(_ => true);
        await DrawAsync(Fresh(new() { Length = new FixedGuidance { Guidance = 0 } }), roller, 4);
        await DrawAsync(Fresh(new()), roller, 4, guide: _ => null);

        roller.Draws.ShouldAllBe(draw => draw.Prefixes == null);
    }

    [Fact]
    public async Task DrawAsync_Unsolved_GuidesWhatTheLastGroupDidNotSolveWithoutHelp()
    {
        // Problem a is solved by guided samples only, b by an unguided one.
        GuidedGroups scheme = Fresh(new() { GuidedProblems = GuidedProblems.Unsolved, GuidedShare = 0.5, Length = new FixedGuidance { Guidance = 1 } });
        Roller roller = new(sample => sample.Guided || sample.Problem is "b");

        await DrawAsync(scheme, roller, 4);
        roller.Draws.Clear();
        await DrawAsync(scheme, roller, 4);
        JsonObject saved = (JsonObject)JsonNode.Parse(scheme.Save().ToJsonString())!;
        GuidedGroups resumed = Fresh(scheme);
        resumed.Load(saved);

        roller.Draws.Select(draw => (draw.Problem.Id, draw.Prefixes is not null)).ShouldBe([("a", true), ("b", false)]);
        saved.ToJsonString().ShouldBe("""{"solved":["b"]}""");
        resumed.Save().ToJsonString().ShouldBe(saved.ToJsonString());
        Should.Throw<InputException>(() => resumed.Load([])).Message.ShouldContain("no solved problems");
    }

    [Fact]
    public async Task DrawAsync_RewardOfAllSamples_MovesTheLength()
    {
        // Two of four right, then one: the length doubles.
        GuidedGroups scheme = Fresh(new() { Length = new WindowGuidance { Guidance = 2, LongestGuidance = 9 } });
        await DrawAsync(scheme, new(sample => sample.Sample < 2), 4);
        IReadOnlyList<Group> groups = await DrawAsync(scheme, new(sample => sample.Sample < 1), 4);

        scheme.Length.Length.ShouldBe(4);
        scheme.MeasureStep(groups).Select(value => (value.Metric.Name, value.Value)).ShouldBe([("guidance.length", 2.0), ("guidance.tokens", 2.0)]);
    }

    private static GuidedGroups Fresh(GuidedGroups scheme) =>
        (GuidedGroups)(scheme with { Length = (GuidanceLength)scheme.Length.Fresh() }).Fresh();

    private static async Task<IReadOnlyList<Group>> DrawAsync(GuidedGroups scheme, Roller roller, int size, Func<Problem, GuideTokens?>? guide = null) =>
        await scheme.DrawAsync(
            new(1, 2, size, new ProblemOrder(Two, 1), roller) { Guide = guide ?? (_ => new([5, 6, 7], [2])) }, TestContext.Current.CancellationToken);

    private sealed record Sampled(string Problem, int Sample, bool Guided);

    private sealed class Roller(Func<Sampled, bool> right) : IRoller
    {
        public List<Draw> Draws { get; } = [];

        public ValueTask<IReadOnlyList<Group>> RollAsync(IReadOnlyList<Draw> draws, CancellationToken cancellationToken)
        {
            Draws.AddRange(draws.OrderBy(draw => draw.Problem.Id, StringComparer.Ordinal));
            return new([.. draws.Select(draw => new Group(draw.Problem, [1], [.. Enumerable.Range(0, draw.Samples).Select(sample =>
            {
                int prefix = draw.Prefixes?[sample].Length ?? 0;
                return new Rollout(new Completion(new int[prefix + 1], new float[prefix + 1], "x", new int[prefix + 1], FinishReason.Stop) { PrefixTokens = prefix })
                {
                    Guided = draw.IsGuided(sample),
                    Verdict = new(right(new(draw.Problem.Id, sample, draw.IsGuided(sample))) ? Correctness.Correct : Correctness.Incorrect, null, ""),
                };
            })]))]);
        }
    }
}
