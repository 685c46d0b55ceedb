namespace Stepwise.Methods.Advantages;

/// <summary>Nothing (Dr.GRPO).</summary>
public sealed record NoScale : IAdvantageScale
{
    /// <inheritdoc/>
    public IReadOnlyList<double> Divisors(IReadOnlyList<double[]> rewards) => [.. Enumerable.Repeat(1.0, rewards.Count)];
}
