using Stepwise.Runs;

namespace Stepwise.Cli.Display;

/// <summary>A run's last line, and a second where its judge was asked in vain.</summary>
internal static class RunSummary
{
    public static string Of(RunResult result) =>
        $"Held-out solve rate {Figures.Percent(result.SolveRateBefore)} before, {Figures.Percent(result.SolveRateAfter)} after "
        + $"{Counted.Of(result.SolveRates[^1].Step, "step")}; {Figures.Time(TimeSpan.FromSeconds(result.Seconds))}, {result.TokensPerSecond:0} tokens/s."
        + (result.Judge is { Asked: > 0, Placed: 0 } judge
            ? $"{Environment.NewLine}The judge ({judge.Name}) placed none of {judge.Asked} responses, so that it taught nothing; stepwise show says why."
            : "");
}
