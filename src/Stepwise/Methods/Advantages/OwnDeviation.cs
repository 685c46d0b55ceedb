using Stepwise.Rollouts;

namespace Stepwise.Methods.Advantages;

/// <summary>
/// The method's own reward, without the terms, by its deviation in the group, and 10⁻⁴: terms then say what is preferred, not what is reinforced.
/// </summary>
public sealed record OwnDeviation : IAdvantageScale
{
    private static readonly GroupDeviation Group = new();

    /// <inheritdoc/>
    public double[] Rewards(Group group) =>
        [.. group.Rollouts.Where(r => r.Counted).Select(r => r.RewardParts.Count > 0 ? r.RewardParts[0].Value ?? 0 : r.Reward)];

    /// <inheritdoc/>
    public IReadOnlyList<double> Divisors(IReadOnlyList<double[]> rewards) => Group.Divisors(rewards);
}
