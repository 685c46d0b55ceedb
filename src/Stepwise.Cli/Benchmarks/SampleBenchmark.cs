using System.Diagnostics;
using Stepwise.Engine;
using Stepwise.Policies;

namespace Stepwise.Cli.Benchmarks;

/// <summary>Decoding with a key-value cache: samples of different prompts that go on to the length limit.</summary>
internal static class SampleBenchmark
{
    private static readonly int[] Batches = [1, 8, 64];

    /// <summary>Measures 1, 8 and 64 samples of 64 new tokens after a prompt of 96, less where the context is shorter.</summary>
    /// <param name="model">The model's folder or file.</param>
    /// <param name="threads">Number of threads.</param>
    /// <param name="cancellationToken">Stops the sampling.</param>
    public static IEnumerable<Figure> Run(string model, int threads, CancellationToken cancellationToken)
    {
        using LocalPolicy policy = LocalPolicy.Load(model, threads);
        int prompt = Math.Min(96, policy.ContextLength / 2), tokens = Math.Min(64, policy.ContextLength - prompt);
        foreach (int samples in Batches)
        {
            SampleRequest[] requests = [.. Enumerable.Range(0, samples).Select(s =>
                new SampleRequest(RandomTokens.Draw(policy.Config.VocabularySize, prompt, (ulong)s), [(ulong)s]))];
            int decoded = tokens - 1;
            double work = samples * ModelWork.Forward(policy, prompt, decoded);
            Round round = Rounds.Median(
                threads, () => work / DecodingSeconds(policy, requests, tokens, cancellationToken) / 1e9, cancellationToken);
            yield return new()
            {
                What = "sample",
                Model = Path.GetFileName(Path.TrimEndingDirectorySeparator(model)),
                Shape = $"{samples}x{tokens}",
                Threads = threads,
                Gflops = round.Gflops,
                PeakGflops = round.PeakGflops,
                TokensPerSecond = round.Gflops * 1e9 / work * samples * decoded,
            };
        }
    }

    /// <summary>
    /// Seconds to draw all tokens but the first, which the prompts' forward pass pays for: the difference of two samplings, repeated
    /// until it is long enough to be measured.
    /// </summary>
    private static double DecodingSeconds(
        LocalPolicy policy, SampleRequest[] requests, int tokens, CancellationToken cancellationToken)
    {
        double seconds = 0;
        int repeats = 0;
        while (seconds < 0.05)
        {
            seconds += Seconds(tokens) - Seconds(1);
            repeats++;
        }

        return seconds / repeats;

        double Seconds(int newTokens)
        {
            SamplingOptions options = new() { MaxNewTokens = newTokens, StopTokens = [] };
            long start = Stopwatch.GetTimestamp();
            policy.SampleAsync(requests, options, progress: null, cancellationToken).AsTask().GetAwaiter().GetResult();
            cancellationToken.ThrowIfCancellationRequested();
            return Stopwatch.GetElapsedTime(start).TotalSeconds;
        }
    }
}
