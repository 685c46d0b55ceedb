using Stepwise.Options;
using Stepwise.Policies;

namespace Stepwise.Methods.Losses;

/// <summary>
/// Identity preference optimization: <c>f(m) = (m − 1/(2β))²</c>, <c>f' = 2(m − 1/(2β))</c>, over the pairs of a group of which one earned more
/// (<see cref="PairLoss"/>), with the reference policy as the base: a preference asks for a margin and for no more.
/// </summary>
/// <remarks>IPO, arXiv 2310.12036, equation 17, whose τ is β. m is a sum over tokens, as in the paper; TRL takes a mean.</remarks>
[Formula("f(m) = (m − 1/(2β))²")]
public sealed record Ipo : PairLoss
{
    /// <summary>β, per nat; above 0. The margin is 1/(2β) nats.</summary>
    [Key("one half over the margin in nats that a preference asks for", Low = 0, AboveLow = true, High = 1e6)]
    public double PreferenceBeta { get; init; } = 0.1;

    /// <inheritdoc/>
    public override LossNeeds Needs => LossNeeds.UnequalGroups | LossNeeds.Reference;

    /// <inheritdoc/>
    protected override ReadOnlySpan<double> Base(in LossGroup group) => group.ReferenceLogProbs;

    /// <inheritdoc/>
    protected override (double Value, double Slope) Evaluate(double margin, double gap)
    {
        double rest = margin - (0.5 / PreferenceBeta);
        return (rest * rest, 2.0 * rest);
    }
}
