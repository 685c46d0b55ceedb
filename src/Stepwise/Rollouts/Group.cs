using Stepwise.Problems;

namespace Stepwise.Rollouts;

/// <summary>The rollouts of one problem, sampled together.</summary>
/// <param name="problem">The problem.</param>
/// <param name="prompt">The prompt's token ids.</param>
/// <param name="rollouts">The G rollouts.</param>
public sealed class Group(Problem problem, int[] prompt, IReadOnlyList<Rollout> rollouts)
{
    /// <summary>The problem.</summary>
    public Problem Problem { get; } = problem;

    /// <summary>The prompt's token ids.</summary>
    public int[] Prompt { get; } = prompt;

    /// <summary>The G rollouts.</summary>
    public IReadOnlyList<Rollout> Rollouts { get; } = rollouts;

    /// <summary>Number of steps of the reference solution, its answer line counted; 0 where the problem has none.</summary>
    public int ReferenceSteps { get; set; }

    /// <summary>
    /// Whether the judge placed wrong answers of this group and the rewards of its right and placed answers differ; any group, mixed or all
    /// wrong.
    /// </summary>
    public bool Coloured { get; set; }

    /// <summary>Whether the RTS of its rollouts count milestones of the reference solution; steps otherwise, or there is none.</summary>
    public bool ByProgress { get; set; }

    /// <summary>Whether at least one answer was decided and all decided ones are wrong.</summary>
    public bool AllNegative => Rollouts.Any(r => r.Incorrect) && !Rollouts.Any(r => r.Correct);

    /// <summary>Whether at least one answer was decided and all decided ones are right.</summary>
    public bool AllPositive => Rollouts.Any(r => r.Correct) && !Rollouts.Any(r => r.Incorrect);

    /// <summary>Whether no rollout trains with signal; known once the step's batch is assembled.</summary>
    public bool Dead => !Rollouts.Any(r => r.SignalTokens > 0);

    /// <summary>Whether rewards of those that the loss is a mean over differ, or one of them has an advantage; known once advantages are.</summary>
    public bool Unequal => Rollouts.Any(r => r.InLoss && (r.HasAdvantage || r.Reward != Rollouts.First(other => other.InLoss).Reward));

    /// <summary>A group of the same problem with other rollouts, none of them shaped yet.</summary>
    /// <param name="rollouts">The rollouts, each of this group or of another of the problem.</param>
    public Group With(IReadOnlyList<Rollout> rollouts) => new(Problem, Prompt, rollouts) { ReferenceSteps = ReferenceSteps };

    /// <summary>Says of every rollout that the selection did not leave out where it ends up, see <see cref="Disposition"/>.</summary>
    /// <param name="keepSilent">
    /// Whether counted rollouts without an advantage train too; where the loss gives them no gradient they need not, as its denominators count
    /// them all the same.
    /// </param>
    public void Settle(bool keepSilent)
    {
        bool dead = !Rollouts.Any(r => r.InLoss && r.HasAdvantage);
        foreach (Rollout rollout in Rollouts.Where(r => !r.LeftOut))
        {
            rollout.Disposition = rollout switch
            {
                { Failed: true } => Disposition.Failed,
                { Decided: false } => Disposition.Undecided,
                { Counted: true } when keepSilent || rollout.HasAdvantage => Disposition.Trained,
                _ when dead && AllNegative => Disposition.AllNegativeGroup,
                _ when dead && AllPositive => Disposition.AllPositiveGroup,
                _ when !dead && rollout.Unplaced => Disposition.NoJudgement,
                _ => Disposition.Filtered,
            };
        }
    }
}
