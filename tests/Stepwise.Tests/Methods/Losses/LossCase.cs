using Stepwise.Policies;

namespace Stepwise.Tests.Methods.Losses;

/// <summary>A ragged group for loss tests; [6 × 9] rectangular arrays of the golden file, or random ones.</summary>
internal sealed class LossCase
{
    public required int[] Offsets { get; init; }

    public required double[] LogProbs { get; init; }

    public required double[] Old { get; init; }

    public required double[] Reference { get; init; }

    public required double[] Advantages { get; init; }

    public required bool[] Mask { get; init; }

    public int MaxCompletionTokens { get; init; } = 16;

    public SequenceFacts[] Facts { get; init; } = [];

    /// <summary>Facts of completions by their rewards, those of 1 being right.</summary>
    public static SequenceFacts[] Rewarded(params double[] rewards) => Array.ConvertAll(rewards, reward => new SequenceFacts(reward, reward == 1, false, 0));

    public static LossCase Random(ulong seed)
    {
        ulong key = CounterRandom.Key(seed, 1);
        int[] lengths = [4, 1, 7, 5];
        int total = lengths.Sum();
        double[] Numbers(ulong stream, double mean, double deviation) =>
            [.. Enumerable.Range(0, total).Select(t => mean + (deviation * CounterRandom.Normal(CounterRandom.Key(key, stream), (ulong)t)))];
        double[] current = Numbers(1, -2.0, 0.5);
        return new LossCase
        {
            Offsets = [0, 4, 5, 12, 17],
            LogProbs = current,
            Old = [.. current.Zip(Numbers(2, 0.0, 0.4), (l, noise) => l + noise)],
            Reference = [.. current.Zip(Numbers(3, 0.0, 0.4), (l, noise) => l + noise)],
            Advantages = Numbers(4, 0.0, 1.0),
            Mask = [.. Enumerable.Range(0, total).Select(t => CounterRandom.Uniform(CounterRandom.Key(key, 5), (ulong)t) < 0.8)],
            Facts = Rewarded(1, 0, 0.25, 1),
        };
    }

    public (double Loss, double[] Gradient, LossMetrics Metrics) Evaluate(ILoss loss, double[]? logProbs = null, BatchTotals? totals = null)
    {
        double[] gradient = new double[LogProbs.Length];
        Array.Fill(gradient, double.NaN);
        LossMetrics metrics = new();
        LossGroup group = new()
        {
            Offsets = Offsets,
            LogProbs = logProbs ?? LogProbs,
            OldLogProbs = Old,
            ReferenceLogProbs = Reference,
            Advantages = Advantages,
            Mask = Mask,
            Facts = Facts,
            Totals = totals ?? new BatchTotals(Offsets.Length - 1, Mask.Count(m => m), MaxCompletionTokens),
        };
        return (loss.Evaluate(group, gradient, metrics), gradient, metrics);
    }

    /// <summary>As a group of a batch; log-probabilities lose what a float cannot hold.</summary>
    public TrainingGroup ToTraining() => new([1], [.. Enumerable.Range(0, Offsets.Length - 1).Select(i =>
    {
        Range tokens = Offsets[i]..Offsets[i + 1];
        return new TrainingSequence(
            new int[Offsets[i + 1] - Offsets[i]], Advantages[tokens], Mask[tokens], Array.ConvertAll(Old[tokens], l => (float)l),
            Reference.Length == 0 ? null : Array.ConvertAll(Reference[tokens], l => (float)l)) { Facts = Facts[i] };
    })]);

    /// <summary>Its log-probabilities per sequence.</summary>
    public float[][] Rows() => [.. Enumerable.Range(0, Offsets.Length - 1).Select(i => Array.ConvertAll(LogProbs[Offsets[i]..Offsets[i + 1]], l => (float)l))];

    /// <summary>The largest |analytic − numeric| where ℓ and ℓ_old move together, so that ratios are held: of losses that do not differentiate a ratio.</summary>
    public double WorstErrorAtFixedRatios(ILoss loss)
    {
        const double step = 1e-4;
        double[] gradient = Evaluate(loss).Gradient;
        double worst = 0.0;
        for (int t = 0; t < LogProbs.Length; t++)
        {
            double At(double by)
            {
                double[] moved = [.. LogProbs];
                moved[t] += by;
                Old[t] += by;
                double value = Evaluate(loss, moved).Loss;
                Old[t] -= by;
                return value;
            }

            worst = Math.Max(worst, Math.Abs(gradient[t] - ((At(step) - At(-step)) / (2 * step))));
        }

        return worst;
    }

    /// <summary>The largest |analytic − numeric| / max(1e-3, |numeric|), by central differences.</summary>
    public double WorstRelativeError(ILoss loss)
    {
        const double step = 1e-6;
        double[] gradient = Evaluate(loss).Gradient;
        double worst = 0.0;
        for (int t = 0; t < LogProbs.Length; t++)
        {
            double[] up = [.. LogProbs], down = [.. LogProbs];
            up[t] += step;
            down[t] -= step;
            double numeric = (Evaluate(loss, up).Loss - Evaluate(loss, down).Loss) / (2 * step);
            worst = Math.Max(worst, Math.Abs(gradient[t] - numeric) / Math.Max(1e-3, Math.Abs(numeric)));
        }

        return worst;
    }
}
