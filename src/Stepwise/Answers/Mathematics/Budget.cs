namespace Stepwise.Answers.Mathematics;

/// <summary>Counts the work of reading and comparing one pair of answers, and ends it beyond a bound.</summary>
internal sealed class Budget
{
    private const int MaxSteps = 200_000;

    private int _steps;

    /// <summary>Counts steps of roughly equal cost.</summary>
    /// <exception cref="OutOfBoundsException">There were too many.</exception>
    public void Spend(int steps = 1)
    {
        _steps += steps;
        if (_steps > MaxSteps)
        {
            throw new OutOfBoundsException("the comparison takes too many steps");
        }
    }
}
