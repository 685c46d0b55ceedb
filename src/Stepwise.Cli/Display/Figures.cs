using Stepwise.Evaluation;

namespace Stepwise.Cli.Display;

/// <summary>How numbers are written for people.</summary>
internal static class Figures
{
    public static string Percent(double share) => $"{100 * share:0.0} %";

    /// <summary>A share with its interval, for example <c>31.2 % (28.4 to 34.1 %)</c>.</summary>
    public static string Percent(Interval share) => $"{Percent(share.Estimate)} ({100 * share.Low:0.0} to {Percent(share.High)})";

    public static string Time(TimeSpan time) => time.TotalHours < 1 ? $"{time:m\\:ss}" : $"{(int)time.TotalHours}:{time:mm\\:ss}";

    /// <summary>A size, for example <c>269.1 MB</c>; a megabyte is a million bytes.</summary>
    public static string Bytes(double bytes) => bytes switch
    {
        < 1e3 => $"{bytes:0} B",
        < 1e6 => $"{bytes / 1e3:0.0} kB",
        < 1e9 => $"{bytes / 1e6:0.0} MB",
        _ => $"{bytes / 1e9:0.00} GB",
    };

    /// <summary>What an evaluation found, in one line.</summary>
    public static string Line(int step, EvaluationResult result) =>
        $"{(step == 0 ? "before training" : $"after {step} steps")}: {Percent(result.SolveRate)} of samples solved, "
        + $"{Percent(result.Greedy.Estimate)} greedily; {result.Problems} held-out problems, {result.Samples} samples each";
}
