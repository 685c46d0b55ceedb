using Stepwise.Algorithms.Losses;
using Stepwise.Engine.Formats;
using Stepwise.Engine.Kernels;
using Stepwise.Engine.Memory;
using Stepwise.Policies;

namespace Stepwise.Engine.Models;

/// <summary>Forward and backward over packed batches: log-probabilities of given completions, and the gradient of a loss of them.</summary>
/// <remarks>
/// The logits of a batch are never held whole: the head runs in chunks of rows, forward for the log-probabilities and again in backward,
/// where a chunk's logits become their own gradient in place.
/// </remarks>
internal sealed unsafe class TrainingPass : IDisposable
{
    /// <summary>Floats of logits held at once; bounds the head's memory at 64 MiB.</summary>
    private const int LogitBudget = 16 << 20;

    private readonly Decoder _decoder;
    private readonly ModelConfig _config;
    private readonly Workers _workers;
    private Arena? _arena;
    private LossBuffers _buffers = new(0);

    public TrainingPass(Decoder decoder)
    {
        _decoder = decoder;
        _config = decoder.Config;
        _workers = decoder.Workers;
    }

    /// <summary>Log-probabilities and entropies of a batch's targets; forward only.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="temperature">Divides the logits.</param>
    /// <param name="logProbs">[targets].</param>
    /// <param name="entropies">[targets].</param>
    public void Score(PackedBatch batch, double temperature, Span<float> logProbs, Span<float> entropies)
    {
        Reserve(batch, batch.Targets.Length, keptLayers: 1);
        Rows rows = Rows.Copy(_arena!, batch);
        float* output = Forward(batch, rows);
        HeadRows head = HeadRows.Allocate(_arena!, _config, rows.TargetCount);
        HeadForward(rows, output, head, temperature);
        new ReadOnlySpan<float>(head.LogProbs, rows.TargetCount).CopyTo(logProbs);
        new ReadOnlySpan<float>(head.Entropies, rows.TargetCount).CopyTo(entropies);
    }

    /// <summary>Adds the gradient of the loss to <paramref name="gradient"/>.</summary>
    /// <param name="batch">The groups as the loss sees them.</param>
    /// <param name="loss">The loss.</param>
    /// <param name="metrics">Receives what the loss counts.</param>
    /// <param name="gradient">The flat gradient block.</param>
    public AccumulateResult Accumulate(TrainingBatch batch, ILoss loss, LossMetrics metrics, float* gradient)
    {
        PackedBatch packed = new(batch);
        Reserve(packed, packed.Targets.Length, _config.Layers);
        Rows rows = Rows.Copy(_arena!, packed);
        int targets = rows.TargetCount;
        _buffers = _buffers.For(targets);

        LayerActivations[] layers = new LayerActivations[_config.Layers];
        for (int l = 0; l < layers.Length; l++)
        {
            layers[l] = LayerActivations.Allocate(_arena!, _config, rows.Count);
        }

        float* output = _arena!.Take((long)rows.Count * _config.Width);
        _decoder.Embed(rows.Tokens, rows.Count, layers[0].Input);
        for (int l = 0; l < layers.Length; l++)
        {
            Layer(l, packed, rows, layers[l], l + 1 < layers.Length ? layers[l + 1].Input : output);
        }

        HeadRows head = HeadRows.Allocate(_arena, _config, targets);
        HeadForward(rows, output, head, batch.Temperature);
        new ReadOnlySpan<float>(head.LogProbs, targets).CopyTo(_buffers.LogProbs);
        double value = 0;
        for (int g = 0; g < batch.Groups.Count; g++)
        {
            value += _buffers.Evaluate(batch.Groups[g], batch.Totals, loss, metrics, packed.GroupTargets[g]);
        }

        _buffers.Gradient.AsSpan(0, targets).CopyTo(new Span<float>(head.Gradient, targets));
        float* dx = _arena.Take((long)rows.Count * _config.Width);
        new Span<float>(dx, checked(rows.Count * _config.Width)).Clear();
        HeadBackward(rows, head, batch.Temperature, dx, gradient);
        Backward(packed, rows, layers, dx, gradient);
        double entropy = 0;
        foreach (float e in new ReadOnlySpan<float>(head.Entropies, targets))
        {
            entropy += e;
        }

        return new AccumulateResult(value, entropy, targets);
    }

