using Stepwise.Options;
using Stepwise.Rollouts;

namespace Stepwise.Methods.Rewards.Terms;

/// <summary>
/// How far a response is from a target length: with n its tokens and T the target, <c>−min(1, |n − T| / T)</c>, 0 at the target and −1 for nothing or
/// twice as much.
/// </summary>
/// <remarks>The stop token counts. Source: the linear penalty of arXiv 2503.04697, relative to the target and bounded (ours).</remarks>
[Formula("−min(1, |n − T| / T)")]
public sealed record LengthTerm : RewardTerm
{
    /// <summary>T, the length that earns 0; at least 1.</summary>
    [Key("length of a response that earns 0", Unit = "tokens", Low = 1, High = 1e9)]
    public int Target { get; init; } = 512;

    /// <inheritdoc/>
    internal override string Label => "length";

    /// <inheritdoc/>
    public override double? Value(Rollout rollout) =>
        0.0 - Math.Min(1, Math.Abs((double)rollout.Completion.Tokens.Length - Target) / Target);
}
