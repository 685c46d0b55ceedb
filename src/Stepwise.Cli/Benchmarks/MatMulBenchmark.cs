using Stepwise.Engine.Kernels;

namespace Stepwise.Cli.Benchmarks;

/// <summary>Matrix products of the sizes that training meets.</summary>
internal static class MatMulBenchmark
{
    // SmolLM2-135M's feed-forward up and down, queries, keys and values, attention output, gate and up together, head; the same with the
    // rows of 64 and of 8 samples that decode. The bundled starter's attention output and feed-forward, decoding and training.
    private static readonly (int M, int N, int K)[] Shapes =
    [
        (512, 1536, 576), (512, 576, 1536), (2048, 960, 576), (2048, 576, 576), (2048, 3072, 576), (2048, 576, 1536), (512, 49152, 576),
        (64, 3072, 576), (64, 576, 1536), (64, 49152, 576), (8, 3072, 576),
        (128, 96, 96), (2048, 96, 96), (2048, 256, 96), (2048, 96, 256),
    ];

    /// <summary>Measures every shape.</summary>
    /// <param name="threads">Number of threads.</param>
    /// <param name="cancellationToken">Stops between two rounds.</param>
    public static IEnumerable<Figure> Run(int threads, CancellationToken cancellationToken)
    {
        foreach ((int m, int n, int k) in Shapes)
        {
            using MatMulRate product = new(m, n, k, threads);
            Round round = Rounds.Median(threads, () => product.Measure(Rounds.Runs), cancellationToken);
            yield return Figure.Of("matmul", $"{m}x{n}x{k}", threads, round);
        }
    }
}
