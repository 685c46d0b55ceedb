using Stepwise.Engine.Memory;
using Stepwise.Engine.Models;

namespace Stepwise.Engine.Sampling;

/// <summary>The activations of one pass over rows without backward, and a chunk of logits.</summary>
/// <param name="config">The model.</param>
/// <param name="logitRows">The most rows of logits at once.</param>
internal sealed class DecodingArena(ModelConfig config, int logitRows) : IDisposable
{
    /// <summary>Slices that a pass takes: a layer's activations, indices of rows, and a chunk of the head.</summary>
    private const int Slices = 32;

    private Arena? _arena;

    /// <summary>The most rows of logits at once.</summary>
    public int LogitRows => logitRows;

    /// <summary>Floats of a pass: per row the activations and six indices or numbers of the head.</summary>
    /// <param name="config">The model.</param>
    /// <param name="rows">Rows of the pass.</param>
    /// <param name="logitRows">The most rows of logits at once.</param>
    public static long Floats(ModelConfig config, int rows, int logitRows) =>
        (rows * (LayerActivations.FloatsPerRow(config) + 6)) + ((long)Math.Min(rows, logitRows) * config.VocabularySize)
        + (Arena.Aligned(1) * Slices);

    /// <summary>The arena, empty and large enough for a pass.</summary>
    /// <param name="rows">Rows of the pass.</param>
    public Arena For(int rows)
    {
        long needed = Floats(config, rows, logitRows);
        if (_arena is null || _arena.Capacity < needed)
        {
            _arena?.Dispose();
            _arena = null; // The larger one may be refused.
            _arena = new Arena(needed, "decoding");
        }

        _arena.Release(0);
        return _arena;
    }

    public void Dispose() => _arena?.Dispose();
}
