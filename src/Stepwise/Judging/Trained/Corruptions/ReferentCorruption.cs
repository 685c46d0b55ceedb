namespace Stepwise.Judging.Trained.Corruptions;

/// <summary>A number of the question, or an earlier result, where another is meant, and the result that follows from it.</summary>
public sealed record ReferentCorruption : Corruption
{
    /// <inheritdoc/>
    public override string? Wrong(RightSolution solution, int step, ulong key)
    {
        if (WrittenEquation.In(solution.Steps[step]) is not [.., var equation])
        {
            return null;
        }

        string[] operands = [.. equation.Operands];
        int place = CounterRandom.Integer(key, 0, operands.Length);
        string[] others =
        [
            .. Numerals.In(solution.Problem.Question)
                .Concat(solution.Steps.Take(step).SelectMany(WrittenEquation.In).Select(earlier => earlier.Result))
                .Where(other => !operands.Any(operand => Numerals.Value(operand).Equals(Numerals.Value(other)))).Distinct(StringComparer.Ordinal),
        ];
        if (others.Length == 0)
        {
            return null;
        }

        operands[place] = others[CounterRandom.Integer(key, 1, others.Length)];
        return equation.With(operands, equation.Operators);
    }
}
