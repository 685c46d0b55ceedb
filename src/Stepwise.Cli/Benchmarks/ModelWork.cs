using Stepwise.Engine.Loading;
using Stepwise.Engine.Models;

namespace Stepwise.Cli.Benchmarks;

/// <summary>The floating-point operations of a model's work; what is computed twice to save memory counts once.</summary>
internal static class ModelWork
{
    /// <summary>
    /// Tokens at positions s … s + n − 1 of one sequence, forward, with the head: 2·N·n for N parameters that multiply (an embedding that is
    /// only looked up does not), and 4·L·H·D per pair of a token and one that it attends to. Backward takes twice as much again.
    /// </summary>
    /// <param name="policy">The model.</param>
    /// <param name="start">s, at least 0.</param>
    /// <param name="tokens">n, at least 0.</param>
    public static double Forward(LocalPolicy policy, int start, int tokens) => Layers(policy, start, tokens) + Head(policy, tokens);

    /// <summary>As <see cref="Forward"/> without the head.</summary>
    /// <param name="policy">The model.</param>
    /// <param name="start">s, at least 0.</param>
    /// <param name="tokens">n, at least 0.</param>
    public static double Layers(LocalPolicy policy, int start, int tokens)
    {
        ModelConfig config = policy.Config;
        double pairs = tokens * (start + ((tokens + 1) / 2.0));
        return (2 * (Multiplying(policy) - Vocabulary(policy)) * tokens) + (4.0 * config.Layers * config.Heads * config.HeadSize * pairs);
    }

    /// <summary>The logits of n tokens: 2·V·C·n.</summary>
    /// <param name="policy">The model.</param>
    /// <param name="tokens">n, at least 0.</param>
    public static double Head(LocalPolicy policy, int tokens) => 2 * Vocabulary(policy) * tokens;

    /// <summary>Parameters that multiply.</summary>
    /// <param name="policy">The model.</param>
    public static double Multiplying(LocalPolicy policy) => policy.Parameters - (policy.Config.TiedHead ? 0 : Vocabulary(policy));

    private static double Vocabulary(LocalPolicy policy) => (double)policy.Config.VocabularySize * policy.Config.Width;
}
