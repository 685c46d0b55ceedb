using Stepwise.Rollouts;

namespace Stepwise.Methods.Advantages;

/// <summary>Turns rewards (and judgements) of groups into per-token advantages.</summary>
public interface IAdvantageEstimator
{
    /// <summary>
    /// Whether it looks at the steps of right answers too, where wrong ones of their group are judged; only at wrong ones, unless implemented.
    /// </summary>
    bool ComparesRightAnswers => false;

    /// <summary>Whether it reads judgements, so that a method needs a reward that asks a judge; it does not, unless implemented.</summary>
    bool NeedsJudge => false;

    /// <summary>Whether the judge is asked about every rollout with a verdict, for constraints on its steps; it is not, unless implemented.</summary>
    bool AsksJudge => false;

    /// <summary>Whether advantages follow rewards in every group, so that terms of the reward have a meaning; they do, unless implemented.</summary>
    bool FollowsRewards => true;

    /// <summary>
    /// Fills <see cref="Rollout.Advantages"/>, and <see cref="Rollout.Mask"/> where credit ends early, of every rollout of the step.
    /// Rollouts that are not <see cref="Rollout.Counted"/> get 0 and enter no mean.
    /// </summary>
    /// <param name="groups">All groups of the training step.</param>
    void Estimate(IReadOnlyList<Group> groups);
}
