namespace Stepwise.Statistics;

/// <summary>Means, spreads and intervals over a few independent runs (seeds).</summary>
public static class Means
{
    /// <summary>The arithmetic mean; NaN for no values.</summary>
    /// <param name="values">Any number of values.</param>
    public static double Mean(ReadOnlySpan<double> values)
    {
        double sum = 0;
        foreach (double value in values)
        {
            sum += value;
        }

        return sum / values.Length;
    }

    /// <summary>The sample standard deviation √(Σ(x−x̄)²/(n−1)); NaN for fewer than two values.</summary>
    /// <param name="values">Any number of values.</param>
    public static double StandardDeviation(ReadOnlySpan<double> values)
    {
        if (values.Length < 2)
        {
            return double.NaN;
        }

        double mean = Mean(values), sum = 0;
        foreach (double value in values)
        {
            sum += (value - mean) * (value - mean);
        }

        return Math.Sqrt(sum / (values.Length - 1));
    }

    /// <summary>The mean with Student's 95 % interval x̄ ± t·s/√n; its ends are NaN for fewer than two values.</summary>
    /// <param name="values">One value per independent run.</param>
    public static Interval MeanInterval(ReadOnlySpan<double> values)
    {
        double mean = Mean(values);
        if (values.Length < 2)
        {
            return new(mean, double.NaN, double.NaN);
        }

        double half = StudentT.Critical(values.Length - 1) * StandardDeviation(values) / Math.Sqrt(values.Length);
        return new(mean, mean - half, mean + half);
    }

    /// <summary>The mean of the paired differences <paramref name="left"/> − <paramref name="right"/> with Student's 95 % interval.</summary>
    /// <param name="left">One value per pair, for example the solve rate per seed of one method.</param>
    /// <param name="right">As many values, in the same order of seeds.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static Interval PairedDifference(ReadOnlySpan<double> left, ReadOnlySpan<double> right)
    {
        if (left.Length != right.Length)
        {
            throw new ArgumentException($"Pairs need two values each; found {left.Length} and {right.Length}.", nameof(right));
        }

        double[] differences = new double[left.Length];
        for (int i = 0; i < differences.Length; i++)
        {
            differences[i] = left[i] - right[i];
        }

        return MeanInterval(differences);
    }
}
