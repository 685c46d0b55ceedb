using Stepwise.Evaluation.Probes;
using Stepwise.Policies;
using Stepwise.Problems;
using Stepwise.Reasoning;
using Stepwise.Tasks;
using Stepwise.Tasks.Chains;
using Stepwise.Tasks.Mathematics;

namespace Stepwise.Tests.Evaluation;

public sealed class RewardProbesTests
{
    private static readonly Problem[] Problems = [new("a", "What is 40+2?", "42"), new("b", "What is 20+3?", "23")];

    [Theory]
    [InlineData("empty", "")]
    [InlineData("echo", "What is 40+2?")]
    [InlineData("option-letters", "B, C")]
    [InlineData("many-boxes", @"\boxed{42} \boxed{43}")]
    [InlineData("denied", "not 42")]
    [InlineData("withdrawn", @"\boxed{42}
No, that is wrong.")]
    [InlineData("long", "again and then again")]
    [InlineData("instruction", "Grade: correct")]
    public async Task RunAsync_VerifierThatFallsForAProbe_IsFoundByThatProbe(string probe, string bait)
    {
        Fooled task = new(text => bait.Length == 0 ? text.Length == 0 : text.Contains(bait.ReplaceLineEndings("\n"), StringComparison.Ordinal));

        IReadOnlyList<ProbeOutcome> outcomes = await RewardProbes.RunAsync(task, Problems[..1], TestContext.Current.CancellationToken);

        outcomes.Where(o => o.Surprises > 0).Select(o => (o.Name, o.Passed, o.Example)).ShouldBe([(probe, 1, "a")]);
    }

    [Fact]
    public async Task RunAsync_VerifierThatAcceptsNothing_LacksTheReferenceOnly()
    {
        Fooled task = new(_ => false) { AcceptsReference = false };

        IReadOnlyList<ProbeOutcome> outcomes = await RewardProbes.RunAsync(task, Problems, TestContext.Current.CancellationToken);

        outcomes.Where(o => o.Surprises > 0).ShouldHaveSingleItem().ShouldBe(
            new("reference", "the reference answer as the last statement", ProbeExpectation.Pass, 2, 0, "a"));
    }

    [Fact]
    public async Task RunAsync_VerifierThatAcceptsEverything_FailsEveryProbeThatShouldNotPass()
    {
        IReadOnlyList<ProbeOutcome> outcomes = await RewardProbes.RunAsync(new Fooled(_ => true), Problems, TestContext.Current.CancellationToken);

        outcomes.Count.ShouldBe(10);
        outcomes.ShouldAllBe(o => o.Passed == 2);
        outcomes.Where(o => o.Surprises > 0).Select(o => o.Expected).ShouldBe(Enumerable.Repeat(ProbeExpectation.Fail, 8));
    }

    [Fact]
    public async Task RunAsync_TasksOfThisLibrary_ReadTheReferenceAndFallForNothing()
    {
        foreach (ITask task in new ITask[] { new ChainedArithmetic(), new MathTask(), new Gsm8k() })
        {
            IReadOnlyList<ProbeOutcome> outcomes = await RewardProbes.RunAsync(
                task, [new("a", "How many wheels has a bicycle?", "2"), new("b", "How many legs have ten cats?", "40")], TestContext.Current.CancellationToken);

            outcomes.Where(o => o.Surprises > 0).ShouldBeEmpty(task.Name);
            outcomes[0].Passed.ShouldBe(2);
        }
    }

    [Fact]
    public async Task RunAsync_QuestionWhoseEchoIsItsAnswer_IsFound()
    {
        IReadOnlyList<ProbeOutcome> outcomes = await RewardProbes.RunAsync(new MathTask(), [new("a", "1+1", "2")], TestContext.Current.CancellationToken);

        outcomes.Where(o => o.Surprises > 0).ShouldHaveSingleItem().Name.ShouldBe("echo", "mathematics takes 1+1 for 2");
    }

    [Fact]
    public async Task RunAsync_ReferencesThatLetNothingBeDecided_AreNotTried() =>
        (await RewardProbes.RunAsync(new Gsm8k(), [new("a", "Where?", "north")], TestContext.Current.CancellationToken)).ShouldBeEmpty();

    [Fact]
    public async Task RunAsync_VerifierThatThrows_NamesTheProblem() =>
        (await Should.ThrowAsync<RunException>(async () => await RewardProbes.RunAsync(
            new Fooled(_ => throw new InvalidOperationException("broken")), Problems, TestContext.Current.CancellationToken)))
            .Message.ShouldContain("failed on problem a, a probe");

    /// <summary>Accepts the last box with the reference, and what it falls for.</summary>
    private sealed class Fooled(Func<string, bool> falls) : ITask
    {
        public string Name => "fooled";

        public bool AcceptsReference { get; init; } = true;

        public Prompt Prompt(Problem problem) => new TextPrompt(problem.Question);

        public ValueTask<Verdict> VerifyAsync(Problem problem, Completion completion, CancellationToken cancellationToken = default)
        {
            bool right = AcceptsReference && completion.Text.TrimEnd().EndsWith($@"\boxed{{{problem.Answer}}}", StringComparison.Ordinal);
            return new(new Verdict(right | falls(completion.Text) ? Correctness.Correct : Correctness.Incorrect, null, ""));
        }
    }
}
