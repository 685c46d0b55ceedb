namespace Stepwise;

/// <summary>A number and what it counts, for people.</summary>
public static class Counted
{
    /// <summary>1 sample, 2 samples.</summary>
    /// <param name="count">The number.</param>
    /// <param name="noun">What it counts, in the singular; its plural ends in s.</param>
    public static string Of(long count, string noun) => count == 1 ? $"1 {noun}" : $"{count} {noun}s";
}
