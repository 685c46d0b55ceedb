using Stepwise.Options;
using Stepwise.Rollouts;

namespace Stepwise.Methods.Rewards.Terms;

/// <summary>A number that the task's verifier gave beside its verdict (<see cref="Reasoning.Verdict.Rewards"/>).</summary>
/// <remarks>A rollout of which the verifier did not give it earns 0 by it; where none of a training step has it, its metrics are absent.</remarks>
public sealed record VerifierTerm : RewardTerm
{
    /// <summary>The number's name.</summary>
    [TextKey("which of the numbers that the verifier gives beside its verdict", "a name of letters, digits, - and _", "[A-Za-z][A-Za-z0-9_-]{0,63}")]
    public string Reward { get; init; } = "reward";

    /// <inheritdoc/>
    internal override string Label => $"verifier.{Reward}";

    /// <inheritdoc/>
    public override double? Value(Rollout rollout) =>
        rollout.Verdict.Rewards is { } rewards && rewards.TryGetValue(Reward, out double value) ? value : null;
}
