namespace Stepwise.Algorithms.Losses;

/// <summary>A penalty on leaving the reference policy: coefficient · estimate per token.</summary>
/// <param name="Coefficient">At least 0; in loss per nat.</param>
/// <param name="Estimator">How the divergence is estimated.</param>
public readonly record struct KlPenalty(double Coefficient, KlEstimator Estimator);

/// <summary>
/// The clipped surrogate of PPO on group-relative advantages. With ρ = exp(ℓ − ℓ_old) and the weight w of a token
/// (<see cref="Aggregation"/>),
/// <code>L = Σ w · [ −min(ρA, clip(ρ, 1 − ε_low, 1 + ε_high)·A) + β·KL ]</code>
/// <code>∂L/∂ℓ = w · [ −ρA·u + β·∂KL/∂ℓ ],  u = 0 where A &gt; 0 and ρ &gt; 1 + ε_high, or A &lt; 0 and ρ &lt; 1 − ε_low; else 1</code>
/// </summary>
/// <remarks>
/// <para>
/// GRPO: sequence mean (arXiv 2402.03300, equation 3). Dr.GRPO: constant length (arXiv 2503.20783). DAPO: token mean with
/// ε_high &gt; ε_low (arXiv 2503.14476, equation 8).
/// </para>
/// <para>
/// Special values: a masked token is never read. A token with advantage 0 has no surrogate, whatever its ratio. ℓ = −∞ gives ratio 0, so
/// neither value nor gradient from the surrogate. NaN in ℓ or A, and ℓ_old = −∞ with A &lt; 0, make the loss NaN or infinite, so that
/// the caller sees a diverged policy. A completion without trained tokens adds nothing.
/// </para>
/// </remarks>
public sealed class Grpo : ILoss
{
    private readonly double _lowest;
    private readonly double _highest;
    private readonly Aggregation _aggregation;
    private readonly KlPenalty? _kl;

    /// <summary>Creates the loss.</summary>
    /// <param name="clipLow">ε_low in [0, 1]: ratios below 1 − ε_low are clipped.</param>
    /// <param name="clipHigh">ε_high, at least 0: ratios above 1 + ε_high are clipped.</param>
    /// <param name="aggregation">How tokens are averaged.</param>
    /// <param name="kl">The penalty, or <see langword="null"/> for none: then no reference policy is needed.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is outside its range.</exception>
    public Grpo(double clipLow, double clipHigh, Aggregation aggregation, KlPenalty? kl = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(clipLow);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(clipLow, 1.0);
        ArgumentOutOfRangeException.ThrowIfNegative(clipHigh);
        ArgumentOutOfRangeException.ThrowIfNegative(kl?.Coefficient ?? 0.0, nameof(kl));
        _lowest = 1.0 - clipLow;
        _highest = 1.0 + clipHigh;
        _aggregation = aggregation;
        _kl = kl;
    }

    /// <inheritdoc/>
    public bool NeedsReference => _kl is not null;

    /// <inheritdoc/>
    public double Evaluate(in LossGroup group, Span<double> gradient, LossMetrics metrics)
    {
        gradient.Clear();
        double loss = 0.0;
        for (int i = 0; i < group.Sequences; i++)
        {
            int start = group.Offsets[i], end = group.Offsets[i + 1];
            int trained = group.Mask[start..end].Count(value: true);
            if (trained == 0)
            {
                continue;
            }

            double weight = _aggregation.TokenFactor(trained, group.Totals);
            metrics.Tokens += trained;
            for (int t = start; t < end; t++)
            {
                if (group.Mask[t])
                {
                    (double value, double derivative) = Token(group, t, metrics);
                    loss += weight * value;
                    gradient[t] = weight * derivative;
                }
            }
        }

        return loss;
    }

    private (double Value, double Derivative) Token(in LossGroup group, int t, LossMetrics metrics)
    {
        (double value, double derivative) = Surrogate(
            group.Advantages[t], group.LogProbs[t] - group.OldLogProbs[t], metrics);
        if (_kl is { } kl)
        {
            (double divergence, double slope) = kl.Estimator.Evaluate(group.LogProbs[t], group.ReferenceLogProbs[t]);
            metrics.KlSum += divergence;
            value += kl.Coefficient * divergence;
            derivative += kl.Coefficient * slope;
        }

        return (value, derivative);
    }

    private (double Value, double Derivative) Surrogate(double advantage, double logRatio, LossMetrics metrics)
    {
        if (advantage == 0.0)
        {
            return (0.0, 0.0);
        }

        double ratio = Math.Exp(logRatio);
        if (advantage > 0.0 && ratio > _highest)
        {
            metrics.ClippedHigh++;
            return (-_highest * advantage, 0.0);
        }

        if (advantage < 0.0 && ratio < _lowest)
        {
            metrics.ClippedLow++;
            return (-_lowest * advantage, 0.0);
        }

        return (-ratio * advantage, -ratio * advantage);
    }
}
