using Stepwise.Metrics;
using Stepwise.Options;
using Stepwise.Policies;

namespace Stepwise.Methods.Losses;

/// <summary>
/// The clipped surrogate for completions that are trained under the prompt they were drawn under, and a shaped ratio, without clipping, for the others. With
/// ρ = exp(ℓ − ℓ_old), where ℓ_old is of the prompt drawn under and ℓ of the one trained under, and the weight w of a token (<see cref="IAggregation"/>),
/// <code>L = Σ w · [ −A·f + β·KL ],   f = ρ / (ρ + γ),   ∂L/∂ℓ = w · [ −A·f(1 − f) + β·∂KL/∂ℓ ]</code>
/// γ is a quantile of ρ over the trained tokens of such completions in the optimizer step, at least 10⁻⁴, and has no gradient.
/// </summary>
/// <remarks>
/// <para>
/// f is the logistic function of ℓ − ℓ_old − ln γ: a token the plain prompt makes unlikely is pulled up gently, one it makes likely hardly at all. Source:
/// Guide-GRPO, arXiv 2506.13923, whose trainer takes the quantile of a micro-batch, padding included; that of the whole step does not depend on how it is cut.
/// </para>
/// <para>
/// Special values: a masked token is never read. A token with advantage 0 has no surrogate, whatever its ratio. ρ = 0 and ρ = ∞ give f = 0 and 1, and no
/// gradient. Where γ was not made of a step (<see cref="Prepare"/>) it is 1.
/// </para>
/// </remarks>
[Formula("L = Σ w · [ −A·f + β·KL ], f = ρ / (ρ + γ)")]
public sealed record ShapedLoss : ClippedLoss, ILoss
{
    private const double LeastGamma = 1e-4;

    private double _gamma = 1;

    /// <summary>The share of the trained tokens that were drawn under another prompt.</summary>
    [Metric("trained tokens that were drawn under another prompt than they are trained under, over trained tokens", Unit = "share")]
    public static Metric OffPolicyShare { get; } = Metric.Of<ShapedLoss>();

    /// <summary>γ.</summary>
    [Metric("importance ratio at which the shaped ratio is one half (γ), mean over the completions drawn under another prompt",
        Reading = "Far below 1: the prompt without the hint makes these completions unlikely.")]
    public static Metric ShapingGamma { get; } = Metric.Of<ShapedLoss>();

    /// <summary>The quantile that γ is; in [0, 1].</summary>
    [Key("quantile of the off-policy importance ratios at which the shaped ratio is one half", Low = 0, High = 1)]
    public double ShapingQuantile { get; init; } = 0.9;

    /// <inheritdoc/>
    public override LossNeeds Needs => base.Needs | LossNeeds.StepLogProbs;

    /// <inheritdoc/>
    public ILoss Prepare(TrainingBatch batch, IReadOnlyList<IReadOnlyList<float[]>> logProbs)
    {
        ArgumentNullException.ThrowIfNull(batch);
        double[] ratios = [.. batch.Groups.Zip(logProbs)
            .SelectMany(group => group.First.Sequences.Zip(group.Second))
            .Where(sequence => sequence.First.Facts.OffPolicy)
            .SelectMany(sequence => Ratios(sequence.First, sequence.Second))
            .Order()];
        return ratios.Length > 0 ? this with { _gamma = Math.Max(Quantile(ratios, ShapingQuantile), LeastGamma) } : this;
    }

    /// <inheritdoc/>
    protected override double Surrogate(
        in LossGroup group, int start, int end, int trained, double weight, Span<double> gradient, LossMetrics metrics)
    {
        ClippedTokens clipped = default;
        // Of the sequences that start there the last is the one with tokens.
        bool offPolicy = !group.Facts.IsEmpty && group.Facts[group.Offsets.LastIndexOf(start)].OffPolicy;
        double meanLogRatio = SequenceRatio.MeanLog(group, start, end, trained), sum = 0.0;
        for (int t = start; t < end; t++)
        {
            if (!IsSilent(group, t, meanLogRatio))
            {
                double advantage = group.Advantages[t], ratio = Math.Exp(group.LogProbs[t] - group.OldLogProbs[t]);
                (double value, double slope) = offPolicy ? Shaped(advantage, ratio) : Clipped(advantage, ratio, ref clipped);
                sum += value;
                gradient[t] = weight * slope;
            }
        }

        clipped.AddTo(metrics, trained);
        metrics.Add(OffPolicyShare, offPolicy ? trained : 0, trained);
        if (offPolicy)
        {
            metrics.Add(ShapingGamma, _gamma, 1);
        }

        return sum;
    }

    private (double Value, double Slope) Shaped(double advantage, double ratio)
    {
        double shaped = 1 / (1 + (_gamma / ratio));
        return (-advantage * shaped, -advantage * shaped * (1 - shaped));
    }

    private static IEnumerable<double> Ratios(TrainingSequence sequence, float[] logProbs) => Enumerable.Range(0, logProbs.Length)
        .Where(t => sequence.Mask[t]).Select(t => Math.Exp((double)logProbs[t] - sequence.OldLogProbs[t]));

    /// <summary>A quantile of rising numbers, in a line between the two nearest.</summary>
    private static double Quantile(double[] rising, double share)
    {
        double place = share * (rising.Length - 1);
        int below = (int)place, above = Math.Min(below + 1, rising.Length - 1);
        return rising[below] + ((place - below) * (rising[above] - rising[below]));
    }
}
