using System.Text.Json.Nodes;
using Stepwise.Methods.Sampling;
using Stepwise.Problems;
using Stepwise.Reasoning;
using Stepwise.Rollouts;

namespace Stepwise.Tests.Methods.Sampling;

public sealed class ProblemChoiceTests
{
    private static readonly Problem[] Five =
    [
        new("1", "q", "a") { Difficulty = 1 }, new("5", "q", "a") { Difficulty = 5 }, new("3", "q", "a") { Difficulty = 3 },
        new("3b", "q", "a") { Difficulty = 3 }, new("none", "q", "a"),
    ];

    [Theory]
    // s = 1/4 + 3/4 · min(1, p / (1/2)); of 4 problems with a difficulty ⌈4s⌉ are taken, and the ties.
    [InlineData(0, "1")]
    [InlineData(0.1, "1 3 3b")]
    [InlineData(0.34, "1 3 3b 5")]
    [InlineData(0.5, "1 3 3b 5 none")]
    [InlineData(0.9, "1 3 3b 5 none")]
    public void Wanted_EasyFirst_GrowsWithTheRun(double progress, string wanted) => Of(new EasyFirst(), progress).ShouldBe(wanted);

    [Fact]
    public void Wanted_EasyFirstWithoutDifficulties_IsAll() => new EasyFirst().Wanted([new("1", "q", "a")], 0).ShouldBeNull();

    [Theory]
    [InlineData(1, 0, "1 3b 5 none")] // SRPO: all right goes, all wrong stays.
    [InlineData(0.5, 0, "3b 5 none")]
    [InlineData(2, 0.1, "1 3 none")]
    [InlineData(2, 0, "1 3 3b 5 none")]
    public void Wanted_BySolveRate_GoesByTheLastGroupWithoutHelp(double solvedFrom, double unsolvedBelow, string wanted)
    {
        BySolveRate choice = (BySolveRate)new BySolveRate { SolvedFrom = solvedFrom, UnsolvedBelow = unsolvedBelow }.Fresh();
        choice.Observe([Group("1", "rr"), Group("3", "rw")]);
        // 1 was all right and is mixed now, 3 the other way round; what was helped says nothing, nor what is undecided.
        choice.Observe([Group("1", "rw"), Group("3", "rr?H"), Group("3b", "wwHH"), Group("5", "w"), Group("5", "w"), Group("none", "HH?")]);

        Of(choice, 0).ShouldBe(wanted);
        JsonObject saved = (JsonObject)JsonNode.Parse(choice.Save().ToJsonString())!;
        saved.ToJsonString().ShouldBe("""{"rates":{"1":0.5,"3":1,"3b":0,"5":0}}""");
        BySolveRate resumed = (BySolveRate)choice.Fresh();
        resumed.Load(saved);
        Of(resumed, 0).ShouldBe(wanted);
        resumed.Save().ToJsonString().ShouldBe(saved.ToJsonString());
        choice.MeasureStep([]).Single().Value.ShouldBe(5 - wanted.Split(' ').Length);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"rates":[1]}""")]
    [InlineData("""{"rates":{"a":2}}""")]
    [InlineData("""{"rates":{"a":"x"}}""")]
    public void Load_NoRates_IsRefused(string state) =>
        Should.Throw<InputException>(() => new BySolveRate().Load((JsonObject)JsonNode.Parse(state)!)).Message.ShouldContain("solve rates");

    private static string Of(IProblemChoice choice, double progress) =>
        string.Join(' ', Five.Where(choice.Wanted(Five, progress) ?? (_ => true)).Select(p => p.Id).Order(StringComparer.Ordinal));

    private static Group Group(string id, string rollouts) => new(new(id, "q", "a"), [1], [.. rollouts.Select(kind =>
        new Rollout(new([1], [0], "x", [1], Stepwise.Policies.FinishReason.Stop))
        {
            Guided = kind == 'H',
            Verdict = new(kind switch { 'w' => Correctness.Incorrect, '?' => Correctness.Undecided, _ => Correctness.Correct }, null, ""),
        })]);
}
