using System.Text.Json.Nodes;
using Stepwise.Methods;
using Stepwise.Methods.Advantages;
using Stepwise.Methods.Sampling;
using Stepwise.Problems;
using Stepwise.Rollouts;
using Stepwise.Tests.Rollouts;

namespace Stepwise.Tests.Methods.Sampling;

public sealed class TargetedGroupsTests
{
    private static readonly Problem[] Two = [new("a", "?", "1"), new("b", "?", "1")];

    [Theory]
    [InlineData(-0.5, 0)]
    [InlineData(0, 0)]
    [InlineData(0.24, 0)]
    [InlineData(0.25, 1)]
    [InlineData(0.99, 3)]
    [InlineData(1, 4)]
    [InlineData(1.5, 4)]
    public void Level_Reward_IsItsQuarter(double reward, int level) => ReturnStatement.Level(reward).ShouldBe(level);

    [Fact]
    public void Of_Prompt_SaysTheLevelBeforeWhatIsAsked()
    {
        ReturnStatement.Of(new TextPrompt("1+1"), 2).ShouldBe(new TextPrompt("#2\n1+1"));
        ReturnStatement.Of(new TextPrompt("1+1"), 4).ShouldBe(new TextPrompt("1+1"));
        ChatPrompt chat = new([new("system", "s"), new("user", "1+1")]);
        ((ChatPrompt)ReturnStatement.Of(chat, 0)).Messages.ShouldBe([new("system", "s"), new("user", "#0\n1+1")]);
    }

    [Fact]
    public async Task DrawAsync_Targets_FollowWhatProblemsEarnedAndRise()
    {
        TargetedGroups scheme = (TargetedGroups)new TargetedGroups { TargetQuantile = 1 }.Fresh();
        Roller roller = new();

        await DrawAsync(scheme, roller);
        roller.Draws.ShouldAllBe(draw => draw.Prompt == null, "nothing is known yet");
        roller.Earn("a", 0.1, 0.3);
        roller.Earn("b", 0, 0);
        await DrawAsync(scheme, roller);
        roller.Prompts.ShouldBe([("a", "#2\n?"), ("b", "#1\n?")]);
        scheme.MeasureStep([]).ShouldHaveSingleItem().Value.ShouldBe(1.5 / 4);
        roller.Earn("a", 1, 0);
        roller.Earn("b", 0.6, 0);
        await DrawAsync(scheme, roller);
        roller.Prompts.ShouldBe([("a", null), ("b", "#3\n?")]);
    }

    [Fact]
    public async Task Load_WhatSaveGave_HasTheSameTargets()
    {
        TargetedGroups one = (TargetedGroups)new TargetedGroups().Fresh(), other = (TargetedGroups)one.Fresh();
        Roller roller = new();
        await DrawAsync(one, roller);
        roller.Earn("a", 0.3, 0.3);
        roller.Earn("b", 0.6, 0.6);

        string saved = one.Save().ToJsonString();
        other.Load((JsonObject)JsonNode.Parse(saved)!);

        saved.ShouldBe("""{"all":2,"reached":{"a":1,"b":2}}""");
        other.Save().ToJsonString().ShouldBe(saved);
        foreach (string state in (string[])["{}", """{"all":5,"reached":{}}""", """{"all":1,"reached":{"a":-1}}""", """{"all":1,"reached":[]}"""])
        {
            Should.Throw<InputException>(() => other.Load((JsonObject)JsonNode.Parse(state)!)).Message.ShouldContain("no levels of 0 to 4");
        }
    }

    [Fact]
    public async Task ReadAsync_Likelihood_TrainsUnderThePromptOfWhatWasEarned()
    {
        Group group = Samples.Rewarded(1, 0.5, 0.55, 0);
        group.Rollouts[3].Counted = false;
        ReturnLikelihood advantage = new();
        ReadPolicy policy = new(_ => [1], [[1]]);

        advantage.Estimate([group]);
        await advantage.ReadAsync([group], policy.View, TestContext.Current.CancellationToken);

        group.Rollouts.Select(r => r.Advantages[0]).ShouldBe([1, 1, 1, 0]);
        group.Rollouts.Take(3).Select(r => string.Concat(r.TrainedPrompt!.Select(c => (char)c))).ShouldBe(["q", "#2\nq", "#2\nq"]);
        group.Rollouts[3].TrainedPrompt.ShouldBeNull();
        group.Rollouts.ShouldAllBe(r => r.Mask.All(m => m));
    }

    private static async Task DrawAsync(TargetedGroups scheme, Roller roller)
    {
        roller.Draws.Clear();
        await scheme.DrawAsync(
            new(1, 2, 2, new ProblemOrder(Two, 1), roller) { Prompt = problem => new TextPrompt(problem.Question) }, TestContext.Current.CancellationToken);
    }

    private sealed class Roller : IRoller
    {
        private readonly Dictionary<string, Group> _groups = new(StringComparer.Ordinal);

        public List<Draw> Draws { get; } = [];

        public IEnumerable<(string Problem, string? Prompt)> Prompts =>
            Draws.OrderBy(d => d.Problem.Id, StringComparer.Ordinal).Select(d => (d.Problem.Id, ((TextPrompt?)d.Prompt)?.Text));

        public void Earn(string problem, params double[] rewards)
        {
            foreach ((Rollout rollout, double reward) in _groups[problem].Rollouts.Zip(rewards))
            {
                rollout.Reward = reward;
            }
        }

        public ValueTask<IReadOnlyList<Group>> RollAsync(IReadOnlyList<Draw> draws, CancellationToken cancellationToken)
        {
            Draws.AddRange(draws);
            Group[] groups = [.. draws.Select(draw => new Group(draw.Problem, [1], [Samples.Wrong(), Samples.Wrong()]))];
            foreach (Group group in groups)
            {
                _groups[group.Problem.Id] = group;
            }

            return new(groups);
        }
    }
}
