using Stepwise.Policies;

namespace Stepwise.Methods.Losses;

/// <summary>1 / (B·|o_i|): every completion weighs the same, whatever its length (GRPO).</summary>
public sealed record SequenceMean : IAggregation
{
    /// <inheritdoc/>
    public double TokenFactor(int sequenceTokens, BatchTotals totals) => 1.0 / ((double)totals.Sequences * sequenceTokens);
}
