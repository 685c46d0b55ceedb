using Stepwise.Problems;
using Stepwise.Rollouts;

namespace Stepwise.Methods.Sampling;

/// <summary>Says which problems a training step takes of those that come; the others are passed over, and come again in the next epoch.</summary>
public interface IProblemChoice
{
    /// <summary>Whether it goes by <see cref="Problem.Difficulty"/>: where no problem has one, a run is refused.</summary>
    bool NeedsDifficulty => false;

    /// <summary>Which problems are taken in a training step; <see langword="null"/> for all. Where a whole epoch has none, all are.</summary>
    /// <param name="problems">The training problems.</param>
    /// <param name="progress">How much of the run lies before the training step, in [0, 1).</param>
    Func<Problem, bool>? Wanted(IReadOnlyList<Problem> problems, double progress);

    /// <summary>Learns from a training step; nothing, unless implemented.</summary>
    /// <param name="groups">All groups that were drawn for it, with verdicts: also samples that later draws replaced.</param>
    void Observe(IReadOnlyList<Group> groups)
    {
    }
}

/// <summary>Every problem.</summary>
public sealed record AllProblems : IProblemChoice
{
    /// <inheritdoc/>
    public Func<Problem, bool>? Wanted(IReadOnlyList<Problem> problems, double progress) => null;
}
