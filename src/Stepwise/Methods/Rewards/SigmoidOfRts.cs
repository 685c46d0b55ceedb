using Stepwise.Options;

namespace Stepwise.Methods.Rewards;

/// <summary><c>1 / (1 + exp(−β(RTS − γ)))</c> (the paper).</summary>
/// <remarks>
/// Source: arXiv 2505.11595, equation 2. The paper gives "10 and 0.5" without saying which is β; 10 and 0.5 in this order is our reading.
/// </remarks>
[Formula("1 / (1 + exp(−β(RTS − γ)))")]
public sealed record SigmoidOfRts : IRtsShaping
{
    /// <summary>β, the steepness of the sigmoid; above 0.</summary>
    [Key("steepness of the sigmoid", Low = 0, AboveLow = true, High = 1e6)]
    public double Beta { get; init; } = 10.0;

    /// <summary>γ, the RTS that earns 1/2; above 0.</summary>
    [Key("RTS that earns a reward of 1/2", Low = 0, AboveLow = true, High = 1e6)]
    public double Gamma { get; init; } = 0.5;

    /// <inheritdoc/>
    public double Reward(double rts) => 1.0 / (1.0 + Math.Exp(-Beta * (rts - Gamma)));
}
