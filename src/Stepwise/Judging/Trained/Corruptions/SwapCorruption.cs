namespace Stepwise.Judging.Trained.Corruptions;

/// <summary>Two operands exchanged, and the result that follows from it: <c>12/60 = 0.2</c> becomes <c>60/12 = 5</c>.</summary>
public sealed record SwapCorruption : Corruption
{
    /// <inheritdoc/>
    public override string? Wrong(RightSolution solution, int step, ulong key)
    {
        if (WrittenEquation.In(solution.Steps[step]) is not [.., var equation])
        {
            return null;
        }

        string[] operands = [.. equation.Operands];
        int place = CounterRandom.Integer(key, 0, operands.Length - 1);
        (operands[place], operands[place + 1]) = (operands[place + 1], operands[place]);
        return equation.With(operands, equation.Operators);
    }
}
