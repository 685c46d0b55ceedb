
namespace Stepwise.Statistics;

/// <summary>What counts of solved samples say of a policy.</summary>
public static class SolveRate
{
    // The 97.5 % quantile of the standard normal distribution.
    private const double Z = 1.959963984540054;

    /// <summary>
    /// The share of solved samples with Wilson's 95 % interval at the effective number of samples: samples of one problem resemble each
    /// other, so P problems × k samples say less than P·k problems would.
    /// </summary>
    /// <remarks>
    /// Effective number n = P·k/d with Kish's design effect d = s²·k/(p(1−p)), s² the variance of the problems' solve rates, d held in
    /// [1, k]. Where p is 0 or 1 nothing shows d, and it is taken as k. With k = 1 this is Wilson's interval.
    /// Sources: Wilson 1927; Kish, Survey Sampling (1965), §8.2; the combination as compared by Dean and Pagano 2015.
    /// </remarks>
    /// <param name="solved">Solved samples per problem, each in [0, <paramref name="samples"/>].</param>
    /// <param name="samples">k, samples per problem; at least 1.</param>
    /// <returns>The share and its interval within [0, 1]; all NaN for no problems.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A count is out of range.</exception>
    public static Interval Clustered(ReadOnlySpan<int> solved, int samples)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(samples, 1);
        double[] rates = new double[solved.Length];
        for (int i = 0; i < rates.Length; i++)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(solved[i], nameof(solved));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(solved[i], samples, nameof(solved));
            rates[i] = (double)solved[i] / samples;
        }

        double p = Means.Mean(rates), spread = Means.StandardDeviation(rates);
        double design = p is 0 or 1 || rates.Length < 2 ? samples : Math.Clamp(spread * spread * samples / (p * (1 - p)), 1, samples);
        return Wilson(p, (double)rates.Length * samples / design);
    }

    /// <summary>Wilson's 95 % score interval of a proportion.</summary>
    /// <param name="proportion">p in [0, 1].</param>
    /// <param name="samples">n, the (effective) number of independent samples, above 0.</param>
    public static Interval Wilson(double proportion, double samples)
    {
        double square = Z * Z / samples;
        double centre = (proportion + (square / 2)) / (1 + square);
        double half = Z * Math.Sqrt((proportion * (1 - proportion) / samples) + (square / (4 * samples))) / (1 + square);
        // At 0 and 1 an end is exact, and rounding must not leave it a hair beside.
        return new(proportion, proportion is 0 ? 0 : Math.Max(0, centre - half), proportion is 1 ? 1 : Math.Min(1, centre + half));
    }

    /// <summary>
    /// The unbiased estimate of the chance that at least one of k samples solves the problem, 1 − C(n−c, k)/C(n, k), as a product that
    /// does not overflow.
    /// </summary>
    /// <remarks>Source: Chen et al. 2021 (arXiv 2107.03374), equation 1.</remarks>
    /// <param name="samples">n, samples drawn; at least <paramref name="k"/>.</param>
    /// <param name="solved">c in [0, n].</param>
    /// <param name="k">At least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A count is out of range.</exception>
    public static double PassAtK(int samples, int solved, int k)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(samples, k);
        ArgumentOutOfRangeException.ThrowIfNegative(solved);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(solved, samples);
        if (samples - solved < k)
        {
            return 1;
        }

        double allFail = 1;
        for (int i = samples - solved + 1; i <= samples; i++)
        {
            allFail *= 1 - ((double)k / i);
        }

        return 1 - allFail;
    }
}
