using Stepwise.Options;
using Stepwise.Policies;

namespace Stepwise.Methods.Losses;

/// <summary>
/// Regresses differences of rewards on differences of log-ratios: <c>f(m, Δr) = (m − η·Δr)²</c>, <c>f' = 2(m − η·Δr)</c>, over every two completions of
/// a group (<see cref="PairLoss"/>), with the old policy as the base.
/// </summary>
/// <remarks>
/// Two completions of the same reward are a pair too: they are to stay as likely, one against the other, as they were. On-policy the gradient of a
/// completion's tokens is −4η(r − r̄) / (Q(G − 1)), the policy gradient with the group's mean as baseline. REBEL, arXiv 2404.16767, in the form of its
/// code; the paper divides m by η in place of multiplying Δr.
/// </remarks>
[Formula("f(m, Δr) = (m − η·Δr)²")]
public sealed record Rebel : PairLoss
{
    /// <summary>η, in nats per unit of reward; above 0.</summary>
    [Key("difference of log-ratios that a difference of rewards of 1 asks for", Unit = "nats", Low = 0, AboveLow = true, High = 1e9)]
    public double RewardScale { get; init; } = 1.0;

    /// <inheritdoc/>
    public override LossNeeds Needs => LossNeeds.WholeGroups;

    /// <inheritdoc/>
    protected override bool PairsEquals => true;

    /// <inheritdoc/>
    protected override ReadOnlySpan<double> Base(in LossGroup group) => group.OldLogProbs;

    /// <inheritdoc/>
    protected override (double Value, double Slope) Evaluate(double margin, double gap)
    {
        double rest = margin - (RewardScale * gap);
        return (rest * rest, 2.0 * rest);
    }
}
