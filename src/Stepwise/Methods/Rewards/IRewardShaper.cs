using Stepwise.Rollouts;

namespace Stepwise.Methods.Rewards;

/// <summary>Turns verdicts and judgements into rewards.</summary>
public interface IRewardShaper
{
    /// <summary>Whether there are rollouts it asks a judge about.</summary>
    bool AsksJudge { get; }

    /// <summary>Whether it goes by what a scheme that searches found (<see cref="Sampling.ISamplingScheme.Searches"/>); not, unless implemented.</summary>
    bool NeedsSearch => false;

    /// <summary>Whether the judge is to be asked about a rollout; called for several groups side by side, on any thread.</summary>
    /// <param name="group">Its group, with verdicts.</param>
    /// <param name="rollout">The rollout.</param>
    /// <param name="step">The training step, counted from 1.</param>
    bool WantsJudgement(Group group, Rollout rollout, int step);

    /// <summary>Learns from a training step, once, before its groups are shaped; nothing, unless implemented.</summary>
    /// <param name="groups">The groups that the step learns from, with verdicts.</param>
    /// <param name="step">The training step, counted from 1.</param>
    void Learn(IReadOnlyList<Group> groups, int step)
    {
    }

    /// <summary>
    /// Sets <see cref="Rollout.Reward"/>, <see cref="Rollout.Rts"/>, <see cref="Rollout.Counted"/>, <see cref="Group.Coloured"/> and
    /// <see cref="Group.ByProgress"/>.
    /// </summary>
    /// <param name="group">A group with verdicts and the judgements asked for.</param>
    /// <param name="step">The training step, counted from 1.</param>
    void Shape(Group group, int step);
}
