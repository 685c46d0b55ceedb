namespace Stepwise.Problems;

/// <summary>Parts of problem sets.</summary>
internal static class ProblemLists
{
    /// <summary>The first problems.</summary>
    /// <param name="problems">The problems.</param>
    /// <param name="count">How many at most; 0 for all.</param>
    public static IReadOnlyList<Problem> AtMost(this IReadOnlyList<Problem> problems, int count) =>
        count == 0 || count >= problems.Count ? problems : [.. problems.Take(count)];

    /// <summary>The problems of which is said that they are at most so hard.</summary>
    /// <param name="problems">The problems.</param>
    /// <param name="difficulty">The most, or <see langword="null"/> for all problems.</param>
    /// <param name="path">The file that they are from.</param>
    /// <param name="unsaid">What to tell where no problem says its difficulty.</param>
    /// <exception cref="InputException">There is none.</exception>
    public static IReadOnlyList<Problem> UpTo(this IReadOnlyList<Problem> problems, double? difficulty, string path, string unsaid)
    {
        Problem[] left = [.. problems.Where(problem => difficulty is null || problem.Difficulty <= difficulty)];
        return left.Length > 0 ? left : throw new InputException(
            $"{path}: task.maxDifficulty is {difficulty}, and none of its {Counted.Of(problems.Count, "problem")} is so easy: " + (
                problems.Min(problem => problem.Difficulty) is { } easiest
                    ? $"the easiest has {easiest}."
                    : $"the difficulty of none is said; {unsaid}."));
    }
}
