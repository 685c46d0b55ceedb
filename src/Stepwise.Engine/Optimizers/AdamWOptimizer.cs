using System.Runtime.InteropServices;
using Stepwise.Engine.Kernels;
using Stepwise.Engine.Memory;
using Stepwise.Engine.Models;
using Stepwise.Policies;

namespace Stepwise.Engine.Optimizers;

/// <summary>
/// Adam with decoupled weight decay over the flat blocks, after clipping the gradient by its global norm:
/// <c>g ← g · min(1, c / (‖g‖ + 1e−6))</c>, <c>m ← β₁m + (1 − β₁)g</c>, <c>v ← β₂v + (1 − β₂)g²</c>,
/// <c>w ← w − ηλw − η (m / (1 − β₁ᵗ)) / (√(v / (1 − β₂ᵗ)) + ε)</c>.
/// </summary>
/// <remarks>Loshchilov and Hutter 2019 (arXiv 1711.05101, algorithm 2), with PyTorch's clip coefficient.</remarks>
internal sealed unsafe partial class AdamWOptimizer : IDisposable
{
    private readonly Owned _owned = new();
    private readonly OptimizerOptions _options;
    private readonly ParameterBlock _layout;
    private readonly Workers _workers;
    private readonly (long Start, long End, bool Decays)[] _ranges;

    /// <summary>Allocates gradient and moments, all zero.</summary>
    /// <param name="layout">The flat block's layout.</param>
    /// <param name="options">The settings.</param>
    /// <param name="workers">The threads.</param>
    /// <param name="decays">Which parameters decay; matrices by default.</param>
    public AdamWOptimizer(ParameterBlock layout, OptimizerOptions options, Workers workers, Func<Parameter, bool>? decays = null)
    {
        _layout = layout;
        _options = options;
        _workers = workers;
        _ranges = [.. Ranges(layout, decays ?? (p => p.IsMatrix))];
        try
        {
            Gradient = _owned.Add(new NativeBuffer<float>(layout.Count));
            FirstMoment = _owned.Add(new NativeBuffer<float>(layout.Count));
            SecondMoment = _owned.Add(new NativeBuffer<float>(layout.Count));
        }
        catch
        {
            _owned.Dispose();
            throw;
        }
    }

    /// <summary>The gradient held between steps.</summary>
    public NativeBuffer<float> Gradient { get; }

    public NativeBuffer<float> FirstMoment { get; }

    public NativeBuffer<float> SecondMoment { get; }

    /// <summary>Steps taken, t.</summary>
    public int Steps { get; set; }

    /// <summary>Clips, steps and clears the gradient; one whose norm is not finite is cleared only, and nothing moves.</summary>
    /// <param name="weights">The flat block of weights.</param>
    /// <param name="learningRate">η.</param>
    public ApplyResult Step(float* weights, double learningRate)
    {
        double norm = Math.Sqrt(Norm2.SumOfSquares(_workers, Gradient.Pointer, _layout.Count));
        if (!double.IsFinite(norm))
        {
            NativeMemory.Clear(Gradient.Pointer, (nuint)_layout.Count * sizeof(float));
            return new ApplyResult(norm, 0);
        }

        Steps++;
        double scale = _options.ClipNorm > 0 ? Math.Min(1, _options.ClipNorm / (norm + 1e-6)) : 1;
        double updateSquares = 0;
        foreach ((long start, long end, bool decays) in _ranges)
        {
            AdamWStep step = new(
                learningRate, _options.Beta1, _options.Beta2, _options.Epsilon, decays ? _options.WeightDecay : 0, scale, Steps);
            updateSquares += AdamW.Apply(
                _workers, weights + start, Gradient.Pointer + start, FirstMoment.Pointer + start, SecondMoment.Pointer + start, end - start,
                step);
        }

        return new ApplyResult(norm, Math.Sqrt(updateSquares));
    }

    public void Dispose() => _owned.Dispose();

    /// <summary>The block cut where decay changes from one parameter to the next.</summary>
    private static IEnumerable<(long Start, long End, bool Decays)> Ranges(ParameterBlock layout, Func<Parameter, bool> decays)
    {
        long start = 0;
        for (int p = 0; p < layout.All.Count; p++)
        {
            Parameter parameter = layout.All[p];
            bool last = p + 1 == layout.All.Count;
            if (last || decays(layout.All[p + 1]) != decays(parameter))
            {
                long end = parameter.Offset + parameter.Count;
                yield return (start, end, decays(parameter));
                start = end;
            }
        }
    }
}
