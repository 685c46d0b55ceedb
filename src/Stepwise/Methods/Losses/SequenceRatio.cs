using Stepwise.Policies;

namespace Stepwise.Methods.Losses;

/// <summary>One importance ratio for a whole completion: the geometric mean of those of its trained tokens.</summary>
internal static class SequenceRatio
{
    /// <summary>The mean of ℓ − ℓ_old over a completion's trained tokens, in nats: the logarithm of the ratio.</summary>
    /// <param name="group">The group.</param>
    /// <param name="start">The completion's first token.</param>
    /// <param name="end">The token after its last.</param>
    /// <param name="trained">Its trained tokens, at least 1.</param>
    public static double MeanLog(in LossGroup group, int start, int end, int trained)
    {
        double mean = 0.0;
        for (int t = start; t < end; t++)
        {
            mean += group.Mask[t] ? (group.LogProbs[t] - group.OldLogProbs[t]) / trained : 0.0;
        }

        return mean;
    }

    /// <summary>Gives every trained token of a completion the same derivative.</summary>
    /// <param name="group">The group.</param>
    /// <param name="start">The completion's first token.</param>
    /// <param name="end">The token after its last.</param>
    /// <param name="slope">The derivative.</param>
    /// <param name="gradient">∂L/∂ℓ per token of the group; [N].</param>
    public static void Share(in LossGroup group, int start, int end, double slope, Span<double> gradient)
    {
        for (int t = start; t < end; t++)
        {
            gradient[t] = group.Mask[t] ? slope : 0.0;
        }
    }
}
