using Stepwise.Reasoning;
using Stepwise.Rollouts;

namespace Stepwise.Methods.Rewards.Terms;

/// <summary>1 for a response in which the step judge finds no error, 0 for one in which it does.</summary>
/// <remarks>Where the judge cannot say, the response has no value. Ours: the judge's word in the place of a judge of consistency.</remarks>
public sealed record SoundnessTerm : RewardTerm
{
    /// <inheritdoc/>
    internal override string Label => "soundness";

    /// <inheritdoc/>
    internal override bool AsksJudge => true;

    /// <inheritdoc/>
    public override double? Value(Rollout rollout) => rollout.Judgement?.Outcome switch
    {
        JudgementOutcome.NoError => 1,
        JudgementOutcome.ErrorFound => 0,
        _ => null,
    };
}
