using Stepwise.Options;
using Stepwise.Policies;

namespace Stepwise.Methods.Losses;

/// <summary>
/// The policy gradient without importance ratio and clipping: with the weight w of a token (<see cref="IAggregation"/>),
/// <code>L = Σ w · [ −A·ℓ + β·KL ],   ∂L/∂ℓ = w · [ −A + β·∂KL/∂ℓ ]</code>
/// </summary>
/// <remarks>
/// REINFORCE; with advantages 0 and 1 the likelihood of right answers (RAFT, arXiv 2504.11343), with rescaled ones GPG (arXiv 2504.02546). Special values: a
/// masked token is never read, and one with advantage 0 has no surrogate.
/// </remarks>
[Formula("L = Σ w · [ −A·ℓ + β·KL ], ∂L/∂ℓ = w · [ −A + β·∂KL/∂ℓ ]")]
public sealed record PolicyGradient : SurrogateLoss
{
    /// <inheritdoc/>
    protected override double Surrogate(
        in LossGroup group, int start, int end, int trained, double weight, Span<double> gradient, LossMetrics metrics)
    {
        double sum = 0.0;
        for (int t = start; t < end; t++)
        {
            double advantage = group.Advantages[t];
            if (group.Mask[t] && advantage != 0.0)
            {
                sum -= advantage * group.LogProbs[t];
                gradient[t] = -weight * advantage;
            }
        }

        return sum;
    }
}
