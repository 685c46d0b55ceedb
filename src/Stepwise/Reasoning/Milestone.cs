namespace Stepwise.Reasoning;

/// <summary>
/// A milestone of a problem: something that its reference solution derives. The milestones of a problem are in the order of the solution, the
/// right final answer the last.
/// </summary>
/// <param name="Value">What is derived, for people.</param>
/// <param name="Needs">
/// The earlier milestones that it depends on, counted from 0: who reaches it has reached these too. Where nothing is known of that, it is the
/// one before.
/// </param>
public sealed record Milestone(string Value, IReadOnlyList<int> Needs);
