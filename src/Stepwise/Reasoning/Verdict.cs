using Stepwise.Answers;

namespace Stepwise.Reasoning;

/// <summary>What a verifier can say of an answer.</summary>
public enum Correctness
{
    /// <summary>The verifier cannot say, or was not asked; the rollout is left out of the group's statistics and of training.</summary>
    Undecided,

    /// <summary>The answer is right.</summary>
    Correct,

    /// <summary>The answer is wrong or missing.</summary>
    Incorrect,
}

/// <summary>A verifier's word on one completion.</summary>
/// <param name="Correctness">Right, wrong, or cannot say.</param>
/// <param name="Answer">The answer as extracted, or <see langword="null"/> where none was found.</param>
/// <param name="Reason">Why, in one line for people.</param>
public readonly record struct Verdict(Correctness Correctness, string? Answer, string Reason)
{
    /// <summary>
    /// Numbers that the verifier gives beside its verdict, by name, all finite; a method may add some to the reward
    /// (<c>method.terms</c>). <see langword="null"/> for none.
    /// </summary>
    public IReadOnlyDictionary<string, double>? Rewards { get; init; }

    /// <summary>
    /// The first wrong step, counted from 1, where the verifier looked at steps too; 0 for none, <see langword="null"/> where it did not look.
    /// </summary>
    public int? FirstWrongStep { get; init; }

    /// <summary>What was read as the final answer, where the task reads numbers from prose.</summary>
    internal Reading Reading { get; init; }
}
