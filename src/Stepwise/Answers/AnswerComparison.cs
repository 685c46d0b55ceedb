namespace Stepwise.Answers;

/// <summary>Whether two answers are the same.</summary>
public enum Equivalence
{
    /// <summary>It cannot be said within the bounds of the comparison; never a guess.</summary>
    Undecided,

    /// <summary>They are the same.</summary>
    Equal,

    /// <summary>They are not the same.</summary>
    Different,
}

/// <summary>What a comparison of an answer with a reference answer found.</summary>
/// <param name="Outcome">Equal, different, or undecided.</param>
/// <param name="Reference">The reference answer as it was read.</param>
/// <param name="Answer">The answer as it was read; <see langword="null"/> where there is none.</param>
/// <param name="Reason">Why, in one line for people.</param>
public sealed record AnswerComparison(Equivalence Outcome, string Reference, string? Answer, string Reason);
