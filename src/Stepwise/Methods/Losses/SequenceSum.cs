using Stepwise.Policies;

namespace Stepwise.Methods.Losses;

/// <summary>1 / B: a completion weighs by its length (LUSPO).</summary>
public sealed record SequenceSum : IAggregation
{
    /// <inheritdoc/>
    public double TokenFactor(int sequenceTokens, BatchTotals totals) => 1.0 / totals.Sequences;
}
