using Stepwise.Evaluation;
using Stepwise.Statistics;

namespace Stepwise.Cli.Display;

/// <summary>How numbers are written for people; one that is not known is a dash.</summary>
internal static class Figures
{
    public const string Unknown = "–";

    // From here on a number is written with its power of ten.
    private const double Long = 1e9;

    // Seconds; a thousand years is as good as never, and an estimate may be anything.
    private const double Longest = 3.2e10;

    /// <summary>A number with a fixed count of decimals, a very long one with its power of ten.</summary>
    public static string Fixed(double? number, int decimals) => number switch
    {
        null => Unknown,
        { } n when double.IsNaN(n) => "nan",
        { } n when double.IsInfinity(n) => n > 0 ? "inf" : "-inf",
        { } n when Math.Abs(n) >= Long => n.ToString("0.00e+0"),
        { } n => n.ToString(decimals == 0 ? "0" : "0." + new string('0', decimals)),
    };

    /// <summary>A share; one that is not known is a dash.</summary>
    public static string Percent(double? share) => share is { } known && double.IsFinite(known) ? $"{100 * known:0.0} %" : Unknown;

    /// <summary>A share with its interval, for example <c>31.2 % (28.4 to 34.1 %)</c>.</summary>
    public static string Percent(Interval share) => double.IsFinite(share.Low) && double.IsFinite(share.High)
        ? $"{Percent(share.Estimate)} ({100 * share.Low:0.0} to {Percent(share.High)})"
        : Percent(share.Estimate);

    /// <summary>A difference of shares in points, with its interval where it is known, for example <c>+1.3 (+0.4 to +2.3)</c>.</summary>
    public static string Points(Interval difference) => double.IsNaN(difference.Low)
        ? Signed(difference.Estimate)
        : $"{Signed(difference.Estimate)} ({Signed(difference.Low)} to {Signed(difference.High)})";

    public static string Time(TimeSpan time) => time.TotalHours < 1 ? $"{time:m\\:ss}" : $"{(long)time.TotalHours}:{time:mm\\:ss}";

    /// <summary>A time in seconds, of whatever size; one that is not known is a dash.</summary>
    public static string Time(double? seconds) =>
        seconds is not { } known || double.IsNaN(known) ? Unknown : Time(TimeSpan.FromSeconds(Math.Clamp(known, 0, Longest)));

    /// <summary>How long one of many things took, for example <c>3.2 ms</c>.</summary>
    public static string Each(double seconds) => seconds switch
    {
        < 1e-3 => $"{1e6 * seconds:0} µs",
        < 1 => $"{1e3 * seconds:0.0} ms",
        _ => $"{seconds:0.0} s",
    };

    /// <summary>A size, for example <c>269.1 MB</c>; a megabyte is a million bytes.</summary>
    public static string Bytes(double bytes) => bytes switch
    {
        < 1e3 => $"{bytes:0} B",
        < 1e6 => $"{bytes / 1e3:0.0} kB",
        < 1e9 => $"{bytes / 1e6:0.0} MB",
        _ => $"{bytes / 1e9:0.00} GB",
    };

    private static string Signed(double share) => $"{100 * share:+0.0;-0.0;0.0}";

    /// <summary>What an evaluation found, in one line.</summary>
    public static string Line(int step, EvaluationResult result) =>
        $"{(step == 0 ? "before training" : $"after {Counted.Of(step, "step")}")}: {Percent(result.SolveRate)} of samples solved, "
        + $"{Percent(result.Greedy.Estimate)} greedily; {Counted.Of(result.Problems, "held-out problem")}, {Counted.Of(result.Samples, "sample")} each";
}
