using Stepwise.Engine.Memory;

namespace Stepwise.Engine.Models;

/// <summary>What a pass keeps of the layers.</summary>
/// <param name="Layers">Layers whose activations are held at once.</param>
/// <param name="Inputs">Layers whose input alone is.</param>
internal readonly record struct KeptLayers(int Layers, int Inputs)
{
    /// <summary>Of a forward pass alone: each layer's activations take the place of those of the one before.</summary>
    public static KeptLayers OfScoring => new(1, 0);

    /// <summary>Of a pass that goes backward.</summary>
    /// <param name="config">The model.</param>
    /// <param name="recompute">Whether layers are computed a second time from their inputs.</param>
    public static KeptLayers OfTraining(ModelConfig config, bool recompute) => recompute ? new(1, config.Layers) : new(config.Layers, 0);
}

/// <summary>The memory of a pass over a packed batch, kept from batch to batch and enlarged where one needs more.</summary>
/// <param name="config">The model.</param>
internal sealed class TrainingArena(ModelConfig config) : IDisposable
{
    /// <summary>Slices of a pass beside those of the layers: four of indices, ten of the head, six of rows on their way through the layers.</summary>
    private const int OtherSlices = 20;

    /// <summary>What the arena has more than a batch needs, as a share of that: ragged batches differ little, and the next one fits.</summary>
    private const int SpareShare = 8;

    private Arena? _arena;

    /// <summary>Floats that the memory for a batch takes.</summary>
    /// <param name="config">The model.</param>
    /// <param name="rows">Rows of the batch.</param>
    /// <param name="targets">Tokens whose log-probabilities are asked.</param>
    /// <param name="kept">What is kept of the layers.</param>
    public static long Floats(ModelConfig config, int rows, int targets, KeptLayers kept)
    {
        long needed = Needed(config, rows, targets, kept);
        return needed + (needed / SpareShare);
    }

    /// <summary>The arena, empty and large enough for a batch.</summary>
    /// <param name="rows">Rows of the batch.</param>
    /// <param name="targets">Tokens whose log-probabilities are asked.</param>
    /// <param name="kept">What is kept of the layers.</param>
    public Arena For(int rows, int targets, KeptLayers kept)
    {
        if (_arena is null || _arena.Capacity < Needed(config, rows, targets, kept))
        {
            _arena?.Dispose();
            _arena = null; // The larger one may be refused.
            _arena = new Arena(Floats(config, rows, targets, kept), "activations");
        }

        _arena.Release(0);
        return _arena;
    }

    public void Dispose() => _arena?.Dispose();

    private static long Needed(ModelConfig config, int rows, int targets, KeptLayers kept)
    {
        // Per row token and position, the residual stream after the last layer, and its gradient.
        long perRow = (kept.Layers * LayerActivations.FloatsPerRow(config)) + ((long)kept.Inputs * config.Width) + 2 + (2L * config.Width)
            + BackwardPass.FloatsPerRow(config);
        long slices = ((long)LayerActivations.Slices * kept.Layers) + kept.Inputs + OtherSlices;
        return checked((rows * perRow) + HeadRows.Floats(config, targets) + (Arena.Aligned(1) * slices));
    }
}
