namespace Stepwise.Engine.Kernels.Reference;

/// <summary>The plain twin of <see cref="SoftmaxHead"/>, in double precision.</summary>
internal static class ReferenceSoftmaxHead
{
    /// <summary>The log-probability of a target and the entropy of softmax(logits / temperature).</summary>
    public static (double LogProb, double Entropy) Forward(ReadOnlySpan<double> logits, int target, double inverseTemperature)
    {
        double max = double.NegativeInfinity;
        foreach (double logit in logits)
        {
            max = Math.Max(max, logit * inverseTemperature);
        }

        double sum = 0;
        foreach (double logit in logits)
        {
            sum += Math.Exp((logit * inverseTemperature) - max);
        }

        double logSumExp = max + Math.Log(sum);
        double entropy = 0;
        foreach (double logit in logits)
        {
            double logProb = (logit * inverseTemperature) - logSumExp;
            double p = Math.Exp(logProb);
            entropy -= p == 0 ? 0 : p * logProb;
        }

        return ((logits[target] * inverseTemperature) - logSumExp, entropy);
    }
}
