namespace Stepwise.Algorithms.Losses;

/// <summary>
/// REINFORCE on group-relative advantages with a truncated importance ratio as weight. With ρ = exp(ℓ − ℓ_old), the cap δ and the weight
/// w of a token (<see cref="Aggregation"/>),
/// <code>L = Σ w · [ −sg(min(ρ, δ))·A·ℓ + β·KL ]</code>
/// <code>∂L/∂ℓ = w · [ −min(ρ, δ)·A + β·∂KL/∂ℓ ]</code>
/// sg stops the gradient: unlike in <see cref="Grpo"/> no token ever loses its gradient.
/// </summary>
/// <remarks>
/// <para>CISPO of MiniMax-M1, arXiv 2506.13585, without its lower bound, which the paper leaves off too.</para>
/// <para>
/// Special values: a masked token is never read. A token with advantage 0 has no surrogate, whatever its ratio. ℓ = −∞ gives ratio 0 and
/// 0 · ∞: the loss is NaN, so that the caller sees a diverged policy. A completion without trained tokens adds nothing.
/// </para>
/// </remarks>
public sealed class Cispo : ILoss
{
    private readonly double _cap;
    private readonly Aggregation _aggregation;
    private readonly KlPenalty? _kl;

    /// <summary>Creates the loss.</summary>
    /// <param name="cap">δ, above 0: a ratio counts as δ at most; ∞ for no cap.</param>
    /// <param name="aggregation">How tokens are averaged.</param>
    /// <param name="kl">The penalty, or <see langword="null"/> for none: then no reference policy is needed.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is outside its range.</exception>
    public Cispo(double cap, Aggregation aggregation, KlPenalty? kl = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(cap);
        ArgumentOutOfRangeException.ThrowIfNegative(kl?.Coefficient ?? 0.0, nameof(kl));
        _cap = cap;
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
            if (trained > 0)
            {
                metrics.Tokens += trained;
                double weight = _aggregation.TokenFactor(trained, group.Totals);
                loss += weight * Surrogate(group, start, end, weight, gradient, metrics);
                loss += weight * (_kl?.Add(group, start, end, weight, gradient, metrics) ?? 0.0);
            }
        }

        return loss;
    }

    /// <summary>Adds a completion's surrogate to the gradient; returns its sum over tokens, without the weight.</summary>
    private double Surrogate(in LossGroup group, int start, int end, double weight, Span<double> gradient, LossMetrics metrics)
    {
        double sum = 0.0;
        for (int t = start; t < end; t++)
        {
            double advantage = group.Advantages[t];
            if (group.Mask[t] && advantage != 0.0)
            {
                double ratio = Math.Exp(group.LogProbs[t] - group.OldLogProbs[t]);
                metrics.ClippedHigh += ratio > _cap && advantage > 0.0 ? 1 : 0;
                double slope = -Math.Min(ratio, _cap) * advantage;
                sum += slope * group.LogProbs[t];
                gradient[t] = weight * slope;
            }
        }

        return sum;
    }
}
