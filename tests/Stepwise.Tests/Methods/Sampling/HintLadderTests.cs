using Stepwise.Methods;
using Stepwise.Methods.Advantages;
using Stepwise.Methods.Rewards;
using Stepwise.Methods.Sampling;
using Stepwise.Options;
using Stepwise.Problems;
using Stepwise.Rollouts;
using Stepwise.Tests.Rollouts;

namespace Stepwise.Tests.Methods.Sampling;

public sealed class HintLadderTests
{
    private static readonly HintLadder Scheme = new() { Hints = new() { HintPrompt = "{question} {hint}" }, UnhintedShare = 0 };

    private static readonly Problem[] Problems =
    [
        new("a", "A", "1") { Hints = ["weak", "strong"] }, new("b", "B", "1") { Hints = ["weak", "strong"] }, new("c", "C", "1"),
        new("d", "D", "1") { Hints = ["weak"] },
    ];

    [Fact]
    public async Task DrawAsync_AllWrong_TriesTheHintsOneByOneUntilOneIsRight()
    {
        // a is helped by the weak hint, b by the strong one, c has none, d is solved by itself.
        SampledRoller roller = new(s => s.Problem is "d" ? s.Sample == 1 : s.Asked is "A weak" or "A strong" or "B strong");
        Group[] groups = await DrawAsync(Scheme, roller.Step(3, Problems));

        roller.Calls.Select(call => call.Select(draw => $"{draw.Problem.Id}{draw.Round}x{draw.Samples}")).ShouldBe(
            [["a0x3", "b0x3", "c0x3", "d0x3"], ["a1x1", "b1x1"], ["b2x1"]]);
        roller.Calls.Skip(1).SelectMany(call => call).ShouldAllBe(draw => !draw.IsJudged && draw.TrainedPrompt == null);
        groups.Select(g => string.Concat(g.Rollouts.Select(r => r.Correct ? r.Guided ? 'h' : 'r' : 'w'))).ShouldBe(["hww", "hww", "www", "wrw"]);
        groups.ShouldAllBe(g => g.Rollouts.Count == 3 && g.ReferenceSteps == 7);
        // Two wrong samples that were replaced, and the weak hint's of b.
        roller.Left(groups).Select(r => (r.Correct, r.Guided)).ShouldBe([(false, false), (false, false), (false, true)]);
        Scheme.MeasureStep(groups).Single().Value.ShouldBe(2);
    }

    [Fact]
    public async Task DrawAsync_NoHintHelpsOrFits_LeavesTheGroup()
    {
        SampledRoller roller = new(_ => false);
        Group[] groups = await DrawAsync(Scheme, roller.Step(2, new Problem("a", "A", "1") { Hints = ["weak", new string('x', 50)] }));

        roller.Calls.Select(call => call.Length).ShouldBe([1, 1]);
        groups.Single().Rollouts.ShouldAllBe(r => !r.Guided);
        Scheme.MeasureStep(groups).Single().Value.ShouldBe(0);
    }

    [Theory]
    [InlineData(0.15, 1, 20, false)]
    [InlineData(0.15, 3, 20, false)]
    [InlineData(0.15, 4, 20, true)]
    [InlineData(0, 1, 20, true)]
    [InlineData(1, 20, 20, false)]
    [InlineData(0.15, 1, 0, false)]
    public async Task DrawAsync_StartOfTheRun_GivesNoHints(double share, int step, int steps, bool hinted)
    {
        SampledRoller roller = new(_ => false);
        await DrawAsync(Scheme with { UnhintedShare = share }, roller.Step(2, Problems[0]) with { Step = step, Steps = steps });

        roller.Calls.Count.ShouldBe(hinted ? 3 : 1);
    }

    [Theory]
    [InlineData("{question}")]
    [InlineData("Hint: {hint}")]
    [InlineData("{Question} {hint}")]
    public void Check_TemplateWithoutAPlace_IsRefused(string template) =>
        Should.Throw<InputException>(() => OptionTree.Check(Scheme with { Hints = new() { HintPrompt = template } }, "method."))
            .Message.ShouldStartWith("method.hintPrompt lacks {question} or {hint}");

    [Fact]
    public void Put_TextsWithPlacesInThem_ArePutAsTheyAre()
    {
        PromptTemplate template = new("{question}: {hint} {other}", "hint");

        template.Put(new("p", "is {hint}?", "1"), "{question}").Question.ShouldBe("is {hint}?: {question} {other}");
        template.Around.ShouldBe(":  {other}");
    }

    [Fact]
    public void Estimate_RightAnswerByAHintAmongJudgedOnes_IsCreditedAgainstTheMilestonesTheyReached()
    {
        // All wrong when they were judged: of three milestones the first reached one at step 1 and errs at 2, the second errs at once.
        Rollout one = Samples.Wrong(3, [1], 2, 3), none = Samples.Wrong(3, [], 1, 3), right = Samples.Right();
        Group group = Samples.Group(one, none, right);
        Method method = MethodCatalog.Find("scaf-grpo") with { Reward = new SpectralReward(), Advantage = new PerMilestoneAdvantage() };

        method.Shape(group, step: 1);
        method.Advantage.Estimate([group]);
        Ledger ledger = Samples.Settle([group]);

        // The right answer, which no judge saw, reaches all at its last step: segment 0 is all of it. Two of three reach the first milestone.
        double[] ThreeTimes(params double[] steps) => [.. steps.SelectMany(step => Enumerable.Repeat(step, Samples.TokensPerStep))];
        right.Advantages.ShouldBe(ThreeTimes(1 / 3.0, 1 / 3.0, 1 / 3.0), 1e-12);
        one.Advantages.ShouldBe(ThreeTimes(1 / 3.0, -1 / 2.0, 0), 1e-12);
        none.Advantages.ShouldBe(ThreeTimes(-2 / 3.0, 0, 0), 1e-12);
        group.Rollouts.Select(r => r.Reward).ShouldBe([0, 0, 1]);
        (group.Coloured, ledger.Judged, ledger.Placed, ledger.NoJudgement, ledger.Trained).ShouldBe((false, 2, 2, 0, 3));
    }

    private static async Task<Group[]> DrawAsync(HintLadder scheme, SamplingStep step) =>
        [.. (await scheme.DrawAsync(step, TestContext.Current.CancellationToken)).OrderBy(g => g.Problem.Id, StringComparer.Ordinal)];
}
