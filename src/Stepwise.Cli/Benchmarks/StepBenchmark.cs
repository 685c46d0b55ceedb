using System.Diagnostics;
using Stepwise.Engine.Loading;
using Stepwise.Methods.Losses;
using Stepwise.Policies;
using Stepwise.Training;

namespace Stepwise.Cli.Benchmarks;

/// <summary>What a policy does in a GRPO step: it samples groups that go on to the length limit, and is updated on all of them.</summary>
/// <remarks>Verifying takes milliseconds and is left out; rewards are made up, so that every sample has an advantage.</remarks>
internal static class StepBenchmark
{
    private const int Prompts = 4;
    private const int GroupSize = 8;

    /// <summary>Measures 4 prompts of 128 tokens with 8 samples of 128 new tokens each, less where the model's context is shorter.</summary>
    /// <param name="model">The model's folder or file.</param>
    /// <param name="threads">Number of threads.</param>
    /// <param name="cancellationToken">Stops the sampling.</param>
    public static IEnumerable<Figure> Run(string model, int threads, CancellationToken cancellationToken)
    {
        using LocalPolicy policy = LocalPolicy.Load(model, threads);
        int tokens = Math.Min(128, policy.ContextLength / 2);
        SampleRequest[] requests = [.. Enumerable.Range(0, Prompts).Select(p => new SampleRequest(
            RandomTokens.Draw(policy.Config.VocabularySize, tokens, (ulong)p),
            [.. Enumerable.Range(0, GroupSize).Select(s => (ulong)((p * GroupSize) + s))]))];
        int samples = Prompts * GroupSize, drawn = samples * tokens;
        double prefill = Prompts * (ModelWork.Layers(policy, 0, tokens) + ModelWork.Head(policy, 1));
        double sampling = prefill + (samples * ModelWork.Forward(policy, tokens, tokens - 1));
        double update = 3 * ((Prompts * ModelWork.Layers(policy, 0, tokens))
            + (samples * (ModelWork.Layers(policy, tokens, tokens - 1) + ModelWork.Head(policy, tokens))));
        (Phases phases, Round round) = Rounds.Median(
            threads, () => Step(policy, requests, tokens, cancellationToken), p => (sampling + update) / p.Seconds / 1e9, cancellationToken);
        string shape = $"{Prompts}x{GroupSize}x{tokens}";
        yield return Part("step", phases.Seconds, sampling + update);
        yield return Part("step: sampling", phases.Sampling, sampling) with { IdleSlotShare = phases.IdleSlotShare };
        yield return Part("step: update", phases.Update, update) with { ManagedBytesPerStep = phases.UpdateBytes };

        Figure Part(string what, double seconds, double work) =>
            Figure.Of(what, shape, threads, round with { Gflops = work / seconds / 1e9 }, model) with
            {
                Seconds = seconds,
                TokensPerSecond = drawn / seconds,
            };
    }

    private static Phases Step(LocalPolicy policy, SampleRequest[] requests, int tokens, CancellationToken cancellationToken)
    {
        long start = Stopwatch.GetTimestamp();
        SamplingOptions options = new() { MaxNewTokens = tokens, StopTokens = [] };
        IReadOnlyList<IReadOnlyList<Completion>> groups =
            Completed.Result(policy.SampleAsync(requests, options, cancellationToken: cancellationToken));
        cancellationToken.ThrowIfCancellationRequested();
        double sampling = Stopwatch.GetElapsedTime(start).TotalSeconds;
        bool[] mask = new bool[tokens];
        Array.Fill(mask, value: true);
        TrainingGroup[] trained = [.. groups.Select((group, g) => new TrainingGroup(
            requests[g].Prompt,
            [.. group.Select((c, i) => new TrainingSequence([.. c.Tokens], Advantages(i % 2 == 0 ? 1 : -1), mask, [.. c.LogProbs]))]))];
        TrainingBatch batch = new(trained, new BatchTotals(Prompts * GroupSize, (long)Prompts * GroupSize * tokens, tokens));
        TrainingBatch[] cut = [.. batch.Cut(new TrainingOptions().MicroBatchTokens)];
        Grpo loss = new() { Aggregation = new SequenceMean() };
        LossMetrics metrics = new();
        long before = GC.GetTotalAllocatedBytes(precise: true);
        start = Stopwatch.GetTimestamp();
        foreach (TrainingBatch micro in cut)
        {
            Completed.Result(policy.AccumulateAsync(micro, loss, metrics, cancellationToken));
        }

        Completed.Result(policy.ApplyAsync(learningRate: 0, cancellationToken));
        double update = Stopwatch.GetElapsedTime(start).TotalSeconds;
        return new(sampling, update, policy.LastSampling.IdleShare, GC.GetTotalAllocatedBytes(precise: true) - before);

        double[] Advantages(double value)
        {
            double[] advantages = new double[tokens];
            Array.Fill(advantages, value);
            return advantages;
        }
    }

    private readonly record struct Phases(double Sampling, double Update, double IdleSlotShare, long UpdateBytes)
    {
        public double Seconds => Sampling + Update;
    }
}
