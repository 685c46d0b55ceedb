using Stepwise.Rollouts;

namespace Stepwise.Methods.Advantages;

/// <summary>What a centred reward is divided by.</summary>
public interface IAdvantageScale
{
    /// <summary>What the counted rollouts of a group are compared by, in their order: their rewards, unless implemented.</summary>
    /// <param name="group">A group with rewards.</param>
    double[] Rewards(Group group) => [.. group.Rollouts.Where(r => r.Counted).Select(r => r.Reward)];

    /// <summary>The divisor of each group.</summary>
    /// <param name="rewards">What <see cref="Rewards"/> gave of each group.</param>
    /// <returns>A divisor per group, above 0.</returns>
    IReadOnlyList<double> Divisors(IReadOnlyList<double[]> rewards);
}
