using Stepwise.Engine.Kernels;

namespace Stepwise.Engine.Models;

/// <summary>
/// A decoder-only transformer of the Llama, Mistral, Qwen and SmolLM families: per layer, RMSNorm, rotary grouped-query attention and a
/// SwiGLU feed-forward,
/// both added to the residual stream; then a final RMSNorm and the output projection.
/// </summary>
/// <remarks>
/// These are the pieces that training, scoring, prefill and decoding share; attention stands between <see cref="Project"/> and
/// <see cref="Finish"/>, because where keys and values come from is what differs. Every piece works row by row, so a row's result is the
/// same bits whichever of them computed it.
/// </remarks>
internal sealed unsafe class Decoder : IDisposable
{
    private readonly Workers _workers;
    private readonly float[] _inverseFrequencies;
    private readonly bool[] _rotates;
    private readonly int[] _windows;

    public Decoder(DecoderWeights weights, Workers workers, Adapters? adapters = null)
    {
        Weights = weights;
        Adapters = adapters;
        _workers = workers;
        Config = weights.Config;
        Heads = Config.HeadLayout;
        Scale = (float)(1 / Math.Sqrt(Config.HeadSize));
        _inverseFrequencies = Config.RopeScaling.InverseFrequencies(Config.HeadSize, Config.RopeTheta);
        Rotation = new Rope(_inverseFrequencies, (float)Config.RopeScaling.AttentionFactor, 1);
        _rotates = [.. Enumerable.Range(0, Config.Layers).Select(l => !Config.LayersWithoutRope.Contains(l))];
        _windows = [.. Enumerable.Range(0, Config.Layers).Select(
            l => Config.LayersWithoutWindow.Contains(l) ? Attention.NoWindow : Config.SlidingWindow ?? Attention.NoWindow)];
    }

    public ModelConfig Config { get; }

    public DecoderWeights Weights { get; }

    /// <summary>The trained part where the weights are frozen; null where the weights are trained.</summary>
    public Adapters? Adapters { get; }

    public Workers Workers => _workers;

    public HeadLayout Heads { get; }

    /// <summary>Multiplies attention scores: 1/√D.</summary>
    public float Scale { get; }

    /// <summary>Rotations of the positions in use so far; see <see cref="Reserve"/>.</summary>
    public Rope Rotation { get; private set; }

    /// <summary>Width of a row of queries, keys and values.</summary>
    public int QueryKeyValueWidth => LayerMatrices.QueryKeyValueWidth(Config);

    /// <summary>Refuses a batch with a position or a token that the model has no row for, and reserves its positions.</summary>
    /// <exception cref="InputException">
    /// A prompt is empty, a sequence is longer than the context, or a token id is outside the vocabulary.
    /// </exception>
    public void Prepare(PackedBatch batch)
    {
        int longest = 1;
        foreach (Segment segment in batch.Segments)
        {
            int length = segment.Position + segment.Length;
            if (segment.Length == 0 || length > Config.ContextLength)
            {
                throw new InputException(
                    $"A sequence has {length} tokens; allowed are 1 to {Config.ContextLength}, the model's context. Leave it out or shorten it.");
            }

            longest = Math.Max(longest, length);
        }

        CheckTokens(batch.Tokens);
        CheckTokens(batch.Targets);
        Reserve(longest);
    }

