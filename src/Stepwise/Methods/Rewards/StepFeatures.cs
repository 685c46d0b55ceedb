using Stepwise.Policies;
using Stepwise.Rollouts;

namespace Stepwise.Methods.Rewards;

/// <summary>What can be said of the beginnings of a response without the policy's hidden states.</summary>
internal static class StepFeatures
{
    /// <summary>Numbers per beginning.</summary>
    public const int Count = 6;

    // A step of which nothing was sampled, or one as unlikely as this, in nats.
    private const double LeastLogProb = -20;

    /// <summary>
    /// Of the first t steps of a response, t from 0: mean log-probability of their sampled tokens, that of the last step, the lowest of a step, ln(1 + t),
    /// ln(1 + tokens), and the share of steps that repeat an earlier one; all 0 for t = 0.
    /// </summary>
    /// <param name="rollout">The response.</param>
    /// <returns>[steps + 1][<see cref="Count"/>]</returns>
    public static double[][] Of(Rollout rollout)
    {
        double[][] rows = [new double[Count], .. rollout.Steps.Select(_ => new double[Count])];
        HashSet<string> seen = new(StringComparer.Ordinal);
        double sum = 0, lowest = 0;
        int tokens = 0, repeated = 0;
        for (int t = 1; t < rows.Length; t++)
        {
            double[] logProbs = [.. Sampled(rollout, t)];
            double ofStep = logProbs.DefaultIfEmpty(0).Average();
            sum += logProbs.Sum();
            tokens += logProbs.Length;
            lowest = Math.Min(lowest, ofStep);
            repeated += seen.Add(rollout.Steps[t - 1].Text) ? 0 : 1;
            rows[t] = [sum / Math.Max(tokens, 1), ofStep, lowest, Math.Log(1 + t), Math.Log(1 + tokens), repeated / (double)t];
        }

        return rows;
    }

    private static IEnumerable<double> Sampled(Rollout rollout, int step)
    {
        (int start, int end) = rollout.TokensOf(step);
        Completion completion = rollout.Completion;
        return completion.LogProbs.Skip(Math.Max(start, completion.PrefixTokens)).Take(end - Math.Max(start, completion.PrefixTokens))
            .Select(logProb => Math.Max(logProb, LeastLogProb));
    }
}
