namespace Stepwise.Cli.Benchmarks;

/// <summary>Token ids without meaning.</summary>
internal static class RandomTokens
{
    /// <summary>Draws token ids uniformly.</summary>
    /// <param name="vocabulary">Ids are below this.</param>
    /// <param name="count">How many.</param>
    /// <param name="key">Same key, same ids.</param>
    public static int[] Draw(int vocabulary, int count, ulong key) =>
        [.. Enumerable.Range(0, count).Select(i => CounterRandom.Integer(key, (ulong)i, vocabulary))];
}
