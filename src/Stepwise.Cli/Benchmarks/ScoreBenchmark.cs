using System.Diagnostics;
using Stepwise.Engine.Loading;
using Stepwise.Policies;

namespace Stepwise.Cli.Benchmarks;

/// <summary>Log-probabilities of given completions: forward only.</summary>
internal static class ScoreBenchmark
{
    private const int Sequences = 16;

    /// <summary>Measures 16 completions of 128 tokens after a prompt of one token, less where the model's context is shorter.</summary>
    /// <param name="model">The model's folder or file.</param>
    /// <param name="threads">Number of threads.</param>
    /// <param name="cancellationToken">Stops between two rounds.</param>
    public static IEnumerable<Figure> Run(string model, int threads, CancellationToken cancellationToken)
    {
        using LocalPolicy policy = LocalPolicy.LoadToRead(model, threads);
        int vocabulary = policy.Config.VocabularySize, tokens = Math.Min(128, policy.ContextLength - 1);
        int[] prompt = RandomTokens.Draw(vocabulary, 1, key: 0);
        int[][] completions = [.. Enumerable.Range(1, Sequences).Select(s => RandomTokens.Draw(vocabulary, tokens, (ulong)s))];

        // What follows the last token is not computed: the prompt's row and one less per completion.
        double work = ModelWork.Layers(policy, 0, 1)
            + (Sequences * (ModelWork.Layers(policy, 1, tokens - 1) + ModelWork.Head(policy, tokens)));
        Round round = Rounds.Median(
            threads,
            () =>
            {
                long start = Stopwatch.GetTimestamp();
                Completed.Result(policy.ScoreAsync([new ScoreRequest(prompt, completions)], temperature: 1, cancellationToken));
                return work / Stopwatch.GetElapsedTime(start).TotalSeconds / 1e9;
            },
            cancellationToken);
        yield return Figure.Of("score", $"{Sequences}x{tokens}", threads, round, model) with
        {
            TokensPerSecond = round.Gflops * 1e9 / work * Sequences * tokens,
        };
    }
}
