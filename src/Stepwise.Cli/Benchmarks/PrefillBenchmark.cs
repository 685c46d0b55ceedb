using System.Diagnostics;
using Stepwise.Engine.Loading;
using Stepwise.Policies;

namespace Stepwise.Cli.Benchmarks;

/// <summary>A prompt computed into the cache, up to its first new token.</summary>
internal static class PrefillBenchmark
{
    private const int Tokens = 2048;

    /// <summary>Measures one prompt of 2048 tokens, shorter where the model's context is.</summary>
    /// <param name="model">The model's folder or file.</param>
    /// <param name="weights">How matrices are stored.</param>
    /// <param name="threads">Number of threads.</param>
    /// <param name="cancellationToken">Stops the sampling.</param>
    public static IEnumerable<Figure> Run(string model, FrozenType weights, int threads, CancellationToken cancellationToken)
    {
        using LocalPolicy policy = LocalPolicy.LoadToRead(model, threads, weights);
        int tokens = Math.Min(Tokens, policy.ContextLength - 1);
        SampleRequest[] request = [new(RandomTokens.Draw(policy.Config.VocabularySize, tokens, key: 1), [1])];
        SamplingOptions one = new() { MaxNewTokens = 1, StopTokens = [] };
        double work = ModelWork.Layers(policy, 0, tokens) + ModelWork.Head(policy, 1);
        Round round = Rounds.Median(
            threads,
            () =>
            {
                long start = Stopwatch.GetTimestamp();
                Completed.Result(policy.SampleAsync(request, one, cancellationToken: cancellationToken));
                return work / Stopwatch.GetElapsedTime(start).TotalSeconds / 1e9;
            },
            cancellationToken);
        yield return Figure.Of("prefill", $"1x{tokens}", threads, round, model) with
        {
            Weights = weights,
            TokensPerSecond = round.Gflops * 1e9 / work * tokens,
        };
    }
}
