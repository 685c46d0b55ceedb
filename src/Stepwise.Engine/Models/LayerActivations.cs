using Stepwise.Engine.Memory;

namespace Stepwise.Engine.Models;

/// <summary>What one layer computes for R rows and backward reads again; C width, Q and KV the widths of queries and of keys.</summary>
internal readonly unsafe struct LayerActivations
{
    /// <summary>The residual stream at the layer's entry; [R, C].</summary>
    public float* Input { get; private init; }

    /// <summary>[R, C].</summary>
    public float* Normed { get; private init; }

    /// <summary>[R].</summary>
    public float* InverseRms { get; private init; }

    /// <summary>Queries, keys and values as projected, before the per-head norm; [R, Q + 2 KV]; null without that norm.</summary>
    public float* Projected { get; private init; }

    /// <summary>[R, heads + key-value heads]; null without the per-head norm.</summary>
    public float* HeadInverseRms { get; private init; }

    /// <summary>Queries and keys rotated, and values; [R, Q + 2 KV].</summary>
    public float* QueryKeyValue { get; private init; }

    /// <summary>[R, Q].</summary>
    public float* Attended { get; private init; }

    /// <summary>Of each row's attention scores; [R, heads].</summary>
    public float* LogSumExp { get; private init; }

    /// <summary>The residual stream after attention; [R, C].</summary>
    public float* Middle { get; private init; }

    /// <summary>[R, C].</summary>
    public float* MiddleNormed { get; private init; }

    /// <summary>[R].</summary>
    public float* MiddleInverseRms { get; private init; }

    /// <summary>[R, 2F].</summary>
    public float* GateUp { get; private init; }

    /// <summary>silu(gate) · up; [R, F].</summary>
    public float* Activated { get; private init; }

    /// <summary>Arrays that <see cref="Allocate"/> takes at most.</summary>
    public const int Slices = 13;

    /// <summary>Floats that <see cref="Allocate"/> takes per row, rounding of each array aside.</summary>
    public static long FloatsPerRow(ModelConfig config) =>
        (4L * config.Width) + 2 + ((config.QueryKeyNorm ? 2L : 1L) * LayerMatrices.QueryKeyValueWidth(config))
        + (config.QueryKeyNorm ? config.Heads + config.KeyValueHeads : 0)
        + ((long)config.Heads * config.HeadSize) + config.Heads + (3L * config.FeedForwardWidth);

    /// <summary>The same memory for another layer, but for its input.</summary>
    public LayerActivations WithInput(float* input) => this with { Input = input };

    public static LayerActivations Allocate(Arena arena, ModelConfig config, int rows)
    {
        long queryKeyValue = (long)rows * LayerMatrices.QueryKeyValueWidth(config);
        return new LayerActivations
        {
            Input = arena.Take((long)rows * config.Width),
            Normed = arena.Take((long)rows * config.Width),
            InverseRms = arena.Take(rows),
            Projected = config.QueryKeyNorm ? arena.Take(queryKeyValue) : null,
            HeadInverseRms = config.QueryKeyNorm ? arena.Take((long)rows * (config.Heads + config.KeyValueHeads)) : null,
            QueryKeyValue = arena.Take(queryKeyValue),
            Attended = arena.Take((long)rows * config.Heads * config.HeadSize),
            LogSumExp = arena.Take((long)rows * config.Heads),
            Middle = arena.Take((long)rows * config.Width),
            MiddleNormed = arena.Take((long)rows * config.Width),
            MiddleInverseRms = arena.Take(rows),
            GateUp = arena.Take((long)rows * 2 * config.FeedForwardWidth),
            Activated = arena.Take((long)rows * config.FeedForwardWidth),
        };
    }
}
