using Stepwise.Policies;

namespace Stepwise.Methods.Losses;

/// <summary>
/// Supervised fine-tuning: the mean negative log-probability of the trained tokens, <c>L = −Σ ℓ / T</c>, <c>∂L/∂ℓ = −1/T</c>, with T the
/// trained tokens of the whole optimizer step.
/// </summary>
/// <remarks>
/// Advantages, old and reference log-probabilities are not read. Special values: a masked token is never read; NaN and −∞ in a trained
/// ℓ propagate to the loss.
/// </remarks>
public sealed class CrossEntropy : ILoss
{
    /// <inheritdoc/>
    public double Evaluate(in LossGroup group, Span<double> gradient, LossMetrics metrics)
    {
        gradient.Clear();
        double sum = 0.0;
        for (int t = 0; t < group.Mask.Length; t++)
        {
            if (group.Mask[t])
            {
                sum -= group.LogProbs[t];
                gradient[t] = -1.0 / group.Totals.Tokens;
            }
        }

        return sum == 0.0 ? 0.0 : sum / group.Totals.Tokens;
    }
}
