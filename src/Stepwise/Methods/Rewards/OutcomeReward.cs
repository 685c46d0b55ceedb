using Stepwise.Rollouts;

namespace Stepwise.Methods.Rewards;

/// <summary>The verdict as a reward: 1 for a right answer, 0 for a wrong one.</summary>
/// <remarks>Rollouts that failed or that the verifier could not decide are not counted; their reward is 0.</remarks>
public sealed record OutcomeReward : IRewardShaper
{
    /// <inheritdoc/>
    public bool AsksJudge => false;

    /// <inheritdoc/>
    public bool WantsJudgement(Group group, Rollout rollout, int step) => false;

    /// <inheritdoc/>
    public void Shape(Group group, int step)
    {
        group.Coloured = group.ByProgress = false;
        foreach (Rollout rollout in group.Rollouts)
        {
            rollout.Reward = rollout.Correct ? 1.0 : 0.0;
            rollout.Rts = null;
            rollout.Counted = rollout.Decided;
        }
    }
}
