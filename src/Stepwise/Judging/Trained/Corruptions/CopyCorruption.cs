namespace Stepwise.Judging.Trained.Corruptions;

/// <summary>An operand copied wrong, and the result that follows from it: <c>48/2 = 24</c> becomes <c>46/2 = 23</c>.</summary>
public sealed record CopyCorruption : Corruption
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
        operands[place] = Slips.Of(operands[place], CounterRandom.Key(key, 1));
        return equation.With(operands, equation.Operators);
    }
}
