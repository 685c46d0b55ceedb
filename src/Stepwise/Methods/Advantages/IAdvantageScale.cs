namespace Stepwise.Methods.Advantages;

/// <summary>What a centred reward is divided by.</summary>
public interface IAdvantageScale
{
    /// <summary>The divisor of each group.</summary>
    /// <param name="rewards">The rewards of each group's counted rollouts.</param>
    /// <returns>A divisor per group, above 0.</returns>
    IReadOnlyList<double> Divisors(IReadOnlyList<double[]> rewards);
}
