namespace Stepwise.Runs;

/// <summary>A part of a run's reward (<c>terms.NAME</c>) at its beginning and its end: means over up to <see cref="Steps"/> training steps.</summary>
/// <param name="Name">The part: <c>reward</c> for the method's reward, else a term.</param>
/// <param name="MeanFirst">Mean of its values over counted samples, in the first training steps.</param>
/// <param name="DeviationFirst">Their sample standard deviation.</param>
/// <param name="MeanLast">The same mean in the last training steps.</param>
/// <param name="DeviationLast">The same deviation in the last training steps.</param>
public sealed record RewardPartTrend(string Name, double MeanFirst, double DeviationFirst, double MeanLast, double DeviationLast)
{
    /// <summary>Training steps at either end.</summary>
    public const int Steps = 10;
}
