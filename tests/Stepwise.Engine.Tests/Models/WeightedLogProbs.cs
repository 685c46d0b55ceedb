using Stepwise.Policies;

namespace Stepwise.Engine.Tests.Models;

/// <summary>L = −Σ A ℓ / tokens over trained tokens; keeps the log-probabilities it saw, one array per group.</summary>
internal sealed class WeightedLogProbs : ILoss
{
        /// <summary>Trained tokens' ℓ of every group, in the order of the calls.</summary>
    public List<float[]> Seen { get; } = [];

    public double Evaluate(in LossGroup group, Span<double> gradient, LossMetrics metrics)
    {
        double loss = 0;
        List<float> seen = [];
        for (int t = 0; t < gradient.Length; t++)
        {
            double weight = group.Mask[t] ? -group.Advantages[t] / group.Totals.Tokens : 0;
            gradient[t] = weight;
            loss += weight * group.LogProbs[t];
            if (group.Mask[t])
            {
                seen.Add((float)group.LogProbs[t]);
            }
        }

        Seen.Add([.. seen]);
        return loss;
    }
}