    /// <summary>Logits of every row; for checks on small models, as it holds them all.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="logits">[rows, V].</param>
    public void Logits(PackedBatch batch, float* logits)
    {
        Reserve(batch, 0, keptLayers: 1);
        Rows rows = Rows.Copy(_arena!, batch);
        float* output = Forward(batch, rows);
        _decoder.Logits(output, rows.Count, output, null, logits);
    }

    /// <summary>Logits of the last row; [V].</summary>
    public void LastLogits(PackedBatch batch, float* logits)
    {
        Reserve(batch, 0, keptLayers: 1);
        Rows rows = Rows.Copy(_arena!, batch);
        float* last = Forward(batch, rows) + ((long)(rows.Count - 1) * _config.Width);
        _decoder.Logits(last, 1, last, null, logits);
    }

    public void Dispose() => _arena?.Dispose();

    /// <summary>The residual stream after the last layer; nothing is kept for backward.</summary>
    private float* Forward(PackedBatch batch, in Rows rows)
    {
        LayerActivations a = LayerActivations.Allocate(_arena!, _config, rows.Count);
        _decoder.Embed(rows.Tokens, rows.Count, a.Input);
        for (int l = 0; l < _config.Layers; l++)
        {
            Layer(l, batch, rows, a, a.Input);
        }

        return a.Input;
    }

    private void Layer(int l, PackedBatch batch, in Rows rows, in LayerActivations a, float* next)
    {
        _decoder.Project(l, rows.Positions, rows.Count, a);
        _decoder.Attend(l, batch.Segments, a);
        _decoder.Finish(l, rows.Count, a, next);
    }

    /// <summary>Gathers the rows that predict targets and takes their log-probabilities, a chunk of logits at a time.</summary>
    private void HeadForward(in Rows rows, float* output, in HeadRows head, double temperature)
    {
        Embedding.Forward(_workers, output, rows.PredictingRows, head.Hidden, rows.TargetCount, _config.Width);
        RmsNorm.Forward(
            _workers, head.Hidden, _decoder.Weights.At(_decoder.Weights.Layout.FinalNorm), head.Normed, rows.TargetCount, _config.Width,
            (float)_config.RmsNormEpsilon, head.InverseRms);
        for (int start = 0; start < rows.TargetCount; start += head.ChunkRows)
        {
            int count = Math.Min(head.ChunkRows, rows.TargetCount - start);
            _decoder.HeadLogits(head.Normed + ((long)start * _config.Width), count, head.Logits);
            SoftmaxHead.Forward(
                _workers, head.Logits, _config.VocabularySize, count, _config.VocabularySize, (float)(1 / temperature),
                rows.Targets + start, head.LogSumExp + start, head.LogProbs + start, head.Entropies + start);
        }
    }

    /// <summary>From ∂L/∂ℓ to the gradients of head and final norm and of the residual stream after the last layer.</summary>
    private void HeadBackward(in Rows rows, in HeadRows head, double temperature, float* dx, float* gradient)
    {
        int targets = rows.TargetCount, width = _config.Width, vocabulary = _config.VocabularySize;
        BackwardMatrices matrices = _decoder.Weights.PrepareBackward();
        ParameterLayout layout = _decoder.Weights.Layout;
        for (int start = 0; start < targets; start += head.ChunkRows)
        {
            int count = Math.Min(head.ChunkRows, targets - start);
            float* normed = head.Normed + ((long)start * width);
            _decoder.HeadLogits(normed, count, head.Logits);
            SoftmaxHead.Backward(
                _workers, head.Logits, vocabulary, count, vocabulary, (float)(1 / temperature), rows.Targets + start,
                head.LogSumExp + start, head.Gradient + start);
            MatMul.Multiply(
                _workers, head.Logits, vocabulary, matrices.Head, head.NormedGradient + ((long)start * width), width, count, accumulate: false);
            MatMul.AccumulateOuter(
                _workers, head.Logits, vocabulary, normed, width, gradient + layout.Head.Offset, width, count, vocabulary, width);
        }

        RmsNorm.Backward(
            _workers, head.NormedGradient, head.Hidden, _decoder.Weights.At(layout.FinalNorm), head.InverseRms, head.HiddenGradient,
            gradient + layout.FinalNorm.Offset, targets, width, accumulate: false);
        Embedding.Backward(_workers, head.HiddenGradient, rows.PredictingRows, dx, targets, width);
    }

