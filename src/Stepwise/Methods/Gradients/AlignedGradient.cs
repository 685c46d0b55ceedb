using Stepwise.Metrics;
using Stepwise.Options;
using Stepwise.Policies;

namespace Stepwise.Methods.Gradients;

/// <summary>
/// Gradient alignment control: where the gradient g of an optimizer step lies too near to that of the last one g′, what it has along g′ is taken back,
/// <code>g ← g − (1 − κ) ⟨g, ĝ′⟩ ĝ′   where cos(g, g′) > c,   ĝ′ = g′ / ‖g′‖</code>
/// </summary>
/// <remarks>
/// Gradients of stale samples keep pointing where the last ones did, and their sum overshoots; fresh ones are nearly at right angles. One-sided: gradients
/// that turn back are left. g′ is the last step's gradient as it was before it was changed and clipped. With κ = 1 nothing changes, bit for bit, and the cosine
/// is measured. The projection is the paper's; its thresholds were not to be had: c and κ, over all weights at once, are our reading. Source: arXiv 2603.01501.
/// </remarks>
[Formula("g ← g − (1 − κ) ⟨g, ĝ′⟩ ĝ′")]
public sealed record AlignedGradient : IGradientControl
{
    private const string Purpose = "method.gradient aligned";

    /// <summary>The cosine of the angle between the gradients of two optimizer steps that follow one another.</summary>
    [Metric("cosine of the angle between an optimizer step's gradient and the last one's, mean over optimizer steps", Name = "gradient.cosine",
        Reading = "Near 0 on fresh samples. If it stays high, updates add up in one direction: fewer updates from a batch, or a lower cosineLimit.")]
    public static Metric Cosine { get; } = Metric.Of<AlignedGradient>();

    /// <summary>Share of the optimizer steps whose gradient was changed.</summary>
    [Metric("optimizer steps whose gradient was too near the last one's and was changed", Name = "gradient.alignedShare", Unit = "share")]
    public static Metric AlignedShare { get; } = Metric.Of<AlignedGradient>();

    /// <summary>c, the cosine above which the gradient is changed; in [0, 1].</summary>
    [Key("cosine of two gradients in a row above which the second is changed", Low = 0, High = 1)]
    public double CosineLimit { get; init; } = 0.1;

    /// <summary>κ, the share of what lies along the last gradient that is kept; in [0, 1].</summary>
    [Key("share kept of what then lies along the last gradient; 1 changes nothing", Low = 0, High = 1)]
    public double AlignedKept { get; init; }

    /// <inheritdoc/>
    public int KeptBlocks => 1;

    /// <inheritdoc/>
    public string Needs => "the last gradient";

    /// <inheritdoc/>
    public void Require(IPolicy policy) => policy.Require<IGradientMemory>(Purpose);

    /// <inheritdoc/>
    public async ValueTask AdjustAsync(IPolicy policy, LossMetrics metrics)
    {
        ArgumentNullException.ThrowIfNull(metrics);
        GradientAlignment alignment = await policy.Require<IGradientMemory>(Purpose).AlignAsync(Multiple).ConfigureAwait(false);
        if (alignment.Cosine is { } cosine)
        {
            metrics.Add(Cosine, cosine, 1);
            metrics.Add(AlignedShare, cosine > CosineLimit ? 1 : 0, 1);
        }
    }

    /// <summary>What is added of the last gradient.</summary>
    internal double Multiple(GradientAlignment alignment) =>
        alignment.Cosine > CosineLimit ? -(1 - AlignedKept) * alignment.Product / alignment.LastSquares : 0;
}
