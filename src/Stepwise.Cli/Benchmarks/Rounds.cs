using System.Diagnostics;
using Stepwise.Engine.Kernels;

namespace Stepwise.Cli.Benchmarks;

/// <summary>A rate and the peak measured right before and after it, in 10⁹ floating-point operations per second.</summary>
/// <param name="Gflops">The rate.</param>
/// <param name="PeakGflops">The mean of the two peaks.</param>
internal readonly record struct Round(double Gflops, double PeakGflops);

/// <summary>Measures on a machine that others use too: each rate stands between two measurements of the peak.</summary>
internal static class Rounds
{
    /// <summary>Runs of which a short measurement takes the best, so that other processes disturb rate and peak alike.</summary>
    public const int Runs = 3;

    private const int MinRounds = 3;
    private const int MaxRounds = 9;
    private const double EnoughSeconds = 2;

    /// <summary>Warms up once, measures 3 to 9 rounds as time allows, and returns the one of the median share of peak.</summary>
    /// <param name="threads">Number of threads of the peak.</param>
    /// <param name="rate">Does the work once and returns its rate.</param>
    /// <param name="cancellationToken">Stops between two rounds.</param>
    public static Round Median(int threads, Func<double> rate, CancellationToken cancellationToken) =>
        Median(threads, rate, r => r, cancellationToken).Round;

    /// <summary>As above, of work that measures more than its rate.</summary>
    /// <param name="threads">Number of threads of the peak.</param>
    /// <param name="work">Does the work once and returns what it measured.</param>
    /// <param name="rate">Its rate.</param>
    /// <param name="cancellationToken">Stops between two rounds.</param>
    public static (T Measured, Round Round) Median<T>(
        int threads, Func<T> work, Func<T, double> rate, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        work();
        List<(T Measured, Round Round)> rounds = new(MaxRounds);
        double before = FmaPeak.Measure(threads, Runs);
        long start = Stopwatch.GetTimestamp();
        while (rounds.Count < MinRounds
            || (rounds.Count < MaxRounds && Stopwatch.GetElapsedTime(start).TotalSeconds < EnoughSeconds))
        {
            cancellationToken.ThrowIfCancellationRequested();
            T measured = work();
            double after = FmaPeak.Measure(threads, Runs);
            rounds.Add((measured, new(rate(measured), (before + after) / 2)));
            before = after;
        }

        return rounds.OrderBy(r => r.Round.Gflops / r.Round.PeakGflops).ElementAt((rounds.Count - 1) / 2);
    }
}
