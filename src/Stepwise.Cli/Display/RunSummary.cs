using Stepwise.Runs;

namespace Stepwise.Cli.Display;

/// <summary>A run's last line.</summary>
internal static class RunSummary
{
    public static string Of(RunResult result) =>
        $"Held-out solve rate {Figures.Percent(result.SolveRateBefore)} before, {Figures.Percent(result.SolveRateAfter)} after "
        + $"{result.SolveRates[^1].Step} steps; {Figures.Time(TimeSpan.FromSeconds(result.Seconds))}, {result.TokensPerSecond:0} tokens/s.";
}
