using Stepwise.Engine.Kernels;
using Stepwise.Engine.Memory;
using Stepwise.Policies;

namespace Stepwise.Engine.Optimizers;

/// <content>What is kept beside the moments where it is asked for: an average of the weights, the last gradient.</content>
internal sealed unsafe partial class AdamWOptimizer
{
    /// <summary>The exponential average of the weights; <see langword="null"/> where none is kept.</summary>
    public NativeBuffer<float>? Average { get; private set; }

    /// <summary>The gradient of the last step, as it was before <see cref="Align"/>; <see langword="null"/> where none is kept.</summary>
    public NativeBuffer<float>? LastGradient { get; private set; }

    /// <summary>The average's memory, which is made where there is none.</summary>
    public NativeBuffer<float> KeepAverage() => Average ??= _owned.Add(new NativeBuffer<float>(_layout.Count));

    /// <summary>The last gradient's memory, which is made, all zero, where there is none.</summary>
    public NativeBuffer<float> KeepLastGradient() => LastGradient ??= _owned.Add(new NativeBuffer<float>(_layout.Count));

    /// <summary>As <see cref="IGradientMemory.AlignAsync"/>.</summary>
    public GradientAlignment Align(Func<GradientAlignment, double> multiple)
    {
        float* last = KeepLastGradient().Pointer;
        GradientAlignment alignment = new(
            Norm2.SumOfSquares(_workers, Gradient.Pointer, _layout.Count), Norm2.SumOfSquares(_workers, last, _layout.Count),
            FlatBlocks.Dot(_workers, Gradient.Pointer, last, _layout.Count));
        if (double.IsFinite(alignment.Squares))
        {
            double factor = alignment.Cosine is null ? 0 : multiple(alignment);
            FlatBlocks.AddAndRemember(_workers, Gradient.Pointer, last, (float)factor, _layout.Count);
        }

        return alignment;
    }
}
