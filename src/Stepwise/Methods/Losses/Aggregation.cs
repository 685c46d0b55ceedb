using Stepwise.Policies;

namespace Stepwise.Methods.Losses;

/// <summary>
/// How per-token losses become one number: the factor each trained token's loss is multiplied by. B and Σ|o| count what the loss is a mean
/// over (<see cref="BatchTotals"/>): silent completions, but neither dropped ones nor masked tokens.
/// </summary>
public enum Aggregation
{
    /// <summary>1 / Σ|o|: every token of the optimizer step weighs the same (DAPO).</summary>
    TokenMean,

    /// <summary>1 / (B·|o_i|): every completion weighs the same, whatever its length (GRPO).</summary>
    SequenceMean,

    /// <summary>1 / (B·L_max): a constant, so that length changes no weight (Dr.GRPO).</summary>
    ConstantLength,
}

/// <summary>The formulas of <see cref="Aggregation"/>.</summary>
public static class AggregationFormulas
{
    /// <summary>The weight of each trained token of a completion.</summary>
    /// <param name="aggregation">Which mean.</param>
    /// <param name="sequenceTokens">|o_i|, the completion's trained tokens; at least 1.</param>
    /// <param name="totals">The denominators of the whole optimizer step: Σ|o|, B and L_max, each at least 1 here.</param>
    public static double TokenFactor(this Aggregation aggregation, int sequenceTokens, BatchTotals totals) =>
        aggregation switch
        {
            Aggregation.TokenMean => 1.0 / totals.Tokens,
            Aggregation.SequenceMean => 1.0 / ((double)totals.Sequences * sequenceTokens),
            Aggregation.ConstantLength => 1.0 / ((double)totals.Sequences * totals.MaxCompletionTokens),
            _ => throw new ArgumentOutOfRangeException(nameof(aggregation), aggregation, message: null),
        };
}
