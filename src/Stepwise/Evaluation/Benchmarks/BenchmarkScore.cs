using Stepwise.Reasoning;
using Stepwise.Statistics;

namespace Stepwise.Evaluation.Benchmarks;

/// <summary>What is known of a sample once it is verified.</summary>
/// <param name="Id">The problem's id.</param>
/// <param name="Verdict">The verdict.</param>
/// <param name="Answer">The answer as extracted, or <see langword="null"/>.</param>
/// <param name="Truncated">Whether the length limit cut it off.</param>
/// <param name="Failed">Whether sampling it failed.</param>
/// <param name="Characters">Its length.</param>
/// <param name="Tokens">Its length; <see langword="null"/> where that is not known.</param>
public readonly record struct SampleOutcome(
    string Id, Correctness Verdict, string? Answer, bool Truncated, bool Failed, int Characters, int? Tokens)
{
    /// <summary>Whether it is right and the task's judge finds no wrong step in it; <see langword="null"/> where that was not asked.</summary>
    public bool? Sound { get; init; }

    /// <summary>
    /// Share of the milestones of the reference solution that it reaches before it goes wrong, in [0, 1]; <see langword="null"/> where that was not asked, or
    /// the solution has none on the way to the answer.
    /// </summary>
    public double? Reached { get; init; }
}

/// <summary>Measures of one set of samples minus those of another, paired by problem.</summary>
/// <param name="Avg">Of <see cref="BenchmarkScore.Avg"/>.</param>
/// <param name="Sound">Of <see cref="BenchmarkScore.Sound"/>.</param>
/// <param name="Reached">Of <see cref="BenchmarkScore.Reached"/>.</param>
public readonly record struct PairedDifference(Interval Avg, Interval? Sound, Interval? Reached);

/// <summary>A share of problems at k samples.</summary>
/// <param name="K">Samples a problem.</param>
/// <param name="Rate">The mean over problems, with its interval.</param>
public readonly record struct RateAtK(int K, Interval Rate);

/// <summary>The problems of one difficulty.</summary>
/// <param name="Difficulty">See <see cref="Stepwise.Problems.Problem.Difficulty"/>.</param>
/// <param name="Problems">How many of them have a sample.</param>
/// <param name="Avg">avg@k over them.</param>
public readonly record struct DifficultyScore(double Difficulty, int Problems, Interval Avg);

/// <summary>What a policy's samples on a benchmark say; undecided samples count as not solved, and are counted apart.</summary>
public sealed record BenchmarkScore
{
    private const int MostDifficulties = 20;

    /// <summary>The benchmark's name.</summary>
    public required string Benchmark { get; init; }

    /// <summary>Problems with at least one sample.</summary>
    public required int Problems { get; init; }

    /// <summary>Samples, over all problems.</summary>
    public required int Samples { get; init; }

    /// <summary>Samples of the problem that has the fewest.</summary>
    public required int SamplesPerProblem { get; init; }

    /// <summary>Right samples.</summary>
    public required int Correct { get; init; }

    /// <summary>Wrong samples.</summary>
    public required int Incorrect { get; init; }

    /// <summary>Samples of which nobody can say, the failed ones among them.</summary>
    public required int Undecided { get; init; }

    /// <summary>Samples whose sampling failed.</summary>
    public required int Failed { get; init; }

    /// <summary>Problems whose reference lets nothing be decided, with the reason.</summary>
    public required IReadOnlyList<(string Id, string Reason)> Unread { get; init; }

    /// <summary>avg@k: the mean over problems of the share of right samples.</summary>
    public required Interval Avg { get; init; }

    /// <summary>Right samples over those that were decided; NaN for none.</summary>
    public double AmongDecided => (double)Correct / (Correct + Incorrect);

    /// <summary>
    /// <see cref="Avg"/> of the problems of each difficulty that the problems say, the easiest first; empty where none says one, or they say more than
    /// twenty.
    /// </summary>
    public required IReadOnlyList<DifficultyScore> ByDifficulty { get; init; }

    /// <summary>pass@k for k = 1, 2, 4, … as far as every problem has so many samples: see <see cref="SolveRate.PassAtK"/>.</summary>
    public required IReadOnlyList<RateAtK> PassAtK { get; init; }

    /// <summary>
    /// maj@k: problems whose most frequent answer is right; k is <see cref="SamplesPerProblem"/>. <see langword="null"/> where answers do not vote.
    /// </summary>
    public required RateAtK? MajAtK { get; init; }

    /// <summary>
    /// The mean over problems of the share of samples that are right and in which the task's judge finds no wrong step; <see langword="null"/> where
    /// the problems have no milestones.
    /// </summary>
    public required Interval? Sound { get; init; }

    /// <summary>
    /// The mean over problems that have milestones of the share of them that a sample reaches; <see langword="null"/> where the problems have none.
    /// </summary>
    public required Interval? Reached { get; init; }

    /// <summary>Share of samples that the length limit cut off.</summary>
    public required double TruncatedShare { get; init; }

    /// <summary>Share of samples of which nobody can say.</summary>
    public double UndecidedShare => (double)Undecided / Samples;

    /// <summary>Mean length in tokens: of all, of right and of wrong samples; NaN where it is not known.</summary>
    public required (double All, double Correct, double Incorrect) MeanTokens { get; init; }

    /// <summary>Mean length in characters.</summary>
    public required double MeanCharacters { get; init; }

