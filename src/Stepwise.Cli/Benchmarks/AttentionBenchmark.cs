using Stepwise.Engine.Kernels;

namespace Stepwise.Cli.Benchmarks;

/// <summary>Causal attention over packed sequences, forward and backward, with the heads of SmolLM2-135M.</summary>
internal static class AttentionBenchmark
{
    private const int Heads = 9;
    private const int KeyValueHeads = 3;
    private const int HeadSize = 64;

    // Sequences of their own, and groups of eight that share a prompt as long as they are.
    private static readonly (int Groups, int Samples, int Prompt, int Tokens)[] Shapes = [(16, 1, 0, 128), (4, 1, 0, 512), (2, 8, 128, 128), (1, 8, 512, 512)];

    /// <summary>Measures every shape.</summary>
    /// <param name="threads">Number of threads.</param>
    /// <param name="cancellationToken">Stops between two rounds.</param>
    public static IEnumerable<Figure> Run(int threads, CancellationToken cancellationToken)
    {
        foreach ((int groups, int samples, int prompt, int tokens) in Shapes)
        {
            using AttentionRate attention = new(Heads, KeyValueHeads, HeadSize, groups, samples, prompt, tokens, threads);
            string shape = prompt == 0 ? $"{groups}x{tokens}" : $"{groups}x({prompt}+{samples}x{tokens})";
            Round forward = Rounds.Median(threads, attention.Forward, cancellationToken);
            yield return Figure.Of("attention: forward", shape, threads, forward);
            Round backward = Rounds.Median(threads, attention.Backward, cancellationToken);
            yield return Figure.Of("attention: backward", shape, threads, backward);
        }
    }
}