    /// <summary>Makes rotations ready for a number of positions; a configuration may claim a context far longer than any sequence.</summary>
    /// <param name="positions">At most the context length.</param>
    public void Reserve(int positions)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(positions, Config.ContextLength);
        if (positions > Rotation.Positions)
        {
            Rope longer = new(
                _inverseFrequencies, (float)Config.RopeScaling.AttentionFactor,
                Math.Min(Config.ContextLength, Math.Max(positions, 2 * Rotation.Positions)));
            Rotation.Dispose();
            Rotation = longer;
        }
    }

    /// <summary>x[r] = embedding[tokens[r]]; x [rows, C].</summary>
    public void Embed(int* tokens, int rows, float* x) =>
        Embedding.Forward(_workers, Weights.At(Weights.Layout.Embedding), tokens, x, rows, Config.Width);

    /// <summary>From the residual stream at a layer's entry to rotated queries and keys, and values.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="positions">[rows].</param>
    /// <param name="rows">R.</param>
    /// <param name="a">The layer's activations; reads Input.</param>
    public void Project(int layer, int* positions, int rows, in LayerActivations a)
    {
        int width = QueryKeyValueWidth;
        LayerParameters p = Weights.Layout.Layers[layer];
        RmsNorm.Forward(
            _workers, a.Input, Weights.At(p.AttentionNorm), a.Normed, rows, Config.Width, (float)Config.RmsNormEpsilon, a.InverseRms);
        float* projected = Config.QueryKeyNorm ? a.Projected : a.QueryKeyValue;
        MatMul.Multiply(_workers, a.Normed, Config.Width, Weights.Layers[layer].QueryKeyValue, projected, width, rows, accumulate: false);
        Adapters?.Layers[layer].QueryKeyValue?.Forward(a.Normed, Config.Width, projected, width, rows);
        if (p.QueryBias is { } bias)
        {
            Elementwise.AddBias(_workers, projected, width, Weights.At(bias), rows, width);
        }

        if (p.QueryNorm is { } queryNorm)
        {
            int queryWidth = Config.Heads * Config.HeadSize;
            float epsilon = (float)Config.RmsNormEpsilon;
            RmsNorm.ForwardHeads(
                _workers, projected, Weights.At(queryNorm), a.QueryKeyValue, width, rows, Config.Heads, Config.HeadSize, epsilon,
                a.HeadInverseRms);
            RmsNorm.ForwardHeads(
                _workers, projected + queryWidth, Weights.At(p.KeyNorm!), a.QueryKeyValue + queryWidth, width, rows, Config.KeyValueHeads,
                Config.HeadSize, epsilon, a.HeadInverseRms + ((nint)rows * Config.Heads));
        }

        if (_rotates[layer])
        {
            Rotation.Forward(_workers, a.QueryKeyValue, width, positions, rows, Config.Heads + Config.KeyValueHeads);
        }
    }

    /// <summary>Rotated keys; [R, KV], rows <see cref="QueryKeyValueWidth"/> floats apart.</summary>
    public float* Keys(in LayerActivations a) => a.QueryKeyValue + (Config.Heads * Config.HeadSize);

    /// <summary>Values; [R, KV], rows <see cref="QueryKeyValueWidth"/> floats apart. The per-head norm leaves them where they were.</summary>
    public float* Values(in LayerActivations a) =>
        (Config.QueryKeyNorm ? a.Projected : a.QueryKeyValue) + ((Config.Heads + Config.KeyValueHeads) * Config.HeadSize);

    /// <summary>Where a vector's gradient goes; null where the weights are frozen.</summary>
    public float* GradientOf(Parameter vector, float* gradient) => Adapters is null ? gradient + vector.Offset : null;

    /// <summary>From the gradient of rotated queries and keys to that of the projected ones, in place.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="positions">[rows].</param>
    /// <param name="rows">R.</param>
    /// <param name="a">The layer's activations.</param>
    /// <param name="dQueryKeyValue">[R, Q + 2 KV].</param>
    /// <param name="gradient">The flat gradient block; receives that of the per-head norms.</param>
    public void ProjectedBackward(int layer, int* positions, int rows, in LayerActivations a, float* dQueryKeyValue, float* gradient)
    {
        if (_rotates[layer])
        {
            Rotation.Backward(_workers, dQueryKeyValue, QueryKeyValueWidth, positions, rows, Config.Heads + Config.KeyValueHeads);
        }

        if (Config.QueryKeyNorm)
        {
            HeadNormBackward(layer, rows, a, dQueryKeyValue, gradient);
        }
    }

    private void HeadNormBackward(int layer, int rows, in LayerActivations a, float* dQueryKeyValue, float* gradient)
    {
        int width = QueryKeyValueWidth, queryWidth = Config.Heads * Config.HeadSize;
        LayerParameters p = Weights.Layout.Layers[layer];
        RmsNorm.BackwardHeads(
            _workers, dQueryKeyValue, a.Projected, Weights.At(p.QueryNorm!), a.HeadInverseRms, dQueryKeyValue,
            GradientOf(p.QueryNorm!, gradient), width, rows, Config.Heads, Config.HeadSize, accumulate: false);
        RmsNorm.BackwardHeads(
            _workers, dQueryKeyValue + queryWidth, a.Projected + queryWidth, Weights.At(p.KeyNorm!),
            a.HeadInverseRms + ((nint)rows * Config.Heads), dQueryKeyValue + queryWidth, GradientOf(p.KeyNorm!, gradient), width, rows,
            Config.KeyValueHeads, Config.HeadSize, accumulate: false);
    }

    /// <summary>Causal attention over the sequences of a packed batch.</summary>
    public void Attend(int layer, ReadOnlySpan<Segment> segments, in LayerActivations a) =>
        Attention.Forward(_workers, AttentionOf(layer, a), segments);

    /// <summary>Causal attention of one new position of each of a number of sequences; see <see cref="Attention.Decode"/>.</summary>
    public void AttendDecoding(int layer, ReadOnlySpan<CachedContext> contexts, in LayerActivations a) =>
        Attention.Decode(_workers, AttentionOf(layer, a), contexts);

    /// <summary>Causal attention of successive new positions of each of a number of sequences; see <see cref="Attention.Prefill"/>.</summary>
    public void AttendPrefill(int layer, ReadOnlySpan<CachedRun> runs, in LayerActivations a) =>
        Attention.Prefill(_workers, AttentionOf(layer, a), runs);

    /// <summary>From the gradient of the attended values, [R, Q], to those of queries, keys and values, [R, Q + 2 KV].</summary>
    public void AttendBackward(int layer, ReadOnlySpan<Segment> segments, in LayerActivations a, float* dAttended, float* dQueryKeyValue)
    {
        float* dk = dQueryKeyValue + (Config.Heads * Config.HeadSize);
        AttentionGradients gradients = new()
        {
            Output = dAttended, Q = dQueryKeyValue, K = dk, V = dk + (Config.KeyValueHeads * Config.HeadSize),
        };
        Attention.Backward(_workers, AttentionOf(layer, a), gradients, segments);
    }

    private AttentionRows AttentionOf(int layer, in LayerActivations a) => new()
    {
        Layout = Heads, Q = a.QueryKeyValue, Ldq = QueryKeyValueWidth, K = Keys(a), V = Values(a), Ldkv = QueryKeyValueWidth,
        Output = a.Attended, Ldo = Config.Heads * Config.HeadSize, LogSumExp = a.LogSumExp, Scale = Scale, Window = _windows[layer],
    };

    /// <summary>From attended values to the residual stream at the next layer's entry.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="rows">R.</param>
    /// <param name="a">The layer's activations.</param>
    /// <param name="next">[R, C]; may be <c>a.Input</c> where nothing is kept for backward.</param>
    public void Finish(int layer, int rows, in LayerActivations a, float* next)
    {
        Activate(layer, rows, a);
        int width = Config.Width, feedForward = Config.FeedForwardWidth;
        MatMul.Multiply(_workers, a.Activated, feedForward, Weights.Layers[layer].Down, next, width, rows, accumulate: false);
        Adapters?.Layers[layer].Down?.Forward(a.Activated, feedForward, next, width, rows);
        Elementwise.Add(_workers, next, a.Middle, (long)rows * width);
    }

    /// <summary>From attended values to the feed-forward's activations: what backward reads of <see cref="Finish"/>.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="rows">R.</param>
    /// <param name="a">The layer's activations.</param>
    public void Activate(int layer, int rows, in LayerActivations a)
    {
        int width = Config.Width, feedForward = Config.FeedForwardWidth, queryWidth = Config.Heads * Config.HeadSize;
        LayerParameters p = Weights.Layout.Layers[layer];
        LayerMatrices w = Weights.Layers[layer];
        LayerAdapters? adapters = Adapters?.Layers[layer];
        MatMul.Multiply(_workers, a.Attended, queryWidth, w.Output, a.Middle, width, rows, accumulate: false);
        adapters?.Output?.Forward(a.Attended, queryWidth, a.Middle, width, rows);
        Elementwise.Add(_workers, a.Middle, a.Input, (long)rows * width);
        RmsNorm.Forward(
            _workers, a.Middle, Weights.At(p.FeedForwardNorm), a.MiddleNormed, rows, width, (float)Config.RmsNormEpsilon, a.MiddleInverseRms);
        MatMul.Multiply(_workers, a.MiddleNormed, width, w.GateUp, a.GateUp, 2 * feedForward, rows, accumulate: false);
        adapters?.GateUp?.Forward(a.MiddleNormed, width, a.GateUp, 2 * feedForward, rows);
        SwiGlu.Forward(_workers, a.GateUp, a.GateUp + feedForward, 2 * feedForward, a.Activated, feedForward, rows, feedForward);
    }

    /// <summary>logits = RMSNorm(x) Wᵀ.</summary>
    /// <param name="x">The residual stream after the last layer; [rows, C].</param>
    /// <param name="rows">R.</param>
    /// <param name="normed">Receives RMSNorm(x); [rows, C].</param>
    /// <param name="inverseRms">[rows], or null.</param>
    /// <param name="logits">[rows, V].</param>
    public void Logits(float* x, int rows, float* normed, float* inverseRms, float* logits)
    {
        RmsNorm.Forward(
            _workers, x, Weights.At(Weights.Layout.FinalNorm), normed, rows, Config.Width, (float)Config.RmsNormEpsilon, inverseRms);
        HeadLogits(normed, rows, logits);
    }

    /// <summary>logits = normed Wᵀ; normed [rows, C], logits [rows, V].</summary>
    public void HeadLogits(float* normed, int rows, float* logits) =>
        MatMul.Multiply(_workers, normed, Config.Width, Weights.Head, logits, Config.VocabularySize, rows, accumulate: false);

    public void Dispose() => Rotation.Dispose();

    /// <summary>Refuses token ids that the model has no row for.</summary>
    /// <exception cref="InputException">A token id is outside the vocabulary.</exception>
    public void CheckTokens(ReadOnlySpan<int> tokens)
    {
        foreach (int token in tokens)
        {
            if ((uint)token >= (uint)Config.VocabularySize)
            {
                throw new InputException(
                    $"The token id {token} is not in the model's vocabulary of {Config.VocabularySize}: tokenizer, reference policy and "
                    + "policy must belong together.");
            }
        }
    }
}
