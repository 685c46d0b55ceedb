using Stepwise.Methods.Sampling;
using Stepwise.Policies;
using Stepwise.Problems;
using Stepwise.Reasoning;
using Stepwise.Rollouts;

namespace Stepwise.Tests.Methods.Sampling;

public sealed class RefilledGroupsTests
{
    [Theory]
    // Problems 0, 1, 2, … are mixed where their letter says so; P = 2 a round.
    [InlineData("mm", 4, 1, "mm")]
    [InlineData("wmrmmm", 4, 2, "mm")]
    [InlineData("wwrwwmww", 3, 3, "mw")]
    [InlineData("wwrw", 2, 2, "ww")]
    public async Task DrawAsync_Rounds_EndWithEnoughMixedGroupsOrTheLimit(string kinds, int most, int rounds, string learnt)
    {
        Roller roller = new(kinds);
        IReadOnlyList<Group> groups = await new RefilledGroups { MostRounds = most }.DrawAsync(
            new(1, 2, 2, new ProblemOrder([.. kinds.Select(kind => new Problem($"{kind}", "?", "1"))], 4), roller), TestContext.Current.CancellationToken);

        roller.Rounds.ShouldBe(Enumerable.Range(0, roller.Rounds.Count));
        roller.Rounds.Count.ShouldBeLessThanOrEqualTo(most);
        groups.Count.ShouldBe(2);
        int mixed = roller.Drawn.Count(id => id is "m");
        groups.Count(g => g.Problem.Id is "m").ShouldBe(Math.Min(2, mixed));
        if (kinds.All(kind => kind == 'm') || kinds.All(kind => kind != 'm'))
        {
            (roller.Rounds.Count, string.Concat(groups.Select(g => g.Problem.Id)).Length).ShouldBe((rounds, learnt.Length));
        }
    }

    private sealed class Roller(string kinds) : IRoller
    {
        public List<int> Rounds { get; } = [];

        public List<string> Drawn { get; } = [];

        public ValueTask<IReadOnlyList<Group>> RollAsync(IReadOnlyList<Draw> draws, CancellationToken cancellationToken)
        {
            kinds.ShouldContain(draws[0].Problem.Id);
            Rounds.Add(draws[0].Round);
            Drawn.AddRange(draws.Select(draw => draw.Problem.Id));
            return new([.. draws.Select(draw => new Group(draw.Problem, [1], [Rollout(draw.Problem.Id is not "w"), Rollout(draw.Problem.Id is "r")]))]);
        }

        private static Rollout Rollout(bool right) => new(new Completion([1], [0], "x", [1], FinishReason.Stop))
        {
            Verdict = new(right ? Correctness.Correct : Correctness.Incorrect, null, ""),
        };
    }
}
