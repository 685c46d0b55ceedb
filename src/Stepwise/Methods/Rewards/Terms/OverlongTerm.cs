using Stepwise.Options;
using Stepwise.Rollouts;

namespace Stepwise.Methods.Rewards.Terms;

/// <summary>
/// DAPO's soft overlong punishment: with n the tokens of a response, L the cap and C the cache before it,
/// <c>0 where n ≤ L − C, −1 where n > L, and (L − C − n) / C between</c>.
/// </summary>
/// <remarks>
/// It has an effect only where responses reach L − C: put L at sampling.maxNewTokens. The stop token counts. Source: arXiv 2503.14476, equation 13.
/// </remarks>
[Formula("0 where n ≤ L − C, −1 where n > L, and (L − C − n) / C between")]
public sealed record OverlongTerm : RewardTerm, IChecked
{
    /// <summary>L, the length that earns −1; at least 1. DAPO's by default.</summary>
    [Key("length from which a response earns -1; usually sampling.maxNewTokens", Unit = "tokens", Low = 1, High = 1e9)]
    public int Cap { get; init; } = 20480;

    /// <summary>C, over how many tokens before L the penalty grows; in [1, L]. DAPO's by default.</summary>
    [Key("tokens before the cap over which the penalty grows from 0", Unit = "tokens", Low = 1, High = 1e9)]
    public int Cache { get; init; } = 4096;

    /// <inheritdoc/>
    internal override string Label => "overlong";

    /// <inheritdoc/>
    public override double? Value(Rollout rollout)
    {
        int excess = rollout.Completion.Tokens.Length - (Cap - Cache);
        return excess <= 0 ? 0 : Math.Max(-1, -(double)excess / Cache);
    }

    /// <inheritdoc/>
    public void Check()
    {
        if (Cache > Cap)
        {
            throw new OptionException(nameof(Cap), $" is {Cap}; allowed is at least the term's cache, {Cache}. Set cache too.");
        }
    }
}