    /// <summary>From the gradient after the last layer, dx [R, C], to the gradients of all layers and of the embedding.</summary>
    private void Backward(PackedBatch batch, in Rows packed, LayerActivations[] layers, float* dx, float* gradient)
    {
        int rows = packed.Count, width = _config.Width, feedForward = _config.FeedForwardWidth;
        int queryWidth = _config.Heads * _config.HeadSize, queryKeyValue = _decoder.QueryKeyValueWidth;
        BackwardMatrices matrices = _decoder.Weights.PrepareBackward();
        ParameterLayout layout = _decoder.Weights.Layout;
        float* dActivated = _arena!.Take((long)rows * feedForward);
        float* dNormed = _arena.Take((long)rows * width);
        float* dAttended = _arena.Take((long)rows * queryWidth);
        float* dQueryKeyValue = _arena.Take((long)rows * queryKeyValue);
        for (int l = layers.Length - 1; l >= 0; l--)
        {
            LayerActivations a = layers[l];
            LayerParameters p = layout.Layers[l];
            (PackedMatrix wQueryKeyValue, PackedMatrix wOutput, PackedMatrix wGateUp, PackedMatrix wDown) = matrices.Layers[l];

            MatMul.Multiply(_workers, dx, width, wDown, dActivated, feedForward, rows, accumulate: false);
            MatMul.AccumulateOuter(_workers, dx, width, a.Activated, feedForward, gradient + p.Down.Offset, feedForward, rows, width, feedForward);
            SwiGlu.Backward(
                _workers, dActivated, feedForward, a.GateUp, a.GateUp + feedForward, 2 * feedForward, a.GateUp, a.GateUp + feedForward, rows,
                feedForward);
            MatMul.Multiply(_workers, a.GateUp, 2 * feedForward, wGateUp, dNormed, width, rows, accumulate: false);
            MatMul.AccumulateOuter(
                _workers, a.GateUp, 2 * feedForward, a.MiddleNormed, width, gradient + p.Gate.Offset, width, rows, 2 * feedForward, width);
            RmsNorm.Backward(
                _workers, dNormed, a.Middle, _decoder.Weights.At(p.FeedForwardNorm), a.MiddleInverseRms, dx,
                gradient + p.FeedForwardNorm.Offset, rows, width, accumulate: true);

            MatMul.Multiply(_workers, dx, width, wOutput, dAttended, queryWidth, rows, accumulate: false);
            MatMul.AccumulateOuter(_workers, dx, width, a.Attended, queryWidth, gradient + p.Output.Offset, queryWidth, rows, width, queryWidth);
            _decoder.AttendBackward(l, batch.Segments, a, dAttended, dQueryKeyValue);
            _decoder.ProjectedBackward(l, packed.Positions, rows, a, dQueryKeyValue, gradient);
            if (p.QueryBias is { } bias)
            {
                Elementwise.AccumulateBias(_workers, dQueryKeyValue, queryKeyValue, gradient + bias.Offset, rows, queryKeyValue);
            }

            MatMul.Multiply(_workers, dQueryKeyValue, queryKeyValue, wQueryKeyValue, dNormed, width, rows, accumulate: false);
            MatMul.AccumulateOuter(
                _workers, dQueryKeyValue, queryKeyValue, a.Normed, width, gradient + p.Query.Offset, width, rows, queryKeyValue, width);
            RmsNorm.Backward(
                _workers, dNormed, a.Input, _decoder.Weights.At(p.AttentionNorm), a.InverseRms, dx,
                gradient + p.AttentionNorm.Offset, rows, width, accumulate: true);
        }

        Embedding.Backward(_workers, dx, packed.Tokens, gradient + layout.Embedding.Offset, rows, width);
    }

