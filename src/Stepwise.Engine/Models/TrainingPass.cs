using Stepwise.Engine.Kernels;
using Stepwise.Engine.Memory;
using Stepwise.Policies;

namespace Stepwise.Engine.Models;

/// <summary>Forward and backward over packed batches: log-probabilities of given completions, and the gradient of a loss of them.</summary>
/// <remarks>
/// The gradient is that of the weights, or of the adapters alone where the decoder has some: the weights are frozen then.
/// The logits of a large batch are never held whole: the head, the loss and the head's backward run on a few groups at a time, and a
/// chunk's logits become their own gradient in place. Only a group too large for one chunk has its logits computed a second time.
/// </remarks>
internal sealed unsafe class TrainingPass : IDisposable
{
    /// <summary>Floats of logits held at once, 256 MiB: a group of 1365 tokens at a vocabulary of 49,152.</summary>
    private const int LogitBudget = 64 << 20;

    private readonly Decoder _decoder;
    private readonly ModelConfig _config;
    private readonly Workers _workers;
    private readonly bool _recompute;
    private readonly int _logitBudget;
    private readonly PackedBatch _packed = new();
    private readonly LayerActivations[] _layers;
    private Arena? _arena;
    private LossBuffers _buffers = new(0);

    /// <param name="decoder">The decoder.</param>
    /// <param name="recompute">
    /// Keep only each layer's input for backward and compute the layer a second time there: same bits, less memory, a third more work.
    /// </param>
    /// <param name="logitBudget">Floats of logits held at once; at most the default, at least a row's.</param>
    public TrainingPass(Decoder decoder, bool recompute = false, int logitBudget = LogitBudget)
    {
        _decoder = decoder;
        _recompute = recompute;
        _logitBudget = logitBudget;
        _config = decoder.Config;
        _workers = decoder.Workers;
        _layers = new LayerActivations[_config.Layers];
    }

    /// <summary>Whether the weights themselves are trained.</summary>
    private bool Trains => _decoder.Adapters is null;

    /// <summary>Log-probabilities and entropies of a batch's targets; forward only.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="temperature">Divides the logits.</param>
    /// <param name="logProbs">[targets].</param>
    /// <param name="entropies">[targets].</param>
    /// <param name="cancellationToken">Stops between two layers.</param>
    public void Score(
        PackedBatch batch, double temperature, Span<float> logProbs, Span<float> entropies, CancellationToken cancellationToken = default)
    {
        Reserve(batch, batch.Targets.Length, keptLayers: 1, keptInputs: 0);
        Rows rows = Rows.Copy(_arena!, batch);
        float* output = Forward(batch, rows, cancellationToken);
        HeadRows head = HeadRows.Allocate(_arena!, _config, rows.TargetCount, _logitBudget);
        Predict(rows, output, head);
        HeadForward(rows, head, temperature, 0, rows.TargetCount);
        new ReadOnlySpan<float>(head.LogProbs, rows.TargetCount).CopyTo(logProbs);
        new ReadOnlySpan<float>(head.Entropies, rows.TargetCount).CopyTo(entropies);
    }

