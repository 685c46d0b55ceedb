using Stepwise.Methods;
using Stepwise.Methods.Rewards;
using Stepwise.Methods.Sampling;
using Stepwise.Policies;
using Stepwise.Problems;
using Stepwise.Recipes;
using Stepwise.Runs.Checks;
using Stepwise.Tasks;
using Stepwise.Tests.Training;

namespace Stepwise.Tests.Runs.Checks;

/// <summary>Which training steps a check looks at, on answers that are given.</summary>
public sealed class RunCheckTests
{
    private static readonly Method Grpo = MethodCatalog.Find("grpo");

    [Theory]
    [InlineData(0, 100, 0)]
    [InlineData(0.15, 100, 15)]
    [InlineData(0.15, 10, 2)]
    [InlineData(1, 100, 99)]
    [InlineData(0.5, 1, 0)]
    public void FirstSteps_UnhintedShare_AreThoseWithoutHintsAndNeverAll(double share, int steps, int first) =>
        (Grpo with { Scheme = new HintLadder { UnhintedShare = share } }).FirstSteps(steps).ShouldBe(first);

    [Fact]
    public void FirstSteps_SeveralBeginnings_AreTheLongest()
    {
        Method method = Grpo with { Problems = new EasyFirst { CurriculumShare = 0.3 }, Reward = new PreferenceReward { PreferenceSteps = 20 } };

        (Grpo.FirstSteps(100), method.FirstSteps(100), method.FirstSteps(50)).ShouldBe((0, 30, 20));
    }

    [Theory]
    [InlineData(0.15, true)]
    [InlineData(0.5, true)]
    // A run of ten steps that gives no hint in any.
    [InlineData(1, false)]
    public async Task RunAsync_OnlyHintsHelp_IsRefusedOnlyWhereNoneIsEverGiven(double unhinted, bool learns)
    {
        using ScriptedPolicy policy = new() { Answer = asked => Make(asked.Contains("hint", StringComparison.Ordinal) ? "1" : "0") };
        Method method = MethodCatalog.Find("scaf-grpo") with
        {
            Scheme = new HintLadder { Hints = new() { HintPrompt = "{question} {hint}" }, UnhintedShare = unhinted },
        };

        CheckReport report = await CheckAsync(policy, method, groups: 2, [new("a", "a", "1") { Hints = ["hint"] }, new("b", "b", "1") { Hints = ["hint"] }]);

        report.Refusals.Select(finding => finding.Name).ShouldBe(learns ? [] : ["no-signal"]);
        CheckedSamples samples = report.Samples.ShouldNotBeNull();
        (samples.Signal.Estimate, samples.SolveRate.Estimate, samples.Samples).ShouldBe(learns ? (1.0, 0.0, 6) : (0.0, 0.0, 4));
        report.Findings.Any(finding => finding.Name is "few-right").ShouldBeFalse("it does learn from groups without a right answer");
    }

    [Theory]
    // The easy problem is always right, or the hard ones are always wrong: what is between the two is learnt from.
    [InlineData("easy", "1")]
    [InlineData("hard", "0")]
    public async Task RunAsync_EasyFirst_IsNotRefusedWhereSomeOfTheRunTeaches(string alike, string answer)
    {
        Problem[] problems = [new("e", "easy", "1") { Difficulty = 1 }, .. "fghijkl".Select(id => new Problem($"{id}", "hard", "1") { Difficulty = 2 })];
        for (ulong seed = 1; seed <= 4; seed++)
        {
            int drawn = 0;
            using ScriptedPolicy policy = new() { Answer = asked => Make(string.Equals(asked, alike, StringComparison.Ordinal) ? answer : $"{drawn++ % 2}") };

            CheckReport report = await CheckAsync(policy, Grpo with { Problems = new EasyFirst { EasyShare = 0.1 } }, groups: 2, problems, seed);

            report.Refusals.ShouldBeEmpty();
            report.Samples.ShouldNotBeNull().Signal.Estimate.ShouldBeGreaterThan(0);
        }
    }

    private static Completion Make(string text) => new([1], [0], text, [text.Length], FinishReason.Stop);

    private static Task<CheckReport> CheckAsync(ScriptedPolicy policy, Method method, int groups, Problem[] problems, ulong seed = 1)
    {
        Recipe recipe = new()
        {
            Seed = seed,
            Task = new OwnTaskOptions(),
            Method = method,
            Training = new() { Steps = 10, PromptsPerStep = groups, GroupSize = 2 },
        };
        RunCheck check = new(recipe, new(new DigitTask(), problems, problems), policy);
        return check.RunAsync(groups, cancellationToken: TestContext.Current.CancellationToken);
    }
}
