namespace Stepwise.Statistics;

/// <summary>95 % intervals of a mean over problems, by drawing problem sets again from the one there is.</summary>
/// <remarks>
/// The ends are the 2.5 % and 97.5 % points of the means of resampled sets, moved away from the mean by t(n−1) / z · √(n / (n−1)): the percentile
/// interval alone is too narrow for few problems. Sources: Efron 1979; Hesterberg 2015 (arXiv 1411.5279), the expanded percentile interval.
/// </remarks>
public static class Bootstrap
{
    /// <summary>How many sets are drawn.</summary>
    public const int Resamples = 2000;

    // The 97.5 % quantile of the standard normal distribution.
    private const double Z = 1.959963984540054;

    /// <summary>The mean of values with its interval.</summary>
    /// <param name="values">One value a problem: what its samples say together, so that samples of a problem are drawn together.</param>
    /// <param name="seed">Decides the sets drawn.</param>
    /// <returns>The mean; it is NaN for no values, and its ends are NaN for fewer than two.</returns>
    public static Interval Mean(ReadOnlySpan<double> values, ulong seed)
    {
        int n = values.Length;
        double mean = Means.Mean(values);
        if (n < 2)
        {
            return new(mean, double.NaN, double.NaN);
        }

        double[] means = new double[Resamples];
        for (int r = 0; r < means.Length; r++)
        {
            ulong key = CounterRandom.Key(seed, (ulong)r);
            double sum = 0;
            for (int i = 0; i < n; i++)
            {
                sum += values[CounterRandom.Integer(key, (ulong)i, n)];
            }

            means[r] = sum / n;
        }

        Array.Sort(means);
        double wider = StudentT.Critical(n - 1) / Z * Math.Sqrt(n / (n - 1.0));
        return new(mean, mean + (wider * (Quantile(means, 0.025) - mean)), mean + (wider * (Quantile(means, 0.975) - mean)));
    }

    /// <summary>As <see cref="Mean"/> of values in [0, 1], within [0, 1].</summary>
    /// <remarks>
    /// An end of Wilson's interval that is farther out takes the end's place, at the effective number of samples as in
    /// <see cref="SolveRate.Clustered"/>: of a set in which few problems are solved, resampled sets show too little of what other sets would.
    /// </remarks>
    /// <param name="values">One share a problem.</param>
    /// <param name="seed">Decides the sets drawn.</param>
    public static Interval Share(ReadOnlySpan<double> values, ulong seed)
    {
        Interval drawn = Mean(values, seed);
        double p = drawn.Estimate, n = values.Length, spread = Means.StandardDeviation(values);
        if (p is not (0 or 1) && !(spread > 0))
        {
            return drawn;
        }

        Interval wilson = SolveRate.Wilson(p, p is 0 or 1 ? n : Math.Max(n, n * p * (1 - p) / (spread * spread)));
        return double.IsNaN(drawn.Low) ? wilson
            : new(p, Math.Max(0, Math.Min(drawn.Low, wilson.Low)), Math.Min(1, Math.Max(drawn.High, wilson.High)));
    }

    /// <summary>A quantile of sorted values, linear between them.</summary>
    private static double Quantile(double[] sorted, double share)
    {
        double place = share * (sorted.Length - 1);
        int below = (int)place;
        return sorted[below] + ((place - below) * (sorted[Math.Min(below + 1, sorted.Length - 1)] - sorted[below]));
    }
}
