using System.Diagnostics;
using Stepwise.Engine.Loading;
using Stepwise.Policies;

namespace Stepwise.Cli.Benchmarks;

/// <summary>Decoding with a key-value cache: samples of different prompts that go on to the length limit.</summary>
internal static class SampleBenchmark
{
    private static readonly int[] Batches = [1, 8, 32, 64];

    /// <summary>Weights of fewer bytes may stay in a last cache.</summary>
    private const double CacheBytes = 64 << 20;

    /// <summary>Measures 1, 8, 32 and 64 samples of 64 new tokens after a prompt of 96, less where the context is shorter.</summary>
    /// <param name="model">The model's folder or file.</param>
    /// <param name="weights">How matrices are stored.</param>
    /// <param name="threads">Number of threads.</param>
    /// <param name="cancellationToken">Stops the sampling.</param>
    public static IEnumerable<Figure> Run(string model, FrozenType weights, int threads, CancellationToken cancellationToken)
    {
        using LocalPolicy policy = LocalPolicy.LoadToRead(model, threads, weights);
        double bytesPerStep = ModelWork.Multiplying(policy) * (weights == FrozenType.Bfloat16 ? sizeof(ushort) : sizeof(float));
        int prompt = Math.Min(96, policy.ContextLength / 2), tokens = Math.Min(64, policy.ContextLength - prompt);
        foreach (int samples in Batches)
        {
            SampleRequest[] requests = [.. Enumerable.Range(0, samples).Select(s =>
                new SampleRequest(RandomTokens.Draw(policy.Config.VocabularySize, prompt, (ulong)s), [(ulong)s]))];
            int decoded = tokens - 1;
            double work = samples * ModelWork.Forward(policy, prompt, decoded);
            Round round = Rounds.Median(
                threads, () => work / DecodingSeconds(policy, requests, tokens, cancellationToken) / 1e9, cancellationToken);
            double perSecond = round.Gflops * 1e9 / work * samples * decoded;
            double gigabytes = bytesPerStep * policy.LastSampling.Steps / (samples * decoded / perSecond) / 1e9;
            Figure figure = Figure.Of("sample", $"{samples}x{tokens}", threads, round, model) with
            {
                Weights = weights,
                TokensPerSecond = perSecond,
                GigabytesPerSecond = bytesPerStep > CacheBytes ? gigabytes : null,
            };
            if (weights != FrozenType.Float32 && samples == Batches[^1])
            {
                double[] differences = Differences(policy, model, requests, tokens, threads, cancellationToken);
                figure = figure with { MeanLogProbDifference = differences.Average(), LargestLogProbDifference = differences.Max() };
            }

            yield return figure;
        }
    }

    /// <summary>|ℓ − ℓ'| of the tokens that a policy draws, ℓ' with fp32 weights.</summary>
    private static double[] Differences(
        LocalPolicy policy, string model, SampleRequest[] requests, int tokens, int threads, CancellationToken cancellationToken)
    {
        using LocalPolicy exact = LocalPolicy.LoadToRead(model, threads);
        SamplingOptions options = new() { MaxNewTokens = tokens, StopTokens = [] };
        IReadOnlyList<IReadOnlyList<Completion>> drawn =
            Completed.Result(policy.SampleAsync(requests, options, cancellationToken: cancellationToken));
        cancellationToken.ThrowIfCancellationRequested();
        ScoreRequest[] drawnRequests = [.. requests.Zip(drawn, (request, of) => new ScoreRequest(request.Prompt, [.. of.Select(c => c.Tokens)]))];
        IEnumerable<float[]> scored =
            Completed.Result(exact.ScoreAsync(drawnRequests, temperature: 1, cancellationToken)).SelectMany(of => of);
        return [.. scored.Zip(drawn.SelectMany(of => of), (a, b) => a.Zip(b.LogProbs, (x, y) => Math.Abs((double)x - y))).SelectMany(d => d)];
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
            seconds -= Seconds(1);
            seconds += Seconds(tokens);
            repeats++;
        }

        return seconds / repeats;

        double Seconds(int newTokens)
        {
            SamplingOptions options = new() { MaxNewTokens = newTokens, StopTokens = [] };
            long start = Stopwatch.GetTimestamp();
            Completed.Result(policy.SampleAsync(requests, options, cancellationToken: cancellationToken));
            cancellationToken.ThrowIfCancellationRequested();
            return Stopwatch.GetElapsedTime(start).TotalSeconds;
        }
    }
}
