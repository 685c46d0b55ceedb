namespace Stepwise.Judging.Trained.Corruptions;

/// <summary>The answer too early: what the last step derived is given as the answer while steps are still to come.</summary>
public sealed record PrematureCorruption : Corruption
{
    /// <inheritdoc/>
    public override string? Wrong(RightSolution solution, int step, ulong key) =>
        step > 0 && step + 1 < solution.Steps.Count && WrittenEquation.In(solution.Steps[step - 1]) is [.., var equation]
            ? Numerals.WithLast(solution.Steps[^1], equation.Result)
            : null;
}
