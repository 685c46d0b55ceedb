namespace Stepwise.Problems;

/// <summary>Parts of problem sets.</summary>
internal static class ProblemLists
{
    /// <summary>The first problems.</summary>
    /// <param name="problems">The problems.</param>
    /// <param name="count">How many at most; 0 for all.</param>
    public static IReadOnlyList<Problem> AtMost(this IReadOnlyList<Problem> problems, int count) =>
        count == 0 || count >= problems.Count ? problems : [.. problems.Take(count)];
}
