namespace Stepwise.Judging.Trained.Corruptions;

/// <summary>A step left out: the next one stands in its place, and uses a result that nothing gives.</summary>
public sealed record SkipCorruption : Corruption
{
    /// <inheritdoc/>
    public override string? Wrong(RightSolution solution, int step, ulong key)
    {
        if (step + 2 >= solution.Steps.Count || WrittenEquation.In(solution.Steps[step]) is not [.., var equation])
        {
            return null;
        }

        string given = solution.Problem.Question + string.Concat(solution.Steps.Take(step)), next = solution.Steps[step + 1];
        bool rests = WrittenEquation.In(next).Any(later => later.Operands.Contains(equation.Result, StringComparer.Ordinal));
        return rests && !given.Contains(equation.Result, StringComparison.Ordinal) ? next : null;
    }
}
