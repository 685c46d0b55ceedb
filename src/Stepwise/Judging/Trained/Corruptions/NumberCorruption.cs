namespace Stepwise.Judging.Trained.Corruptions;

/// <summary>A wrong result: near the right one, with a digit changed, or ten times as large. <c>48/2 = 24</c> becomes <c>48/2 = 26</c>.</summary>
public sealed record NumberCorruption : Corruption
{
    /// <inheritdoc/>
    public override string? Wrong(RightSolution solution, int step, ulong key)
    {
        IReadOnlyList<WrittenEquation> equations = WrittenEquation.In(solution.Steps[step]);
        return equations.Count == 0 ? null : equations[^1].WithResult(Slips.Of(equations[^1].Result, key));
    }
}