    /// <summary>Adds the gradient of the loss to <paramref name="gradient"/>.</summary>
    /// <param name="batch">The groups as the loss sees them.</param>
    /// <param name="loss">The loss.</param>
    /// <param name="metrics">Receives what the loss counts.</param>
    /// <param name="gradient">The flat gradient block.</param>
    /// <param name="cancellationToken">Stops between two layers; the gradient is then undefined.</param>
    public AccumulateResult Accumulate(
        TrainingBatch batch, ILoss loss, LossMetrics metrics, float* gradient, CancellationToken cancellationToken = default)
    {
        PackedBatch packed = _packed;
        packed.Fill(batch);
        Reserve(packed, packed.Targets.Length, _recompute ? 1 : _config.Layers, _recompute ? _config.Layers : 0);
        Rows rows = Rows.Copy(_arena!, packed);
        int targets = rows.TargetCount;
        _buffers = _buffers.For(targets);

        LayerActivations[] layers = _layers;
        for (int l = 0; l < layers.Length; l++)
        {
            layers[l] = _recompute && l > 0
                ? layers[0].WithInput(_arena!.Take((long)rows.Count * _config.Width))
                : LayerActivations.Allocate(_arena!, _config, rows.Count);
        }

        float* output = _arena!.Take((long)rows.Count * _config.Width);
        _decoder.Embed(rows.Tokens, rows.Count, layers[0].Input);
        for (int l = 0; l < layers.Length; l++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Layer(l, packed, rows, layers[l], l + 1 < layers.Length ? layers[l + 1].Input : output);
        }

        HeadRows head = HeadRows.Allocate(_arena, _config, targets, _logitBudget);
        Predict(rows, output, head);
        double value = 0;
        for (int group = 0; group < batch.Groups.Count;)
        {
            int first = packed.FirstTarget(group), past = group;
            do
            {
                past++;
            }
            while (past < batch.Groups.Count && packed.FirstTarget(past + 1) - first <= head.ChunkRows);

            int count = packed.FirstTarget(past) - first;
            HeadForward(rows, head, batch.Temperature, first, count);
            new ReadOnlySpan<float>(head.LogProbs + first, count).CopyTo(_buffers.LogProbs.AsSpan(first));
            for (; group < past; group++)
            {
                value += _buffers.Evaluate(batch.Groups[group], batch.Totals, loss, metrics, packed.TargetOfGroup(group));
            }

            _buffers.Gradient.AsSpan(first, count).CopyTo(new Span<float>(head.Gradient + first, count));
            HeadBackward(rows, head, batch.Temperature, first, count, gradient);
        }

        float* dx = _arena.Take((long)rows.Count * _config.Width);
        new Span<float>(dx, checked(rows.Count * _config.Width)).Clear();
        PredictBackward(rows, head, dx, gradient);
        Backward(packed, rows, layers, dx, gradient, cancellationToken);
        double entropy = 0;
        foreach (int target in packed.TargetOf)
        {
            entropy += head.Entropies[target];
        }

        return new AccumulateResult(value, entropy, packed.TargetOf.Length);
    }

    /// <summary>Logits of every row; for checks on small models, as it holds them all.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="logits">[rows, V].</param>
    public void Logits(PackedBatch batch, float* logits)
    {
        Reserve(batch, 0, keptLayers: 1, keptInputs: 0);
        Rows rows = Rows.Copy(_arena!, batch);
        float* output = Forward(batch, rows, CancellationToken.None);
        _decoder.Logits(output, rows.Count, output, null, logits);
    }

    /// <summary>Logits of the last row; [V].</summary>
    public void LastLogits(PackedBatch batch, float* logits)
    {
        Reserve(batch, 0, keptLayers: 1, keptInputs: 0);
        Rows rows = Rows.Copy(_arena!, batch);
        float* last = Forward(batch, rows, CancellationToken.None) + ((long)(rows.Count - 1) * _config.Width);
        _decoder.Logits(last, 1, last, null, logits);
    }

    public void Dispose() => _arena?.Dispose();