    /// <summary>The score of samples.</summary>
    /// <param name="set">The problems.</param>
    /// <param name="samples">Samples, those of a problem in their order; at least one, each of a problem of the set.</param>
    /// <param name="seed">Decides the resampled sets of the intervals.</param>
    public static BenchmarkScore Of(BenchmarkSet set, IReadOnlyCollection<SampleOutcome> samples, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(set);
        ArgumentNullException.ThrowIfNull(samples);
        SampleOutcome[][] problems = [.. samples.GroupBy(sample => set.Place(sample.Id)).OrderBy(group => group.Key).Select(group => group.ToArray())];
        int fewest = problems.Min(group => group.Length);
        int Count(Func<SampleOutcome, bool> which) => samples.Count(which);
        double Tokens(Func<SampleOutcome, bool> which) =>
            samples.Where(which).Select(sample => (double?)sample.Tokens ?? double.NaN).DefaultIfEmpty(double.NaN).Average();
        return new()
        {
            Benchmark = set.Name,
            Problems = problems.Length,
            Samples = samples.Count,
            SamplesPerProblem = fewest,
            Correct = Count(sample => sample.Verdict == Correctness.Correct),
            Incorrect = Count(sample => sample.Verdict == Correctness.Incorrect),
            Undecided = Count(sample => sample.Verdict == Correctness.Undecided),
            Failed = Count(sample => sample.Failed),
            Unread = [.. set.Problems.Where(p => p.Unread is not null).Select(p => (p.Problem.Id, p.Unread!))],
            Avg = Bootstrap.Share([.. problems.Select(Solved)], seed),
            ByDifficulty = Difficulties(set, problems, seed),
            PassAtK = [.. Powers(fewest).Select(k => new RateAtK(k, Bootstrap.Share(
                [.. problems.Select(group => SolveRate.PassAtK(group.Length, Right(group), k))], seed)))],
            MajAtK = set.Votes ? new RateAtK(fewest, Bootstrap.Share([.. problems.Select(group => Elected(group[..fewest]))], seed)) : null,
            Sound = IfAny([.. problems.Select(SoundShare).OfType<double>()], values => Bootstrap.Share(values, seed)),
            Reached = IfAny([.. problems.Select(ReachedShare).OfType<double>()], values => Bootstrap.Share(values, seed)),
            TruncatedShare = (double)Count(sample => sample.Truncated) / samples.Count,
            MeanTokens = (
                Tokens(_ => true), Tokens(sample => sample.Verdict == Correctness.Correct), Tokens(sample => sample.Verdict == Correctness.Incorrect)),
            MeanCharacters = samples.Average(sample => (double)sample.Characters),
        };
    }

    /// <summary>The measures of one set of samples minus those of another, paired by problem.</summary>
    /// <param name="set">The problems.</param>
    /// <param name="samples">Samples of every problem of the set.</param>
    /// <param name="others">Other samples of every problem of the set.</param>
    /// <param name="seed">Decides the resampled sets of the intervals.</param>
    public static PairedDifference Difference(
        BenchmarkSet set, IReadOnlyCollection<SampleOutcome> samples, IReadOnlyCollection<SampleOutcome> others, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(set);
        ILookup<string, SampleOutcome> left = samples.ToLookup(s => s.Id, StringComparer.Ordinal), right = others.ToLookup(s => s.Id, StringComparer.Ordinal);
        (SampleOutcome[] Left, SampleOutcome[] Right)[] pairs =
            [.. set.Problems.Select(p => (left[p.Problem.Id].ToArray(), right[p.Problem.Id].ToArray()))];
        double[] Differences(Func<SampleOutcome[], double?> measure) => [.. pairs.Select(p => measure(p.Left) - measure(p.Right)).OfType<double>()];
        Interval Mean(double[] values) => Bootstrap.Mean(values, seed);
        return new(Mean(Differences(group => Solved(group))), IfAny(Differences(SoundShare), Mean), IfAny(Differences(ReachedShare), Mean));
    }

    private static DifficultyScore[] Difficulties(BenchmarkSet set, SampleOutcome[][] problems, ulong seed)
    {
        DifficultyScore[] scores =
        [
            .. problems.Select(group => (set.Problems[set.Place(group[0].Id)].Problem.Difficulty, Solved: Solved(group)))
                .Where(problem => problem.Difficulty is not null).GroupBy(problem => problem.Difficulty!.Value, problem => problem.Solved)
                .OrderBy(level => level.Key)
                .Select(level => new DifficultyScore(level.Key, level.Count(), Bootstrap.Share([.. level], seed))),
        ];
        return scores.Length <= MostDifficulties ? scores : [];
    }

    private static int Right(SampleOutcome[] group) => group.Count(sample => sample.Verdict == Correctness.Correct);

    private static double Solved(SampleOutcome[] group) => (double)Right(group) / group.Length;

    private static double? SoundShare(SampleOutcome[] group) => group.Average(sample => sample.Sound is { } sound ? sound ? 1.0 : 0.0 : (double?)null);

    private static double? ReachedShare(SampleOutcome[] group) => group.Average(sample => sample.Reached);

    private static Interval? IfAny(double[] values, Func<double[], Interval> interval) => values.Length > 0 ? interval(values) : null;

    private static double Elected(SampleOutcome[] group) =>
        MajorityVote.Winner([.. group.Select(sample => sample.Answer)]) is { } winner && group[winner].Verdict == Correctness.Correct ? 1 : 0;

    private static IEnumerable<int> Powers(int most)
    {
        for (int k = 1; k <= most; k *= 2)
        {
            yield return k;
        }
    }
}
