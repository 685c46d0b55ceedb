using Stepwise.Evaluation;

namespace Stepwise.Cli.Display;

/// <summary>How numbers are written for people.</summary>
internal static class Figures
{
    public static string Percent(double share) => $"{100 * share:0.0} %";

    /// <summary>A share with its interval, for example <c>31.2 % (28.4 to 34.1 %)</c>.</summary>
    public static string Percent(Interval share) => $"{Percent(share.Estimate)} ({100 * share.Low:0.0} to {Percent(share.High)})";

    public static string Time(TimeSpan time) => time.TotalHours < 1 ? $"{time:m\\:ss}" : $"{(int)time.TotalHours}:{time:mm\\:ss}";

    /// <summary>What an evaluation found, in one line.</summary>
    public static string Line(int step, EvaluationResult result) =>
        $"{(step == 0 ? "before training" : $"after {step} steps")}: {Percent(result.SolveRate)} of samples solved, "
        + $"{Percent(result.Greedy.Estimate)} greedily; {result.Problems} held-out problems, {result.Samples} samples each";
}
