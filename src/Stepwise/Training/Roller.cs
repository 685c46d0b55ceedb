using Stepwise.Rollouts;

namespace Stepwise.Training;

/// <summary>Carries out the draws of one training step; a group is verified and judged while others are still drawn.</summary>
/// <param name="step">The training step, counted from 1.</param>
/// <param name="clock">Gets the time of drawing, verifying and judging.</param>
internal abstract class Roller(int step, StepClock clock) : IRoller
{
    private readonly List<Group> _rolled = [];

    /// <summary>The training step, counted from 1.</summary>
    protected int Step { get; } = step;

    /// <summary>Rollouts of the draws so far.</summary>
    protected int Rolled => _rolled.Sum(group => group.Rollouts.Count);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<Group>> RollAsync(IReadOnlyList<Draw> draws, CancellationToken cancellationToken)
    {
        if (draws.Count == 0)
        {
            return [];
        }

        DrawnGroup[] drawn = await DrawAsync(draws, cancellationToken).ConfigureAwait(false);
        clock.Lap(Phase.Sample);

        // What a verifier or a diverged sample throws surfaces with its group's judging, when nothing goes on any more.
        await Task.WhenAll(drawn.Select(s => s.Verified)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        clock.Lap(Phase.Verify);

        await Task.WhenAll(drawn.Select(s => s.Judged)).ConfigureAwait(false);
        clock.Lap(Phase.Judge);

        Group[] groups = [.. drawn.Select(s => s.Group)];
        _rolled.AddRange(groups);
        return groups;
    }

    /// <summary>Groups of the step of which rollouts are in none of those that it learns from; these rollouts are replaced.</summary>
    /// <param name="kept">The groups that the step learns from.</param>
    /// <exception cref="RunException">
    /// Every sample of the step failed: whatever samples is broken, and going on would end as if all were well.
    /// </exception>
    public IReadOnlyList<Group> Replaced(IReadOnlyList<Group> kept)
    {
        Rollout[] all = [.. _rolled.SelectMany(g => g.Rollouts)];
        if (all.Length > 0 && Array.TrueForAll(all, r => r.Failed))
        {
            throw new RunException($"Training step {Step}: all of its {all.Length} samples failed, the first because {all[0].Verdict.Reason}.");
        }

        HashSet<Rollout> used = [.. kept.SelectMany(g => g.Rollouts)];
        Group[] replaced = [.. _rolled
            .Select(g => g.With([.. g.Rollouts.Where(r => !used.Contains(r))]))
            .Where(g => g.Rollouts.Count > 0)];
        foreach (Rollout rollout in replaced.SelectMany(g => g.Rollouts))
        {
            rollout.LeaveOut(rollout.Failed ? Disposition.Failed : Disposition.Replaced);
        }

        return replaced;
    }

    /// <summary>Draws the groups, and begins the work on each as soon as it is drawn.</summary>
    /// <param name="draws">What to draw.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    protected abstract ValueTask<DrawnGroup[]> DrawAsync(IReadOnlyList<Draw> draws, CancellationToken cancellationToken);

    /// <summary>A group that is drawn, and the work on it that may still go on.</summary>
    protected sealed record DrawnGroup(Group Group, Task Verified, Task Judged);
}
