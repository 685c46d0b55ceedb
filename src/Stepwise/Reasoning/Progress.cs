namespace Stepwise.Reasoning;

/// <summary>What a step of a response is to its progress.</summary>
public enum StepLabel
{
    /// <summary>It reaches a milestone that was not reached before in this response.</summary>
    Progress,

    /// <summary>It is true or harmless and reaches nothing new: filler, repetition, the question once more, a detour.</summary>
    Idle,

    /// <summary>It is the first wrong one.</summary>
    Wrong,
}

/// <summary>
/// How far a response came on the way of its problem's milestones: P of K, each reached at a step, before it went wrong.
/// </summary>
/// <remarks>Build it with <see cref="MilestoneCount"/>, which follows what milestones depend on.</remarks>
public sealed record Progress
{
    /// <summary>Creates it.</summary>
    /// <param name="milestones">K, the number of the problem's milestones; at least 1.</param>
    /// <param name="reachedAt">
    /// The step at which each new milestone was reached, in rising order and counted from 1; a step that reaches several stands there as often.
    /// At most K, none above <paramref name="steps"/> or <paramref name="firstError"/>.
    /// </param>
    /// <param name="firstError">The step at which progress ends, in [1, H + 1].</param>
    /// <param name="steps">H, the number of steps of the response; at least 0.</param>
    /// <exception cref="ArgumentException">One is not as described.</exception>
    public Progress(int milestones, IReadOnlyList<int> reachedAt, int firstError, int steps)
    {
        ArgumentNullException.ThrowIfNull(reachedAt);
        ArgumentOutOfRangeException.ThrowIfLessThan(milestones, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(firstError, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)firstError, steps + 1L, nameof(firstError));
        if (reachedAt.Count > milestones || !reachedAt.Prepend(1).Zip(reachedAt).All(pair => pair.First <= pair.Second)
            || (reachedAt is [.., var last] && last > Math.Min(firstError, steps)))
        {
            throw new ArgumentException(
                $"Milestones are reached at [{string.Join(", ", reachedAt)}]; allowed are at most {milestones} steps in rising order, from 1 to "
                + $"{Math.Min(firstError, steps)}.", nameof(reachedAt));
        }

        (Milestones, ReachedAt, FirstError, Steps) = (milestones, reachedAt, firstError, steps);
    }

    /// <summary>K, the number of the problem's milestones.</summary>
    public int Milestones { get; }

    /// <summary>The step at which each new milestone was reached, in rising order; P is their number.</summary>
    public IReadOnlyList<int> ReachedAt { get; }

    /// <summary>
    /// The step at which progress ends; H + 1 if there is none. It is the judgement's first error but for a judge that names errors in
    /// hindsight: a step that is blamed only for what comes later ends no progress. A milestone may be reached in this very step, before
    /// what is wrong in it.
    /// </summary>
    public int FirstError { get; }

    /// <summary>H, the number of steps of the response.</summary>
    public int Steps { get; }

    /// <summary>P / K, the share of the milestones that was reached; in [0, 1].</summary>
    public double Share => ReachedAt.Count / (double)Milestones;

    /// <summary>The progress after the first <paramref name="given"/> steps: what was reached in them is neither reached nor left to reach.</summary>
    /// <param name="given">A number of steps that the response did not find itself, at least 0.</param>
    /// <returns>Of problems of which all milestones were given, 0 of 1.</returns>
    public Progress After(int given)
    {
        int[] reachedAt = [.. ReachedAt.Where(step => step > given).Select(step => step - given)];
        int steps = Math.Max(Steps - given, 0);
        return new(Math.Max(Milestones - ReachedAt.Count + reachedAt.Length, 1), reachedAt, Math.Clamp(FirstError - given, 1, steps + 1), steps);
    }

    /// <summary>What each step is, up to the one at which progress ends; what follows that has no label.</summary>
    public IEnumerable<StepLabel> Labels => Enumerable.Range(1, Math.Min(FirstError, Steps)).Select(step =>
        step == FirstError ? StepLabel.Wrong : ReachedAt.Contains(step) ? StepLabel.Progress : StepLabel.Idle);
}
