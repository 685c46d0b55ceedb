using Stepwise.Rollouts;

namespace Stepwise.Methods.Rewards;

/// <summary>What a tree search found the trained step of a rollout worth (<see cref="Rollout.SearchValue"/>); a rollout without is not counted.</summary>
/// <remarks>A method whose scheme searches no tree is refused, as nothing would train. Source: arXiv 2405.00451.</remarks>
public sealed record SearchReward : IRewardShaper
{
    private static readonly OutcomeReward Outcome = new();

    /// <inheritdoc/>
    public bool AsksJudge => false;

    /// <inheritdoc/>
    public bool NeedsSearch => true;

    /// <inheritdoc/>
    public bool WantsJudgement(Group group, Rollout rollout, int step) => false;

    /// <inheritdoc/>
    public void Shape(Group group, int step)
    {
        Outcome.Shape(group, step);
        foreach (Rollout rollout in group.Rollouts)
        {
            rollout.Reward = rollout.SearchValue ?? 0;
            rollout.Counted &= rollout.SearchValue is not null;
        }
    }
}
