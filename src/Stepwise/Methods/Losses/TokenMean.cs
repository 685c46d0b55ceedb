using Stepwise.Policies;

namespace Stepwise.Methods.Losses;

/// <summary>1 / Σ|o|: every token of the optimizer step weighs the same (DAPO).</summary>
public sealed record TokenMean : IAggregation
{
    /// <inheritdoc/>
    public double TokenFactor(int sequenceTokens, BatchTotals totals) => 1.0 / totals.Tokens;
}
