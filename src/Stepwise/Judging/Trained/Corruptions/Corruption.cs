using Stepwise.Options;
using Stepwise.Problems;

namespace Stepwise.Judging.Trained.Corruptions;

/// <summary>A right solution to corrupt.</summary>
/// <param name="Problem">Its problem.</param>
/// <param name="Steps">Its steps; the last one states the answer.</param>
public sealed record RightSolution(Problem Problem, IReadOnlyList<string> Steps);

/// <summary>A way in which a step goes wrong.</summary>
/// <remarks>
/// A trained judge learns from a trace up to its first wrong step, so that a corruption is that step alone: what would follow from it is not
/// needed. It must really be wrong: what exact arithmetic cannot tell from right is no corruption.
/// </remarks>
public abstract record Corruption
{
    /// <summary>How often it is drawn beside the others.</summary>
    [Key("how often it is drawn, relative to the others", Low = 0, High = 1000)]
    public double Weight { get; init; } = 1;

    /// <summary>A wrong step in the place of a right one, after right steps alone.</summary>
    /// <param name="solution">The right solution.</param>
    /// <param name="step">The step, counted from 0.</param>
    /// <param name="key">The random stream, see <see cref="CounterRandom"/>.</param>
    /// <returns>The step's text; <see langword="null"/> where this kind does not apply.</returns>
    public abstract string? Wrong(RightSolution solution, int step, ulong key);
}
