using Stepwise.Options;
using Stepwise.Policies;

namespace Stepwise.Methods.Losses;

/// <summary>
/// Direct preference optimization: <c>f(m) = −(1 − λ)·log σ(βm) − λ·log σ(−βm)</c>, <c>f' = −β[(1 − λ)·σ(−βm) − λ·σ(βm)]</c>, over the pairs of a group
/// of which one earned more (<see cref="PairLoss"/>), with the reference policy as the base.
/// </summary>
/// <remarks>DPO, arXiv 2305.18290, equation 7; λ above 0 is cDPO, which takes the labels as wrong with probability λ (E. Mitchell, 2023).</remarks>
[Formula("f(m) = −(1 − λ)·log σ(βm) − λ·log σ(−βm)")]
public sealed record Dpo : PairLoss
{
    /// <summary>β, per nat; above 0.</summary>
    [Key("strength of a preference per nat of difference to the reference policy", Low = 0, AboveLow = true, High = 1e6)]
    public double PreferenceBeta { get; init; } = 0.1;

    /// <summary>λ in [0, 1/2).</summary>
    [Key("share of the preferences that are taken as wrong (cDPO)", Unit = "share", Low = 0, High = 0.5, BelowHigh = true)]
    public double LabelSmoothing { get; init; }

    /// <inheritdoc/>
    public override LossNeeds Needs => LossNeeds.UnequalGroups | LossNeeds.Reference;

    /// <inheritdoc/>
    protected override ReadOnlySpan<double> Base(in LossGroup group) => group.ReferenceLogProbs;

    /// <inheritdoc/>
    protected override (double Value, double Slope) Evaluate(double margin, double gap)
    {
        double x = PreferenceBeta * margin;
        double right = 1.0 / (1.0 + Math.Exp(-x)), wrong = 1.0 / (1.0 + Math.Exp(x));
        return (
            ((1.0 - LabelSmoothing) * SoftPlus(-x)) + (LabelSmoothing * SoftPlus(x)),
            -PreferenceBeta * (((1.0 - LabelSmoothing) * wrong) - (LabelSmoothing * right)));
    }

    /// <summary>log(1 + eˣ), without overflow.</summary>
    private static double SoftPlus(double x) => Math.Max(x, 0.0) + Math.Log(1.0 + Math.Exp(-Math.Abs(x)));
}
