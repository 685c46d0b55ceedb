namespace Stepwise.Methods.Advantages;

/// <summary>The standard deviation of the group's rewards, and 10⁻⁴ (GRPO).</summary>
public sealed record GroupDeviation : IAdvantageScale
{
    /// <summary>Keeps the division finite; in units of reward. TRL's value.</summary>
    public const double Epsilon = 1e-4;

    /// <inheritdoc/>
    public IReadOnlyList<double> Divisors(IReadOnlyList<double[]> rewards) => [.. rewards.Select(group => Of(group) + Epsilon)];

    /// <summary>Sample standard deviation (divisor n − 1); 0 for fewer than two values.</summary>
    internal static double Of(double[] values)
    {
        double mean = values.Length == 0 ? 0.0 : values.Average();
        return values.Length < 2 ? 0.0 : Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Length - 1));
    }
}
