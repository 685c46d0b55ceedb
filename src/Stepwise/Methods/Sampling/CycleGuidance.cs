using Stepwise.Options;

namespace Stepwise.Methods.Sampling;

/// <summary>
/// The published trainer's rule, once in three training steps: with r̄ the mean reward of the first two and r that of the third, both above 0,
/// <code>ℓ ← min(⌊ℓ r̄ / r⌋, ℓ_max) if r &lt; r̄,   max(⌊ℓ r̄ / r⌋, 1) if r &gt; r̄</code>
/// </summary>
/// <remarks>Otherwise the length stays. Source: the trainer of G²RPO-A, arXiv 2508.13023.</remarks>
[Formula("ℓ ← min(⌊ℓ r̄ / r⌋, ℓ_max) if r < r̄, max(⌊ℓ r̄ / r⌋, 1) if r > r̄")]
public sealed record CycleGuidance : AdaptiveGuidance
{
    private const int Cycle = 3;

    /// <inheritdoc/>
    public override void Observe(double reward)
    {
        Rewards.Add(reward);
        if (Rewards.Count < Cycle)
        {
            return;
        }

        double before = (Rewards[0] + Rewards[1]) / 2;
        if (before > 0 && reward > 0 && reward != before)
        {
            double scaled = Length * (before / reward);
            Length = reward < before ? (int)Math.Min(scaled, LongestGuidance) : Math.Max((int)scaled, 1);
        }

        Rewards.Clear();
    }
}
