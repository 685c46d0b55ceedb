using Stepwise.Engine.Kernels;
using Stepwise.Engine.Memory;

namespace Stepwise.Engine.Models;

/// <summary>The backward pass through a decoder's layers.</summary>
/// <remarks>The gradient is that of the weights, or of the adapters alone where the decoder has some: the weights are frozen then.</remarks>
/// <param name="decoder">The decoder.</param>
/// <param name="recompute">Whether only the layers' inputs were kept, so that each layer is computed a second time.</param>
internal sealed unsafe class BackwardPass(Decoder decoder, bool recompute)
{
    /// <summary>Whether the weights themselves are trained.</summary>
    private bool Trains => decoder.Adapters is null;

    /// <summary>Floats per row that <see cref="Run"/> takes, rounding of each array aside.</summary>
    public static long FloatsPerRow(ModelConfig config) => config.FeedForwardWidth + config.Width
        + ((long)config.Heads * config.HeadSize) + LayerMatrices.QueryKeyValueWidth(config);

    /// <summary>From the gradient after the last layer, dx [R, C], to the gradients of all layers and of the embedding.</summary>
    public void Run(
        PackedBatch batch, in BatchRows packed, LayerActivations[] layers, float* dx, float* gradient, Arena arena,
        CancellationToken cancellationToken)
    {
        int rows = packed.Count, width = decoder.Config.Width, feedForward = decoder.Config.FeedForwardWidth;
        int queryWidth = decoder.Config.Heads * decoder.Config.HeadSize, queryKeyValue = decoder.QueryKeyValueWidth;
        BackwardMatrices matrices = decoder.Weights.PrepareBackward();
        ParameterLayout layout = decoder.Weights.Layout;
        float* dActivated = arena.Take((long)rows * feedForward);
        float* dNormed = arena.Take((long)rows * width);
        float* dAttended = arena.Take((long)rows * queryWidth);
        float* dQueryKeyValue = arena.Take((long)rows * queryKeyValue);
        for (int l = layers.Length - 1; l >= 0; l--)
        {
            cancellationToken.ThrowIfCancellationRequested();
            LayerActivations a = layers[l];
            LayerParameters p = layout.Layers[l];
            LayerAdapters? adapters = decoder.Adapters?.Layers[l];
            (PackedMatrix wQueryKeyValue, PackedMatrix wOutput, PackedMatrix wGateUp, PackedMatrix wDown) = matrices.Layers[l];
            if (recompute && l + 1 < layers.Length)
            {
                // The last layer's are still there.
                Recompute(l, batch, packed, a);
            }

            LinearBackward(dx, a.Activated, wDown, p.Down, adapters?.Down, dActivated, rows, gradient);
            SwiGlu.Backward(
                decoder.Workers, dActivated, feedForward, a.GateUp, a.GateUp + feedForward, 2 * feedForward, a.GateUp, a.GateUp + feedForward, rows,
                feedForward);
            LinearBackward(a.GateUp, a.MiddleNormed, wGateUp, p.Gate, adapters?.GateUp, dNormed, rows, gradient);
            RmsNorm.Backward(
                decoder.Workers, dNormed, a.Middle, decoder.Weights.At(p.FeedForwardNorm), a.MiddleInverseRms, dx,
                decoder.GradientOf(p.FeedForwardNorm, gradient), rows, width, accumulate: true);

            LinearBackward(dx, a.Attended, wOutput, p.Output, adapters?.Output, dAttended, rows, gradient);
            decoder.AttendBackward(l, batch.Segments, a, dAttended, dQueryKeyValue);
            decoder.ProjectedBackward(l, packed.Positions, rows, a, dQueryKeyValue, gradient);
            if (Trains && p.QueryBias is { } bias)
            {
                Elementwise.AccumulateBias(decoder.Workers, dQueryKeyValue, queryKeyValue, gradient + bias.Offset, rows, queryKeyValue);
            }

            LinearBackward(dQueryKeyValue, a.Normed, wQueryKeyValue, p.Query, adapters?.QueryKeyValue, dNormed, rows, gradient);
            RmsNorm.Backward(
                decoder.Workers, dNormed, a.Input, decoder.Weights.At(p.AttentionNorm), a.InverseRms, dx,
                decoder.GradientOf(p.AttentionNorm, gradient), rows, width, accumulate: true);
        }

        if (Trains)
        {
            Embedding.Backward(decoder.Workers, dx, packed.Tokens, gradient + layout.Embedding.Offset, rows, width);
        }
    }

    /// <summary>Computes again what backward reads of a layer, from its input.</summary>
    private void Recompute(int l, PackedBatch batch, in BatchRows rows, in LayerActivations a)
    {
        decoder.Project(l, rows.Positions, rows.Count, a);
        decoder.Attend(l, batch.Segments, a);
        decoder.Activate(l, rows.Count, a);
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
        MatMul.Multiply(decoder.Workers, dy, w.K, w, dx, w.N, rows, accumulate: false);
        if (Trains)
        {
            MatMul.AccumulateOuter(decoder.Workers, dy, w.K, x, w.N, gradient + weight.Offset, w.N, rows, w.K, w.N);
        }
        else
        {
            adapters?.Backward(dy, w.K, x, w.N, dx, rows, gradient);
        }
    }
}
