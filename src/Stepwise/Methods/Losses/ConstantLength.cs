using Stepwise.Policies;

namespace Stepwise.Methods.Losses;

/// <summary>1 / (B·L_max): a constant, so that length changes no weight (Dr.GRPO).</summary>
public sealed record ConstantLength : IAggregation
{
    /// <inheritdoc/>
    public double TokenFactor(int sequenceTokens, BatchTotals totals) => 1.0 / ((double)totals.Sequences * totals.MaxCompletionTokens);
}
