using Stepwise.Options;

namespace Stepwise.Methods.Losses;

/// <summary>A token's weight by its probability π: clip(f(π), L, U) (<see cref="TrGrpo"/>).</summary>
public abstract record TokenShape : IChecked
{
    /// <summary>α, the height of the sigmoid; above 0.</summary>
    [Key("height of the sigmoid of a token's weight", Low = 0, AboveLow = true, High = 1e6)]
    public double ShapeHeight { get; init; } = 2.0;

    /// <summary>τ; above 0.</summary>
    [Key("constant tau of the sigmoid of a token's weight", Low = 0, AboveLow = true, High = 1e6)]
    public double ShapeSteepness { get; init; } = 9.0;

    /// <summary>μ, in [0, 1].</summary>
    [Key("constant mu of the sigmoid of a token's weight", Low = 0, High = 1)]
    public double ShapeCentre { get; init; } = 0.25;

    /// <summary>L, the least weight; at least 0.</summary>
    [Key("least weight of a token", Low = 0, High = 1e6)]
    public double LeastWeight { get; init; } = 1.0;

    /// <summary>U, the most weight; at least L.</summary>
    [Key("most weight of a token", Low = 0, High = 1e6)]
    public double MostWeight { get; init; } = 1.4;

    /// <summary>The weight.</summary>
    /// <param name="probability">π in [0, 1].</param>
    /// <returns>In [L, U]; NaN for NaN.</returns>
    public double Weight(double probability) => Math.Clamp(Raw(probability), LeastWeight, MostWeight);

    /// <inheritdoc/>
    public void Check()
    {
        if (MostWeight < LeastWeight)
        {
            throw new OptionException(nameof(MostWeight), $" is {MostWeight}; allowed is at least method.leastWeight, {LeastWeight}.");
        }
    }

    /// <summary>f(π).</summary>
    /// <param name="probability">π in [0, 1].</param>
    protected abstract double Raw(double probability);

    /// <summary>1 / (1 + e⁻ˣ).</summary>
    private protected static double Sigmoid(double x) => 1.0 / (1.0 + Math.Exp(-x));
}
