using Stepwise.Evaluation.Benchmarks;
using Stepwise.Problems;
using Stepwise.Reasoning;
using Stepwise.Statistics;
using Stepwise.Tasks.Mathematics;

namespace Stepwise.Tests.Evaluation.Benchmarks;

public sealed class BenchmarkScoreTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Of_HandMadeSamples_IsComputedByHand()
    {
        BenchmarkSet set = _folder.Set("aime", """{"id": 1, "problem": "1+1", "answer": 2}""", """{"id": 2, "problem": "2+2", "answer": 4}""");

        // Problem 1: c = 2 of n = 4; problem 2: c = 1 of 4, one sample is undecided.
        BenchmarkScore score = BenchmarkScore.Of(
            set,
            [
                Sample("1", true, "2"), Sample("1", true, "2"), Sample("1", false, "3"), Sample("1", false, null) with { Truncated = true },
                Sample("2", false, "5"), Sample("2", true, "4"), Sample("2", false, "5.0"), Sample("2", null, "x"),
            ],
            seed: 1);

        (score.Problems, score.Samples, score.SamplesPerProblem).ShouldBe((2, 8, 4));
        (score.Correct, score.Incorrect, score.Undecided).ShouldBe((3, 4, 1));
        score.Avg.Estimate.ShouldBe(3.0 / 8);
        score.AmongDecided.ShouldBe(3.0 / 7);
        score.UndecidedShare.ShouldBe(1.0 / 8);
        score.TruncatedShare.ShouldBe(1.0 / 8);

        // pass@2: 1 − C(2,2)/C(4,2) = 5/6 and 1 − C(3,2)/C(4,2) = 1/2.
        score.PassAtK.Select(rate => rate.K).ShouldBe([1, 2, 4]);
        score.PassAtK[0].Rate.Estimate.ShouldBe(3.0 / 8, 1e-15);
        score.PassAtK[1].Rate.Estimate.ShouldBe(((5.0 / 6) + 0.5) / 2, 1e-15);
        score.PassAtK[2].Rate.Estimate.ShouldBe(1);

        // Problem 1 elects 2, problem 2 elects 5, which two samples write in two ways.
        RateAtK majority = score.MajAtK.ShouldNotBeNull();
        (majority.K, majority.Rate.Estimate).ShouldBe((4, 0.5));
        (score.MeanTokens.All, score.MeanTokens.Correct, score.MeanTokens.Incorrect).ShouldBe((10, 10, 10));
    }

    [Fact]
    public void Of_ProblemsOfSeveralDifficulties_HasAScoreOfEach()
    {
        Problem[] problems = [new("a", "1+1", "2") { Difficulty = 2 }, new("b", "1+2", "3") { Difficulty = 1 }, new("c", "2+2", "4") { Difficulty = 2 }, new("d", "3+2", "5")];
        BenchmarkSet set = BenchmarkSet.HeldOut(new MathTask(), problems, "recipe.yaml");

        BenchmarkScore score = BenchmarkScore.Of(set, [Sample("a", true, "2"), Sample("b", false, "2"), Sample("c", false, "2"), Sample("d", true, "5")], seed: 1);

        score.ByDifficulty.Select(level => (level.Difficulty, level.Problems, level.Avg.Estimate)).ShouldBe([(1, 1, 0), (2, 2, 0.5)]);
        score.MajAtK.ShouldBeNull();
    }

    [Fact]
    public void HeldOut_OtherQuestionOrReference_IsAnotherSet()
    {
        string Digest(params Problem[] problems) => BenchmarkSet.HeldOut(new MathTask(), problems, "recipe.yaml").Digest;
        string one = Digest(new Problem("a", "1+1", "2"));

        Digest(new Problem("a", "1+1", "2", "by counting")).ShouldBe(one);
        Digest(new Problem("a", "1+2", "2")).ShouldNotBe(one, StringComparer.Ordinal);
        Digest(new Problem("a", "1+1", "3")).ShouldNotBe(one, StringComparer.Ordinal);
        BenchmarkSet.HeldOut(new MathTask(), [new("a", "1+1", "2"), new("b", "1+1", "2")], "recipe.yaml", most: 1).Problems.Count.ShouldBe(1);
    }

    [Fact]
    public void Difference_SamePolicy_IsNothing()
    {
        BenchmarkSet set = _folder.Set("aime", """{"problem": "1+1", "answer": 2}""", """{"problem": "2+2", "answer": 4}""");
        SampleOutcome[] samples = [Sample("1", true, "2"), Sample("2", false, "2")];

        BenchmarkScore.Difference(set, samples, samples, 1).ShouldBe(new PairedDifference(new(0, 0, 0), null, null));
    }

    [Fact]
    public void Difference_HandMade_IsTheMeanOverProblems()
    {
        BenchmarkSet set = _folder.Set("aime", """{"problem": "1+1", "answer": 2}""", """{"problem": "2+2", "answer": 4}""");

        // 1 − 1/2 on the first problem, 0 − 1/2 … on the second 1/2 − 0.
        PairedDifference difference = BenchmarkScore.Difference(
            set,
            [Sample("1", true, "2"), Sample("1", true, "2"), Sample("2", true, "4"), Sample("2", false, "5")],
            [Sample("1", true, "2"), Sample("1", false, "3"), Sample("2", false, "5"), Sample("2", false, "5")],
            seed: 1);

        difference.Avg.ShouldBe(new Interval(0.5, 0.5, 0.5));
    }

    [Theory]
    [InlineData(new[] { "1/2", "3", "0.5" }, 0)]
    [InlineData(new[] { "3", "1/2", null, "\\frac{1}{2}" }, 1)]
    [InlineData(new[] { "7", "8", "9" }, 0)]
    [InlineData(new[] { null, "8", "9", "9", "8" }, 1)]
    [InlineData(new string?[] { null, null }, null)]
    [InlineData(new string?[0], null)]
    public void Winner_EqualAnswers_VoteTogetherAndTiesGoToTheFirst(string?[] answers, int? winner) =>
        MajorityVote.Winner(answers).ShouldBe(winner);

    [Fact]
    public void Winner_ManyThatAgreeInNothing_StillFindsEqualTexts() =>
        MajorityVote.Winner([.. Enumerable.Range(0, 500).Select(i => $"{i}"), "499"]).ShouldBe(499);

    private static SampleOutcome Sample(string id, bool? right, string? answer) => new(
        id, right switch { true => Correctness.Correct, false => Correctness.Incorrect, null => Correctness.Undecided }, answer,
        Truncated: false, Failed: false, Characters: 20, Tokens: 10);
}
