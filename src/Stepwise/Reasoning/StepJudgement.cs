namespace Stepwise.Reasoning;

/// <summary>What a judge said of a response.</summary>
public enum JudgementOutcome
{
    /// <summary>The judge cannot say; never a guess.</summary>
    NoJudgement,

    /// <summary>A first wrong step was found.</summary>
    ErrorFound,

    /// <summary>Every step is right.</summary>
    NoError,
}

/// <summary>What a judgement cost.</summary>
/// <param name="Calls">Calls of a model; 0 for a judge that needs none.</param>
/// <param name="Tokens">Tokens read and written by that model.</param>
public readonly record struct JudgeCost(int Calls, long Tokens);

/// <summary>A step judge's word on one response: the first wrong step h of H steps, and the milestones it reached.</summary>
public sealed record StepJudgement
{
    private StepJudgement(JudgementOutcome outcome, int steps, int firstError, string reason, JudgeCost cost)
    {
        Outcome = outcome;
        Steps = steps;
        FirstError = firstError;
        Reason = reason;
        Cost = cost;
    }

    /// <summary>Whether an error was found, none, or the judge cannot say.</summary>
    public JudgementOutcome Outcome { get; }

    /// <summary>H, the number of steps of the response; 0 without judgement.</summary>
    public int Steps { get; }

    /// <summary>h, the first wrong step counted from 1; H + 1 if every step is right; 0 without judgement.</summary>
    public int FirstError { get; }

    /// <summary>Why, in one line for people.</summary>
    public string Reason { get; }

    /// <summary>What the judgement cost.</summary>
    public JudgeCost Cost { get; }

    /// <summary>
    /// How far the response came on the way of the problem's milestones; <see langword="null"/> where the judge knows none. It may be known
    /// where the first error is not.
    /// </summary>
    public Progress? Progress { get; init; }

    /// <summary>
    /// How sure the judge is of the place, in [0, 1]: of several votes the share that agree, else a probability; <see langword="null"/> where it does not say.
    /// </summary>
    public double? Confidence { get; init; }

    /// <summary>Step <paramref name="firstError"/> of <paramref name="steps"/> is the first wrong one.</summary>
    /// <param name="firstError">h in [1, <paramref name="steps"/>].</param>
    /// <param name="steps">H, at least 1.</param>
    /// <param name="reason">Why it is wrong.</param>
    /// <param name="cost">What the judgement cost.</param>
    public static StepJudgement Error(int firstError, int steps, string reason, JudgeCost cost = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(firstError, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(firstError, steps);
        return new(JudgementOutcome.ErrorFound, steps, firstError, reason, cost);
    }

    /// <summary>All <paramref name="steps"/> steps are right.</summary>
    /// <param name="steps">H, at least 0.</param>
    /// <param name="reason">Why the judge is content.</param>
    /// <param name="cost">What the judgement cost.</param>
    public static StepJudgement NoError(int steps, string reason, JudgeCost cost = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(steps);
        return new(JudgementOutcome.NoError, steps, steps + 1, reason, cost);
    }

    /// <summary>The judgement of what follows the first <paramref name="given"/> steps, counted from there.</summary>
    /// <param name="given">g, a number of steps that the response did not find itself; in [0, H].</param>
    /// <returns>The same outcome with h − g of H − g; without judgement the same.</returns>
    /// <remarks>An error in a given step stands at the first one after it; where none follows, nothing is wrong in nothing.</remarks>
    public StepJudgement After(int given)
    {
        if (given == 0)
        {
            return this;
        }

        int own = Math.Max(Steps - given, 0);
        StepJudgement rest = Outcome switch
        {
            JudgementOutcome.ErrorFound when own > 0 => Error(Math.Max(FirstError - given, 1), own, Reason, Cost),
            JudgementOutcome.NoJudgement => None(Reason, Cost),
            _ => NoError(own, Reason, Cost),
        };
        return rest with { Progress = Progress?.After(given), Confidence = Confidence };
    }

    /// <summary>The judge cannot say.</summary>
    /// <param name="reason">Why not.</param>
    /// <param name="cost">What the attempt cost.</param>
    public static StepJudgement None(string reason, JudgeCost cost = default) =>
        new(JudgementOutcome.NoJudgement, 0, 0, reason, cost);
}
