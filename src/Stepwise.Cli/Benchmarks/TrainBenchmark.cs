using System.Diagnostics;
using Stepwise.Engine.Loading;
using Stepwise.Methods.Losses;
using Stepwise.Policies;

namespace Stepwise.Cli.Benchmarks;

/// <summary>A training step on given tokens: forward, backward, clip and AdamW.</summary>
internal static class TrainBenchmark
{
    private const int Sequences = 16;

    /// <summary>Measures a step of 16 sequences of 128 tokens, less where the model's context is shorter.</summary>
    /// <param name="model">The model's folder or file.</param>
    /// <param name="threads">Number of threads.</param>
    /// <param name="cancellationToken">Stops between two rounds.</param>
    public static IEnumerable<Figure> Run(string model, int threads, CancellationToken cancellationToken)
    {
        using LocalPolicy policy = LocalPolicy.Load(model, threads);
        int tokens = Math.Min(128, policy.ContextLength);
        TrainingBatch batch = Batch(policy.Config.VocabularySize, tokens);
        double work = 3 * Sequences * ModelWork.Forward(policy, 0, tokens);
        long allocated = 0;
        CrossEntropy loss = new();
        LossMetrics metrics = new();
        Round round = Rounds.Median(threads, () =>
        {
            long before = GC.GetTotalAllocatedBytes(precise: true), start = Stopwatch.GetTimestamp();
            Step(policy, batch, loss, metrics);
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            allocated = GC.GetTotalAllocatedBytes(precise: true) - before;
            return work / seconds / 1e9;
        }, cancellationToken);
        yield return Figure.Of("train", $"{Sequences}x{tokens}", threads, round, model) with
        {
            TokensPerSecond = round.Gflops * 1e9 / work * Sequences * tokens,
            ManagedBytesPerStep = allocated,
        };
    }

    /// <summary>One step; at a learning rate of 0 it does all the work and leaves the weights as they are.</summary>
    private static void Step(LocalPolicy policy, TrainingBatch batch, CrossEntropy loss, LossMetrics metrics)
    {
        Completed.Result(policy.AccumulateAsync(batch, loss, metrics));
        Completed.Result(policy.ApplyAsync(learningRate: 0));
    }

    /// <summary>
    /// Sequences without a prompt in common. A prompt of one token and T completion tokens make T rows: what follows the last is not
    /// computed.
    /// </summary>
    private static TrainingBatch Batch(int vocabulary, int tokens)
    {
        bool[] mask = new bool[tokens];
        Array.Fill(mask, value: true);
        TrainingGroup[] groups = [.. Enumerable.Range(0, Sequences).Select(s => new TrainingGroup(
            RandomTokens.Draw(vocabulary, 1, (ulong)s),
            [new(RandomTokens.Draw(vocabulary, tokens, (ulong)(Sequences + s)), new double[tokens], mask, new float[tokens])]))];
        return new TrainingBatch(groups, new BatchTotals(Sequences, (long)Sequences * tokens, tokens));
    }
}