    /// <summary>The residual stream after the last layer; nothing is kept for backward.</summary>
    private float* Forward(PackedBatch batch, in Rows rows, CancellationToken cancellationToken)
    {
        LayerActivations a = LayerActivations.Allocate(_arena!, _config, rows.Count);
        _decoder.Embed(rows.Tokens, rows.Count, a.Input);
        for (int l = 0; l < _config.Layers; l++)
        {
            cancellationToken.ThrowIfCancellationRequested();
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

    /// <summary>Computes again what backward reads of a layer, from its input.</summary>
    private void Recompute(int l, PackedBatch batch, in Rows rows, in LayerActivations a)
    {
        _decoder.Project(l, rows.Positions, rows.Count, a);
        _decoder.Attend(l, batch.Segments, a);
        _decoder.Activate(l, rows.Count, a);
    }

    /// <summary>Gathers the rows that predict targets, and norms them.</summary>
    private void Predict(in Rows rows, float* output, in HeadRows head)
    {
        Embedding.Forward(_workers, output, rows.PredictingRows, head.Hidden, rows.TargetCount, _config.Width);
        RmsNorm.Forward(
            _workers, head.Hidden, _decoder.Weights.At(_decoder.Weights.Layout.FinalNorm), head.Normed, rows.TargetCount, _config.Width,
            (float)_config.RmsNormEpsilon, head.InverseRms);
    }

    /// <summary>From the gradient of the normed rows to that of the final norm and of the residual stream after the last layer.</summary>
    private void PredictBackward(in Rows rows, in HeadRows head, float* dx, float* gradient)
    {
        Parameter norm = _decoder.Weights.Layout.FinalNorm;
        RmsNorm.Backward(
            _workers, head.NormedGradient, head.Hidden, _decoder.Weights.At(norm), head.InverseRms, head.HiddenGradient,
            _decoder.GradientOf(norm, gradient), rows.TargetCount, _config.Width, accumulate: false);
        Embedding.Backward(_workers, head.HiddenGradient, rows.PredictingRows, dx, rows.TargetCount, _config.Width);
    }

    /// <summary>Log-probabilities and entropies of some targets, a chunk of logits at a time; the last chunk's logits stay.</summary>
    private void HeadForward(in Rows rows, in HeadRows head, double temperature, int first, int targets)
    {
        for (int start = first, end = first + targets; start < end; start += head.ChunkRows)
        {
            int count = Math.Min(head.ChunkRows, end - start);
            _decoder.HeadLogits(head.Normed + ((long)start * _config.Width), count, head.Logits);
            SoftmaxHead.Forward(
                _workers, head.Logits, _config.VocabularySize, count, _config.VocabularySize, (float)(1 / temperature),
                rows.Targets + start, head.LogSumExp + start, head.LogProbs + start, head.Entropies + start);
        }
    }

    /// <summary>From ∂L/∂ℓ of the targets that <see cref="HeadForward"/> saw last to the gradients of the head and of the normed rows.</summary>
    private void HeadBackward(in Rows rows, in HeadRows head, double temperature, int first, int targets, float* gradient)
    {
        int width = _config.Width, vocabulary = _config.VocabularySize;
        BackwardMatrices matrices = _decoder.Weights.PrepareBackward();
        for (int start = first, end = first + targets; start < end; start += head.ChunkRows)
        {
            int count = Math.Min(head.ChunkRows, end - start);
            float* normed = head.Normed + ((long)start * width);
            if (targets > head.ChunkRows)
            {
                _decoder.HeadLogits(normed, count, head.Logits);
            }

            SoftmaxHead.Backward(
                _workers, head.Logits, vocabulary, count, vocabulary, (float)(1 / temperature), rows.Targets + start,
                head.LogSumExp + start, head.Gradient + start);
            MatMul.Multiply(
                _workers, head.Logits, vocabulary, matrices.Head, head.NormedGradient + ((long)start * width), width, count, accumulate: false);
            if (Trains)
            {
                MatMul.AccumulateOuter(
                    _workers, head.Logits, vocabulary, normed, width, gradient + _decoder.Weights.Layout.Head.Offset, width, count,
                    vocabulary, width);
            }
        }
    }

    /// <summary>From the gradient after the last layer, dx [R, C], to the gradients of all layers and of the embedding.</summary>
    private void Backward(
        PackedBatch batch, in Rows packed, LayerActivations[] layers, float* dx, float* gradient, CancellationToken cancellationToken)
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
            cancellationToken.ThrowIfCancellationRequested();
            LayerActivations a = layers[l];
            LayerParameters p = layout.Layers[l];
            LayerAdapters? adapters = _decoder.Adapters?.Layers[l];
            (PackedMatrix wQueryKeyValue, PackedMatrix wOutput, PackedMatrix wGateUp, PackedMatrix wDown) = matrices.Layers[l];
            if (_recompute && l + 1 < layers.Length)
            {
                // The last layer's are still there.
                Recompute(l, batch, packed, a);
            }

            LinearBackward(dx, a.Activated, wDown, p.Down, adapters?.Down, dActivated, rows, gradient);
            SwiGlu.Backward(
                _workers, dActivated, feedForward, a.GateUp, a.GateUp + feedForward, 2 * feedForward, a.GateUp, a.GateUp + feedForward, rows,
                feedForward);
            LinearBackward(a.GateUp, a.MiddleNormed, wGateUp, p.Gate, adapters?.GateUp, dNormed, rows, gradient);
            RmsNorm.Backward(
                _workers, dNormed, a.Middle, _decoder.Weights.At(p.FeedForwardNorm), a.MiddleInverseRms, dx,
                _decoder.GradientOf(p.FeedForwardNorm, gradient), rows, width, accumulate: true);

            LinearBackward(dx, a.Attended, wOutput, p.Output, adapters?.Output, dAttended, rows, gradient);
            _decoder.AttendBackward(l, batch.Segments, a, dAttended, dQueryKeyValue);
            _decoder.ProjectedBackward(l, packed.Positions, rows, a, dQueryKeyValue, gradient);
            if (Trains && p.QueryBias is { } bias)
            {
                Elementwise.AccumulateBias(_workers, dQueryKeyValue, queryKeyValue, gradient + bias.Offset, rows, queryKeyValue);
            }

            LinearBackward(dQueryKeyValue, a.Normed, wQueryKeyValue, p.Query, adapters?.QueryKeyValue, dNormed, rows, gradient);
            RmsNorm.Backward(
                _workers, dNormed, a.Input, _decoder.Weights.At(p.AttentionNorm), a.InverseRms, dx,
                _decoder.GradientOf(p.AttentionNorm, gradient), rows, width, accumulate: true);
        }

        if (Trains)
        {
            Embedding.Backward(_workers, dx, packed.Tokens, gradient + layout.Embedding.Offset, rows, width);
        }
    }

