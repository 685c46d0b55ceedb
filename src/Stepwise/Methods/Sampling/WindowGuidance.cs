using Stepwise.Options;

namespace Stepwise.Methods.Sampling;

/// <summary>
/// The rule as the paper is read, in every training step: with r̄ the mean reward of the last m = min(T, k) training steps before this one and r this one's,
/// <code>ℓ ← clamp(round(ℓ (r̄ + ε) / (r + ε)), 1, ℓ_max),   ε = 10⁻⁸</code>
/// </summary>
/// <remarks>
/// Zero cases: r = 0 after rewards above 0 gives ℓ_max, no reward at all leaves the length as it is. Source: G²RPO-A, arXiv 2508.13023, as its independent
/// reproduction has it.
/// </remarks>
[Formula("ℓ ← clamp(round(ℓ (r̄ + ε) / (r + ε)), 1, ℓ_max), ε = 10⁻⁸")]
public sealed record WindowGuidance : AdaptiveGuidance
{
    private const double Epsilon = 1e-8;

    /// <summary>T, the training steps whose mean reward this one's is compared with; at least 1.</summary>
    [Key("training steps whose mean reward the newest is compared with", Unit = "training steps", Low = 1, High = 1_000_000)]
    public int GuidanceWindow { get; init; } = 2;

    /// <inheritdoc/>
    public override void Observe(double reward)
    {
        if (Rewards.Count > 0)
        {
            double scaled = Length * ((Rewards.Average() + Epsilon) / (reward + Epsilon));
            Length = (int)Math.Clamp(Math.Round(scaled, MidpointRounding.ToEven), 1, LongestGuidance);
        }

        Rewards.Add(reward);
        if (Rewards.Count > GuidanceWindow)
        {
            Rewards.RemoveAt(0);
        }
    }
}
