namespace Stepwise.Judging.Trained.Corruptions;

/// <summary>A wrong final answer: an earlier result, or the right one copied wrong.</summary>
public sealed record AnswerCorruption : Corruption
{
    /// <inheritdoc/>
    public override string? Wrong(RightSolution solution, int step, ulong key)
    {
        if (step + 1 < solution.Steps.Count)
        {
            return null;
        }

        string[] earlier = [.. solution.Steps.Take(step).SelectMany(WrittenEquation.In).Select(equation => equation.Result).Distinct(StringComparer.Ordinal)];
        string other = earlier.Length > 0 && CounterRandom.Integer(key, 0, 2) == 0
            ? earlier[CounterRandom.Integer(key, 1, earlier.Length)]
            : Numerals.Last(solution.Steps[^1]) is { } right ? Slips.Of(right, CounterRandom.Key(key, 2)) : "";
        return Numerals.WithLast(solution.Steps[^1], other);
    }
}
