namespace Stepwise.Methods.Advantages;

/// <summary>
/// The standard deviation of the rewards of all groups of the training step, and 10⁻⁴; without those that <see cref="PerStepAdvantage"/> and
/// <see cref="PerMilestoneAdvantage"/> credit themselves.
/// </summary>
public sealed record BatchDeviation : IAdvantageScale
{
    /// <inheritdoc/>
    public IReadOnlyList<double> Divisors(IReadOnlyList<double[]> rewards) =>
        [.. Enumerable.Repeat(GroupDeviation.Of([.. rewards.SelectMany(group => group)]) + GroupDeviation.Epsilon, rewards.Count)];
}