    /// <summary>The gradient of <c>y = x Wᵀ</c>: dx = dy W, and dW += dyᵀ x or that of the adapters beside W.</summary>
    /// <param name="dy">[rows, N], dense.</param>
    /// <param name="x">[rows, K], dense.</param>
    /// <param name="w">W packed for dx; N × K.</param>
    /// <param name="weight">The first of the parameters that make W.</param>
    /// <param name="adapters">The adapters beside W, or null.</param>
    /// <param name="dx">[rows, K], dense; replaced.</param>
    /// <param name="rows">R.</param>
    /// <param name="gradient">The flat gradient block.</param>
    private void LinearBackward(
        float* dy, float* x, PackedMatrix w, Parameter weight, LowRankUpdate? adapters, float* dx, int rows, float* gradient)
    {
        MatMul.Multiply(_workers, dy, w.K, w, dx, w.N, rows, accumulate: false);
        if (Trains)
        {
            MatMul.AccumulateOuter(_workers, dy, w.K, x, w.N, gradient + weight.Offset, w.N, rows, w.K, w.N);
        }
        else
        {
            adapters?.Backward(dy, w.K, x, w.N, dx, rows, gradient);
        }
    }

    /// <summary>Floats that training on a batch takes.</summary>
    /// <param name="config">The model.</param>
    /// <param name="rows">Rows of the batch.</param>
    /// <param name="targets">Tokens whose log-probabilities are asked.</param>
    /// <param name="recompute">Whether only the layers' inputs are kept.</param>
    public static long ArenaFloats(ModelConfig config, int rows, int targets, bool recompute) =>
        ArenaFloats(config, rows, targets, recompute ? 1 : config.Layers, recompute ? config.Layers : 0);

    /// <summary>As above, by what is kept.</summary>
    public static long ArenaFloats(ModelConfig config, int rows, int targets, int keptLayers, int keptInputs)
    {
        long perRow = (keptLayers * LayerActivations.FloatsPerRow(config)) + ((long)keptInputs * config.Width) + 2
            + (3L * config.Width) + config.FeedForwardWidth + ((long)config.Heads * config.HeadSize) + LayerMatrices.QueryKeyValueWidth(config);
        long slices = (13L * keptLayers) + keptInputs + 32;
        long needed = checked((rows * perRow) + HeadRows.Floats(config, targets) + (Arena.Aligned(1) * slices));
        return needed + (needed / 8);
    }

    /// <summary>Checks a batch, makes the arena large enough for it and empties it.</summary>
    private void Reserve(PackedBatch batch, int targets, int keptLayers, int keptInputs)
    {
        _decoder.Prepare(batch);
        long needed = ArenaFloats(_config, batch.Rows, targets, keptLayers, keptInputs);
        if (_arena is null || _arena.Capacity < needed - (needed / 9))
        {
            _arena?.Dispose();
            _arena = null; // The larger one may be refused.
            _arena = new Arena(needed, "activations");
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
            (targets * ((4L * config.Width) + 7)) + ((long)Rows(config, targets, LogitBudget) * config.VocabularySize);

        public static HeadRows Allocate(Arena arena, ModelConfig config, int targets, int logitBudget)
        {
            long size = (long)targets * config.Width;
            int rows = Rows(config, targets, logitBudget);
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

        private static int Rows(ModelConfig config, int targets, int logitBudget) => Math.Clamp(logitBudget / config.VocabularySize, 1, Math.Max(1, targets));
    }
}