    /// <summary>Checks a batch, makes the arena large enough for it and empties it.</summary>
    private void Reserve(PackedBatch batch, int targets, int keptLayers)
    {
        _decoder.Prepare(batch);
        int queryWidth = _config.Heads * _config.HeadSize;
        long perRow = (keptLayers * LayerActivations.FloatsPerRow(_config)) + 2
            + (3L * _config.Width) + _config.FeedForwardWidth + queryWidth + _decoder.QueryKeyValueWidth;
        long slices = (13L * keptLayers) + 32;
        long needed = checked((batch.Rows * perRow) + HeadRows.Floats(_config, targets) + (Arena.Aligned(1) * slices));
        if (_arena is null || _arena.Capacity < needed)
        {
            _arena?.Dispose();
            _arena = null; // The larger one may be refused.
            _arena = new Arena(needed + (needed / 8), "activations");
        }

        _arena.Release(0);
    }

    /// <summary>The index arrays of a batch in native memory.</summary>
    private readonly struct Rows
    {
        public required int Count { get; init; }

        public required int TargetCount { get; init; }

        public required int* Tokens { get; init; }

        public required int* Positions { get; init; }

        public required int* PredictingRows { get; init; }

        public required int* Targets { get; init; }

        public static Rows Copy(Arena arena, PackedBatch batch) => new()
        {
            Count = batch.Rows,
            TargetCount = batch.Targets.Length,
            Tokens = Copy(arena, batch.Tokens),
            Positions = Copy(arena, batch.Positions),
            PredictingRows = Copy(arena, batch.PredictingRows),
            Targets = Copy(arena, batch.Targets),
        };

        private static int* Copy(Arena arena, ReadOnlySpan<int> values)
        {
            int* copy = (int*)arena.Take(values.Length);
            values.CopyTo(new Span<int>(copy, values.Length));
            return copy;
        }
    }

    /// <summary>The rows that predict targets, and one chunk of logits.</summary>
    private readonly struct HeadRows
    {
        public required float* Hidden { get; init; }

        public required float* Normed { get; init; }

        public required float* InverseRms { get; init; }

        public required float* LogSumExp { get; init; }

        public required float* LogProbs { get; init; }

        public required float* Entropies { get; init; }

        /// <summary>∂L/∂ℓ.</summary>
        public required float* Gradient { get; init; }

        public required float* NormedGradient { get; init; }

        public required float* HiddenGradient { get; init; }

        public required float* Logits { get; init; }

        public required int ChunkRows { get; init; }

        public static long Floats(ModelConfig config, int targets) =>
            (targets * ((4L * config.Width) + 7)) + ((long)Rows(config, targets) * config.VocabularySize);

        public static HeadRows Allocate(Arena arena, ModelConfig config, int targets)
        {
            long size = (long)targets * config.Width;
            int rows = Rows(config, targets);
            return new HeadRows
            {
                Hidden = arena.Take(size),
                Normed = arena.Take(size),
                InverseRms = arena.Take(targets),
                LogSumExp = arena.Take(targets),
                LogProbs = arena.Take(targets),
                Entropies = arena.Take(targets),
                Gradient = arena.Take(targets),
                NormedGradient = arena.Take(size),
                HiddenGradient = arena.Take(size),
                Logits = arena.Take((long)rows * config.VocabularySize),
                ChunkRows = rows,
            };
        }

        private static int Rows(ModelConfig config, int targets) => Math.Clamp(LogitBudget / config.VocabularySize, 1, Math.Max(1, targets));
    }
}
