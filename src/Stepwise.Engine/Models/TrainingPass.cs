using Stepwise.Engine.Memory;
using Stepwise.Policies;

namespace Stepwise.Engine.Models;

/// <summary>Forward and backward over packed batches: log-probabilities of given completions, and the gradient of a loss of them.</summary>
internal sealed unsafe partial class TrainingPass : IDisposable
{
    private readonly Decoder _decoder;
    private readonly ModelConfig _config;
    private readonly bool _recompute;
    private readonly HeadPass _head;
    private readonly BackwardPass _backward;
    private readonly TrainingArena _memory;
    private readonly PackedBatch _packed = new();
    private readonly LayerActivations[] _layers;
    private LossBuffers _buffers = new(0);

    /// <param name="decoder">The decoder.</param>
    /// <param name="recompute">
    /// Keep only each layer's input for backward and compute the layer a second time there: same bits, less memory, a third more work.
    /// </param>
    /// <param name="logitBudget">As of <see cref="HeadPass"/>.</param>
    public TrainingPass(Decoder decoder, bool recompute = false, int logitBudget = HeadPass.LogitBudget)
    {
        _decoder = decoder;
        _config = decoder.Config;
        _recompute = recompute;
        _head = new HeadPass(decoder, logitBudget);
        _backward = new BackwardPass(decoder, recompute);
        _memory = new TrainingArena(_config);
        _layers = new LayerActivations[_config.Layers];
    }

    /// <summary>Log-probabilities and entropies of a batch's targets; forward only.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="temperature">Divides the logits.</param>
    /// <param name="logProbs">[targets].</param>
    /// <param name="entropies">[targets].</param>
    /// <param name="cancellationToken">Stops between two layers.</param>
    public void Score(
        PackedBatch batch, double temperature, Span<float> logProbs, Span<float> entropies, CancellationToken cancellationToken = default)
    {
        Arena arena = Reserve(batch, batch.Targets.Length, KeptLayers.OfScoring);
        BatchRows rows = BatchRows.Copy(arena, batch);
        HeadRows head = _head.Predict(rows, Forward(batch, rows, arena, cancellationToken), arena);
        _head.Forward(rows, head, temperature, 0, rows.TargetCount);
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
        Arena arena = Reserve(packed, packed.Targets.Length, KeptLayers.OfTraining(_config, _recompute));
        BatchRows rows = BatchRows.Copy(arena, packed);
        _buffers = _buffers.For(rows.TargetCount);
        HeadRows head = _head.Predict(rows, ForwardKept(packed, rows, arena, cancellationToken), arena);
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
            _head.Forward(rows, head, batch.Temperature, first, count);
            new ReadOnlySpan<float>(head.LogProbs + first, count).CopyTo(_buffers.LogProbs.AsSpan(first));
            for (; group < past; group++)
            {
                value += _buffers.Evaluate(batch.Groups[group], batch.Totals, loss, metrics, packed.TargetOfGroup(group));
            }

            _buffers.Gradient.AsSpan(first, count).CopyTo(new Span<float>(head.Gradient + first, count));
            _head.Backward(rows, head, batch.Temperature, first, count, gradient);
        }

        float* dx = arena.Take((long)rows.Count * _config.Width);
        new Span<float>(dx, checked(rows.Count * _config.Width)).Clear();
        _head.PredictBackward(rows, head, dx, gradient);
        _backward.Run(packed, rows, _layers, dx, gradient, arena, cancellationToken);
        double entropy = 0;
        foreach (int target in packed.TargetOf)
        {
            entropy += head.Entropies[target];
        }

        return new AccumulateResult(value, entropy, packed.TargetOf.Length);
    }

    public void Dispose() => _memory.Dispose();

    /// <summary>The residual stream after the last layer; nothing is kept for backward.</summary>
    private float* Forward(PackedBatch batch, in BatchRows rows, Arena arena, CancellationToken cancellationToken)
    {
        LayerActivations a = LayerActivations.Allocate(arena, _config, rows.Count);
        _decoder.Embed(rows.Tokens, rows.Count, a.Input);
        for (int l = 0; l < _config.Layers; l++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Layer(l, batch, rows, a, a.Input);
        }

        return a.Input;
    }

    /// <summary>The residual stream after the last layer; what backward reads of the layers is kept.</summary>
    private float* ForwardKept(PackedBatch batch, in BatchRows rows, Arena arena, CancellationToken cancellationToken)
    {
        for (int l = 0; l < _layers.Length; l++)
        {
            _layers[l] = _recompute && l > 0
                ? _layers[0].WithInput(arena.Take((long)rows.Count * _config.Width))
                : LayerActivations.Allocate(arena, _config, rows.Count);
        }

        float* output = arena.Take((long)rows.Count * _config.Width);
        _decoder.Embed(rows.Tokens, rows.Count, _layers[0].Input);
        for (int l = 0; l < _layers.Length; l++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Layer(l, batch, rows, _layers[l], l + 1 < _layers.Length ? _layers[l + 1].Input : output);
        }

        return output;
    }

    private void Layer(int l, PackedBatch batch, in BatchRows rows, in LayerActivations a, float* next)
    {
        _decoder.Project(l, rows.Positions, rows.Count, a);
        _decoder.Attend(l, batch.Segments, a);
        _decoder.Finish(l, rows.Count, a, next);
    }

    /// <summary>Checks a batch and gives it memory.</summary>
    private Arena Reserve(PackedBatch batch, int targets, KeptLayers kept)
    {
        _decoder.Prepare(batch);
        return _memory.For(batch.Rows, targets, kept);
    }
}
