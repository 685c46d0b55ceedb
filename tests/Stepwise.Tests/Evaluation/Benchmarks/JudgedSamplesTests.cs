using Stepwise.Evaluation.Benchmarks;
using Stepwise.Problems;
using Stepwise.Reasoning;
using Stepwise.Statistics;
using Stepwise.Tasks.Mathematics;

namespace Stepwise.Tests.Evaluation.Benchmarks;

public sealed class JudgedSamplesTests
{
    // Milestones: 12, then 10, then the answer.
    private static readonly Problem Boxes = new(
        "a", "Tom has 3 boxes of 4 eggs and eats 2. How many are left?", "10", "He has 3*4 = <<3*4=12>>12 eggs.\n12-2 = <<12-2=10>>10 are left.");

    [Theory]
    [InlineData("3 * 4 = 12.\n12 - 2 = 10.\n\\boxed{10}", true, true, 1)]
    [InlineData("3 * 4 = 11.\n11 - 2 = 10.\n\\boxed{10}", true, false, 0)]
    [InlineData("3 * 4 = 12.\n12 + 2 = 14.\n\\boxed{14}", false, false, 1.0 / 3)]
    [InlineData("Eggs are brown.\n\\boxed{14}", false, false, 0)]
    public async Task Outcomes_OfAProblemWithASolution_SayWhatTheStepsAreWorth(string response, bool right, bool sound, double reached)
    {
        BenchmarkSet set = BenchmarkSet.HeldOut(new MathTask(), [Boxes], "recipe.yaml");

        SampleOutcome outcome = (await Of(set, Sample("a", response, right))).ShouldHaveSingleItem();

        outcome.Sound.ShouldBe(sound);
        outcome.Reached.ShouldNotBeNull().ShouldBe(reached, 1e-15);
    }

    [Fact]
    public async Task Outcomes_FailedSample_IsNotSoundAndReachesNothing()
    {
        BenchmarkSet set = BenchmarkSet.HeldOut(new MathTask(), [Boxes], "recipe.yaml");

        SampleOutcome outcome = (await Of(set, Sample("a", "", right: false) with { Failed = true, Verdict = Correctness.Undecided })).ShouldHaveSingleItem();

        (outcome.Sound, outcome.Reached).ShouldBe((false, 0.0));
    }

    [Fact]
    public async Task Outcomes_WithoutSolutions_LeaveTheStepsAlone()
    {
        BenchmarkSet set = BenchmarkSet.HeldOut(new MathTask(), [Boxes with { Solution = null }], "recipe.yaml");

        IReadOnlyList<SampleOutcome> outcomes = await Of(set, Sample("a", "\\boxed{10}", right: true), Sample("other", "\\boxed{10}", right: true));

        outcomes.ShouldBe([Sample("a", "\\boxed{10}", right: true).Outcome]);
        BenchmarkScore score = BenchmarkScore.Of(set, outcomes, seed: 1);
        (score.Sound, score.Reached).ShouldBe(((Interval?)null, (Interval?)null));
        BenchmarkScore.Difference(set, outcomes, outcomes, seed: 1).Sound.ShouldBeNull();
    }

    [Fact]
    public async Task Score_AndDifference_AreMeansOverProblems()
    {
        // Of the second problem nothing is derived on the way to the answer, so that only the first has milestones.
        BenchmarkSet set = BenchmarkSet.HeldOut(new MathTask(), [Boxes, new("b", "How much is 3?", "3", "It is 3.")], "recipe.yaml");
        IReadOnlyList<SampleOutcome> samples = await Of(
            set,
            Sample("a", "3 * 4 = 12.\n12 - 2 = 10.\n\\boxed{10}", right: true), Sample("a", "3 * 4 = 12.\n12 + 2 = 14.\n\\boxed{14}", right: false),
            Sample("b", "\\boxed{3}", right: true), Sample("b", "\\boxed{4}", right: false));
        IReadOnlyList<SampleOutcome> others = await Of(set, Sample("a", "\\boxed{14}", right: false), Sample("b", "\\boxed{3}", right: true));

        BenchmarkScore score = BenchmarkScore.Of(set, samples, seed: 1);
        PairedDifference difference = BenchmarkScore.Difference(set, samples, others, seed: 1);

        score.Sound.ShouldNotBeNull().Estimate.ShouldBe(0.5);
        score.Reached.ShouldNotBeNull().Estimate.ShouldBe(2.0 / 3, 1e-15);
        difference.Avg.Estimate.ShouldBe(0);
        difference.Sound.ShouldNotBeNull().Estimate.ShouldBe(0);
        difference.Reached.ShouldNotBeNull().Estimate.ShouldBe(2.0 / 3, 1e-15);
    }

    private static Task<IReadOnlyList<SampleOutcome>> Of(BenchmarkSet set, params ScoredSample[] samples) =>
        JudgedSamples.OutcomesAsync(set, samples, TestContext.Current.CancellationToken);

    private static ScoredSample Sample(string id, string response, bool right) => new(
        BenchmarkSet.HeldOutName, id, 0, Seed: 1, response, Truncated: false, Failed: false, Tokens: 10,
        right ? Correctness.Correct : Correctness.Incorrect, null, "");
}
