using Stepwise.Methods.Rewards;
using Stepwise.Methods.Sampling;
using Stepwise.Policies;
using Stepwise.Problems;
using Stepwise.Reasoning;
using Stepwise.Rollouts;

namespace Stepwise.Tests.Methods.Sampling;

public sealed class TreeGroupsTests
{
    [Fact]
    public void Select_BelowTheWidth_StartsFromThePrompt()
    {
        StepTree tree = new(3);
        tree.Select(2, 1).ShouldBeEmpty();
        tree.Add([Of("ax", right: true), Of("ay", right: true)]);
        tree.Select(2, 1).ShouldBeEmpty("the root has one child");
    }

    [Fact]
    public void Select_Puct_HandComputed()
    {
        // Three samples: a twice (one right), b once (right). Prior of a step of two tokens of log-probability −0.5 each: exp(−1 / 2^1.25).
        StepTree tree = new(3);
        tree.Add([Of("ax", right: true), Of("ay", right: false), Of("bx", right: true)]);
        double prior = Math.Exp(-1 / Math.Pow(2, 1.25)), a = 0.5 + (prior * Math.Sqrt(3) / 3), b = 1 + (prior * Math.Sqrt(3) / 2);
        b.ShouldBeGreaterThan(a);
        tree.Select(2, 1).ShouldBe([.. "b\n".Select(c => (int)c)]);
    }

    [Fact]
    public void Select_Exploration_PrefersWhatWasSeldomTried()
    {
        StepTree tree = new(3);
        tree.Add([.. Enumerable.Repeat("ax", 9).Select(r => Of(r, right: true)), Of("bx", right: false)]);
        tree.Select(2, 0).ShouldBe([.. "a\n".Select(c => (int)c)]);
        tree.Select(2, 10).ShouldBe([.. "b\n".Select(c => (int)c)]);
    }

    [Fact]
    public void Select_StepsWithoutAnother_AreNotGoneOnFrom()
    {
        StepTree tree = new(3);
        tree.Add([Of("a", right: true), Of("bx", right: false)]);
        tree.Select(2, 0).ShouldBe([.. "b\n".Select(c => (int)c)]);
        StepTree ended = new(3);
        ended.Add([Of("a", right: true), Of("b", right: false)]);
        ended.Select(2, 0).ShouldBeEmpty();
    }

    [Fact]
    public void Pairs_BestAndWorstOfEveryNode_OneRolloutForOneChild()
    {
        Rollout right = Of("ax", right: true), wrong = Of("ay", right: false), other = Of("bx", right: false), undecided = Of("cx", right: true);
        undecided.Verdict = new(Correctness.Undecided, null, "");
        StepTree tree = new(2);
        tree.Add([right, wrong, other, undecided]);

        (StepTree.Choice Best, StepTree.Choice Worst) pair = tree.Pairs().ShouldHaveSingleItem();

        // Under a, x against y would need the rollout that stands for a already.
        pair.ShouldBe((new(right, 1, 0.5), new(other, 1, 0)));
    }

    [Fact]
    public async Task DrawAsync_Pairs_TrainTheStepAfterTheSameSteps()
    {
        // Round 0: a·x right, b·x wrong. Round 1 goes on from a: a·y wrong, a·x right.
        Roller roller = new([["ax+", "bx-"], ["ay-", "ax+"]]);
        TreeGroups scheme = new() { TreeDepth = 2, Exploration = 0 };

        IReadOnlyList<Group> groups = await scheme.DrawAsync(
            new(1, 1, 4, new ProblemOrder([new("p", "q", "a")], 1), roller), TestContext.Current.CancellationToken);

        roller.Draws.Select(d => (d.Round, d.Samples, Prefix(d))).ShouldBe([(0, 2, ""), (1, 2, "a\n")]);
        groups.Count.ShouldBe(2);
        groups.SelectMany(g => g.Rollouts).ShouldBeUnique();
        groups.SelectMany(g => g.Rollouts).Count().ShouldBe(4);
        Group first = groups[0], second = groups[1];
        first.Rollouts.Select(r => (r.Completion.Text, r.SearchValue)).ShouldBe([("a\nx\n", 2 / 3.0), ("b\nx\n", 0)]);
        first.Rollouts.ShouldAllBe(r => r.Mask.SequenceEqual(new[] { true, true, false, false }));
        second.Rollouts.Select(r => (r.Completion.Text, r.SearchValue)).ShouldBe([("a\nx\n", 1), ("a\ny\n", 0)], ignoreOrder: true);
        second.Rollouts.ShouldAllBe(r => r.Mask.SequenceEqual(new[] { false, false, true, true }));
    }

    [Fact]
    public void Shape_SearchReward_CountsWhatIsInAPair()
    {
        Rollout paired = Of("ax", right: true), other = Of("ax", right: true);
        paired.SearchValue = 0.25;
        Group group = new(new("p", "q", "a"), [1], [paired, other]);

        new SearchReward().Shape(group, 1);

        group.Rollouts.Select(r => (r.Reward, r.Counted)).ShouldBe([(0.25, true), (0, false)]);
    }

    private static string Prefix(Draw draw) => string.Concat((draw.Prefixes?[0] ?? []).Select(c => (char)c));

    /// <summary>A response of a step of two tokens per letter.</summary>
    private static Rollout Of(string steps, bool right, int prefix = 0, bool guided = false)
    {
        string text = string.Concat(steps.Select(step => $"{step}\n"));
        return new(new Completion(
            [.. text.Select(c => (int)c)], [.. Enumerable.Repeat(-0.5f, text.Length)], text, [.. Enumerable.Range(1, text.Length)], FinishReason.Stop)
        {
            PrefixTokens = prefix,
        })
        {
            Guided = guided,
            Verdict = new(right ? Correctness.Correct : Correctness.Incorrect, null, ""),
            Steps = [.. steps.Select((step, s) => new ReasoningStep(2 * s, (2 * s) + 2, $"{step}"))],
        };
    }

    private sealed class Roller(string[][] rounds) : IRoller
    {
        public List<Draw> Draws { get; } = [];

        public ValueTask<IReadOnlyList<Group>> RollAsync(IReadOnlyList<Draw> draws, CancellationToken cancellationToken)
        {
            Draw draw = draws.ShouldHaveSingleItem();
            Draws.Add(draw);
            return new([new Group(draw.Problem, [1], [.. rounds[draw.Round].Select((steps, sample) =>
                Of(steps[..^1], steps[^1] == '+', draw.Prefixes?[sample].Length ?? 0, draw.IsGuided(sample)))])]);
        }
    }
}
