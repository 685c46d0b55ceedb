using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Stepwise.Engine.Kernels;

/// <summary>The numbers of one AdamW step.</summary>
/// <param name="LearningRate">Learning rate, at least 0.</param>
/// <param name="Beta1">Decay of the first moment, in [0, 1).</param>
/// <param name="Beta2">Decay of the second moment, in [0, 1).</param>
/// <param name="Epsilon">Added to the root of the second moment, above 0.</param>
/// <param name="WeightDecay">Decoupled weight decay of the range, at least 0.</param>
/// <param name="GradientScale">Multiplies the gradient: the clip coefficient.</param>
/// <param name="Step">Number of the step, from 1.</param>
internal readonly record struct AdamWStep(
    double LearningRate, double Beta1, double Beta2, double Epsilon, double WeightDecay, double GradientScale, long Step);

/// <summary>
/// Adam with decoupled weight decay (Loshchilov and Hutter, arXiv 1711.05101), in the form of PyTorch: p −= lr·wd·p; m, v updated;
/// p −= lr/(1−β₁ᵗ) · m / (√v/√(1−β₂ᵗ) + ε).
/// </summary>
internal static unsafe class AdamW
{
    /// <summary>Takes one step on a range of parameters and zeroes its gradient, in one pass.</summary>
    /// <param name="workers">The threads; their shared scratch memory is used.</param>
    /// <param name="parameters">[count].</param>
    /// <param name="gradient">[count]; zeroed.</param>
    /// <param name="first">[count], first moment m.</param>
    /// <param name="second">[count], second moment v.</param>
    /// <param name="count">Number of elements.</param>
    /// <param name="step">The numbers of the step.</param>
    /// <returns>The sum of squares of the change of the parameters.</returns>
    public static double Apply(
        Workers workers, float* parameters, float* gradient, float* first, float* second, long count, in AdamWStep step)
    {
        int blocks = Norm2.Blocks(count);
        double* partial = (double*)workers.SharedScratch(2L * blocks);
        StepKernel kernel = new()
        {
            Parameters = parameters,
            Gradient = gradient,
            First = first,
            Second = second,
            Count = count,
            Partial = partial,
            Keep = (float)(1.0 - (step.LearningRate * step.WeightDecay)),
            GradientScale = (float)step.GradientScale,
            Beta1 = (float)step.Beta1,
            OneMinusBeta1 = (float)(1.0 - step.Beta1),
            Beta2 = (float)step.Beta2,
            OneMinusBeta2 = (float)(1.0 - step.Beta2),
            Rate = (float)(-step.LearningRate / (1.0 - Math.Pow(step.Beta1, step.Step))),
            RootScale = (float)(1.0 / Math.Sqrt(1.0 - Math.Pow(step.Beta2, step.Step))),
            Epsilon = (float)step.Epsilon,
        };
        workers.For(ref kernel, blocks, 1);
        return Norm2.Total(partial, blocks);
    }

    private struct StepKernel : IRangeKernel
    {
        public float* Parameters;
        public float* Gradient;
        public float* First;
        public float* Second;
        public double* Partial;
        public long Count;
        public float Keep;
        public float GradientScale;
        public float Beta1;
        public float OneMinusBeta1;
        public float Beta2;
        public float OneMinusBeta2;
        public float Rate;
        public float RootScale;
        public float Epsilon;

        public readonly void Run(int start, int end, int worker)
        {
            for (int block = start; block < end; block++)
            {
                nint at = (nint)block * Norm2.BlockElements;
                int count = (int)Math.Min(Norm2.BlockElements, Count - at);
                Vector512<double> low = default;
                Vector512<double> high = default;
                int i = 0;
                for (; i <= count - Lanes.Count; i += Lanes.Count)
                {
                    nint j = at + i;
                    Vector512<float> p = Vector512.Load(Parameters + j);
                    Vector512<float> m = Vector512.Load(First + j);
                    Vector512<float> v = Vector512.Load(Second + j);
                    Vector512<float> change = Update(ref p, Vector512.Load(Gradient + j), ref m, ref v);
                    p.Store(Parameters + j);
                    m.Store(First + j);
                    v.Store(Second + j);
                    Vector512<float>.Zero.Store(Gradient + j);
                    Norm2.AddSquares(change, ref low, ref high);
                }

                int tail = count - i;
                if (tail > 0)
                {
                    nint j = at + i;
                    Vector512<float> p = Lanes.LoadTail(Parameters + j, tail);
                    Vector512<float> m = Lanes.LoadTail(First + j, tail);
                    Vector512<float> v = Lanes.LoadTail(Second + j, tail);
                    Vector512<float> change = Update(ref p, Lanes.LoadTail(Gradient + j, tail), ref m, ref v);
                    Lanes.StoreTail(p, Parameters + j, tail);
                    Lanes.StoreTail(m, First + j, tail);
                    Lanes.StoreTail(v, Second + j, tail);
                    Lanes.StoreTail(default, Gradient + j, tail);
                    Norm2.AddSquares(change, ref low, ref high);
                }

                Partial[block] = Norm2.Sum(low + high);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private readonly Vector512<float> Update(
            ref Vector512<float> p, Vector512<float> gradient, ref Vector512<float> m, ref Vector512<float> v)
        {
            Vector512<float> before = p;
            Vector512<float> g = gradient * Vector512.Create(GradientScale);
            m = Vector512.FusedMultiplyAdd(g, Vector512.Create(OneMinusBeta1), m * Vector512.Create(Beta1));
            v = Vector512.FusedMultiplyAdd(g * g, Vector512.Create(OneMinusBeta2), v * Vector512.Create(Beta2));
            Vector512<float> root = Vector512.FusedMultiplyAdd(Vector512.Sqrt(v), Vector512.Create(RootScale), Vector512.Create(Epsilon));
            p = Vector512.FusedMultiplyAdd(m / root, Vector512.Create(Rate), p * Vector512.Create(Keep));
            return p - before;
        }
    }
}
