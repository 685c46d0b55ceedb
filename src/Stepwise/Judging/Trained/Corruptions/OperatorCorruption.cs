namespace Stepwise.Judging.Trained.Corruptions;

/// <summary>A wrong operator, and the result that follows from it: <c>48/2 = 24</c> becomes <c>48*2 = 96</c>.</summary>
public sealed record OperatorCorruption : Corruption
{
    private const string Signs = "+-*/";

    /// <inheritdoc/>
    public override string? Wrong(RightSolution solution, int step, ulong key)
    {
        if (WrittenEquation.In(solution.Steps[step]) is not [.., var equation])
        {
            return null;
        }

        char[] operators = [.. equation.Operators];
        int place = CounterRandom.Integer(key, 0, operators.Length);
        char[] others = [.. Signs.Where(sign => sign != operators[place])];
        operators[place] = others[CounterRandom.Integer(key, 1, others.Length)];
        return equation.With(equation.Operands, operators);
    }
}
