namespace Stepwise.Methods.Losses;

/// <summary>What completions of a group weigh by their lengths, see <see cref="LambdaGrpo"/>.</summary>
/// <param name="Values">G·p, per completion; mean 1 over those with trained tokens, 0 of the others.</param>
/// <param name="Slopes">Their derivatives by λ.</param>
internal readonly record struct LengthWeights(double[] Values, double[] Slopes)
{
    /// <summary>The least that h may be: it is raised to a power, and its logarithm taken.</summary>
    private const double LeastStanding = 1e-3;

    /// <summary>The weights.</summary>
    /// <param name="lengths">Trained tokens of each completion; one without any is none of the G.</param>
    /// <param name="spread">r.</param>
    /// <param name="lambda">λ.</param>
    public static LengthWeights Of(int[] lengths, double spread, double lambda)
    {
        int[] trained = Array.FindAll(lengths, length => length > 0);
        if (trained.Length == 0)
        {
            return new(new double[lengths.Length], new double[lengths.Length]);
        }

        double mean = trained.Average(), deviation = Math.Sqrt(trained.Average(length => (length - mean) * (length - mean)));
        double[] h = Array.ConvertAll(lengths, length => Math.Max(1.0 + (spread * (length - mean) / (deviation + 1e-8)), LeastStanding));
        double[] exponentials = [.. h.Select((value, i) => lengths[i] > 0 ? Math.Exp(Math.Pow(value, lambda)) : 0.0)];
        double sum = exponentials.Sum();
        double[] weights = Array.ConvertAll(exponentials, value => trained.Length * value / sum);
        double[] slopes = Array.ConvertAll(h, value => Math.Pow(value, lambda) * Math.Log(value));
        double meanSlope = weights.Zip(slopes, (weight, slope) => weight * slope).Sum() / trained.Length;
        return new(weights, [.. weights.Zip(slopes, (weight, slope) => weight * (slope - meanSlope))]);
    }
}
