using Stepwise.Evaluation;
using Stepwise.Statistics;

namespace Stepwise.Comparisons;

/// <summary>An evaluation of a compared run.</summary>
/// <param name="Step">Training steps done before it.</param>
/// <param name="Tokens">Completion tokens sampled in them.</param>
/// <param name="Result">What it found.</param>
public sealed record ComparedEvaluation(int Step, long Tokens, EvaluationResult Result);

/// <summary>A finished run of a comparison.</summary>
/// <param name="Variant">The variant's name.</param>
/// <param name="Seed">The seed; runs of one seed are pairs.</param>
/// <param name="Seconds">Wall-clock seconds; no part of the result.</param>
/// <param name="Evaluations">Its evaluations in ascending order of steps.</param>
public sealed record ComparedRun(string Variant, ulong Seed, double Seconds, IReadOnlyList<ComparedEvaluation> Evaluations)
{
    /// <summary>The held-out solve rate after some training steps; <see langword="null"/> where it was not measured.</summary>
    /// <param name="step">Training steps.</param>
    public double? SolveRateAt(int step) => Evaluations.FirstOrDefault(e => e.Step == step)?.Result.SolveRate.Estimate;

    /// <summary>
    /// The held-out solve rate after some sampled tokens, on a line between the evaluations around them. After the last evaluation it stays:
    /// the policy is no other however long one waits.
    /// </summary>
    /// <param name="tokens">Completion tokens sampled, at least 0.</param>
    public double SolveRateAfter(long tokens)
    {
        int after = Evaluations.TakeWhile(e => e.Tokens < tokens).Count();
        if (after == 0 || after == Evaluations.Count)
        {
            return Evaluations[Math.Max(after - 1, 0)].Result.SolveRate.Estimate;
        }

        ComparedEvaluation low = Evaluations[after - 1], high = Evaluations[after];
        double share = (double)(tokens - low.Tokens) / (high.Tokens - low.Tokens);
        return low.Result.SolveRate.Estimate + (share * (high.Result.SolveRate.Estimate - low.Result.SolveRate.Estimate));
    }

    /// <summary>The first evaluation with at least this solve rate; <see langword="null"/> for none.</summary>
    /// <param name="level">The solve rate, in [0, 1].</param>
    public ComparedEvaluation? FirstAt(double level) => Evaluations.FirstOrDefault(e => e.Result.SolveRate.Estimate >= level);
}

/// <summary>A variant at one point of training, over the seeds that were measured there.</summary>
/// <param name="At">Training steps done, or completion tokens sampled.</param>
/// <param name="Variant">The variant's name.</param>
/// <param name="Runs">Number of seeds; at least 1.</param>
/// <param name="Mean">Mean held-out solve rate.</param>
/// <param name="Lowest">The lowest seed's.</param>
/// <param name="Highest">The highest seed's.</param>
/// <param name="Deviation">Sample standard deviation over seeds; NaN for one seed.</param>
/// <param name="Difference">
/// Mean difference to the first variant over the seeds that both have, with Student's 95 % interval (NaN for one seed);
/// <see langword="null"/> for the first variant itself and where no seed has both.
/// </param>
public sealed record ComparisonPoint(
    long At, string Variant, int Runs, double Mean, double Lowest, double Highest, double Deviation, Interval? Difference);

/// <summary>Paired comparison of variants over seeds.</summary>
public static class Comparison
{
    /// <summary>Every variant at every evaluated step.</summary>
    /// <param name="variants">The variants' names; differences are to the first.</param>
    /// <param name="runs">The runs finished so far, at most one per variant and seed.</param>
    /// <returns>By ascending steps, then in the order of <paramref name="variants"/>; points without a run are left out.</returns>
    public static IReadOnlyList<ComparisonPoint> Points(IReadOnlyList<string> variants, IReadOnlyCollection<ComparedRun> runs)
    {
        IEnumerable<long> steps = runs.SelectMany(r => r.Evaluations).Select(e => (long)e.Step).Distinct().Order();
        return Points(variants, runs, steps, (run, step) => run.SolveRateAt((int)step));
    }

    /// <summary>Every variant after some numbers of sampled tokens, see <see cref="ComparedRun.SolveRateAfter"/>.</summary>
    /// <param name="variants">The variants' names; differences are to the first.</param>
    /// <param name="runs">The runs finished so far, at most one per variant and seed.</param>
    /// <param name="tokens">The numbers, ascending.</param>
    /// <returns>By ascending tokens, then in the order of <paramref name="variants"/>; variants without a run are left out.</returns>
    public static IReadOnlyList<ComparisonPoint> PointsByTokens(
        IReadOnlyList<string> variants, IReadOnlyCollection<ComparedRun> runs, IEnumerable<long> tokens) =>
        Points(variants, runs, tokens, (run, after) => run.SolveRateAfter(after));

    private static List<ComparisonPoint> Points(
        IReadOnlyList<string> variants, IReadOnlyCollection<ComparedRun> runs, IEnumerable<long> places, Func<ComparedRun, long, double?> rateOf)
    {
        ILookup<string, ComparedRun> byVariant = runs.ToLookup(r => r.Variant, StringComparer.Ordinal);
        List<ComparisonPoint> points = [];
        foreach (long at in places)
        {
            SortedDictionary<ulong, double> Rates(string variant) =>
                new(byVariant[variant].Select(r => (r.Seed, Rate: rateOf(r, at))).Where(r => r.Rate is not null).ToDictionary(r => r.Seed, r => r.Rate!.Value));

            SortedDictionary<ulong, double> first = Rates(variants[0]);
            for (int v = 0; v < variants.Count; v++)
            {
                SortedDictionary<ulong, double> rates = Rates(variants[v]);
                if (rates.Count > 0)
                {
                    double[] values = [.. rates.Values];
                    points.Add(new(
                        at, variants[v], values.Length, Means.Mean(values), values.Min(), values.Max(),
                        Means.StandardDeviation(values), v == 0 ? null : Difference(rates, first)));
                }
            }
        }

        return points;
    }

    private static Interval? Difference(SortedDictionary<ulong, double> rates, SortedDictionary<ulong, double> first)
    {
        ulong[] seeds = [.. rates.Keys.Where(first.ContainsKey)];
        return seeds.Length == 0
            ? null
            : Means.PairedDifference([.. seeds.Select(s => rates[s])], [.. seeds.Select(s => first[s])]);
    }
}
