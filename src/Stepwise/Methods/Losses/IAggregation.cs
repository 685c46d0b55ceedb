using Stepwise.Policies;

namespace Stepwise.Methods.Losses;

/// <summary>
/// How per-token losses become one number: the factor each trained token's loss is multiplied by. B and Σ|o| count what the loss is a mean
/// over (<see cref="BatchTotals"/>): silent completions, but neither dropped ones nor masked tokens.
/// </summary>
public interface IAggregation
{
    /// <summary>The weight of each trained token of a completion.</summary>
    /// <param name="sequenceTokens">|o_i|, the completion's trained tokens; at least 1.</param>
    /// <param name="totals">The denominators of the whole optimizer step: Σ|o|, B and L_max, each at least 1 here.</param>
    double TokenFactor(int sequenceTokens, BatchTotals totals);
}
