using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Stepwise.Engine.Kernels;

/// <summary>The gated activation y = silu(gate) · up with silu(g) = g · σ(g) (Shazeer, arXiv 2002.05202).</summary>
internal static unsafe class SwiGlu
{
    private const int GrainElements = 4096;

    /// <summary>y = silu(gate) · up.</summary>
    /// <param name="workers">The threads.</param>
    /// <param name="gate">[rows, width].</param>
    /// <param name="up">[rows, width].</param>
    /// <param name="ld">Floats from row to row of gate and of up.</param>
    /// <param name="y">[rows, width]; may be gate or up where the strides agree.</param>
    /// <param name="ldy">Floats from row to row of y.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="width">Length of a row.</param>
    public static void Forward(Workers workers, float* gate, float* up, int ld, float* y, int ldy, int rows, int width)
    {
        ForwardKernel kernel = new() { Gate = gate, Up = up, Ld = ld, Y = y, Ldy = ldy, Width = width };
        workers.For(ref kernel, rows, Math.Max(1, GrainElements / width));
    }

    /// <summary>The gradient: dgate = dy · up · σ · (1 + gate · (1 − σ)), dup = dy · gate · σ with σ = σ(gate); both replaced.</summary>
    /// <param name="workers">The threads.</param>
    /// <param name="dy">[rows, width].</param>
    /// <param name="lddy">Floats from row to row of dy.</param>
    /// <param name="gate">[rows, width], from the forward pass.</param>
    /// <param name="up">[rows, width], from the forward pass.</param>
    /// <param name="ld">Floats from row to row of gate, up, dgate and dup.</param>
    /// <param name="dgate">[rows, width]; may be gate.</param>
    /// <param name="dup">[rows, width]; may be up.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="width">Length of a row.</param>
    public static void Backward(
        Workers workers, float* dy, int lddy, float* gate, float* up, int ld, float* dgate, float* dup, int rows, int width)
    {
        BackwardKernel kernel = new()
        {
            Dy = dy, Lddy = lddy, Gate = gate, Up = up, Ld = ld, Dgate = dgate, Dup = dup, Width = width,
        };
        workers.For(ref kernel, rows, Math.Max(1, GrainElements / width));
    }

    private struct ForwardKernel : IRangeKernel
    {
        public float* Gate;
        public float* Up;
        public nint Ld;
        public float* Y;
        public nint Ldy;
        public int Width;

        public readonly void Run(int start, int end, int worker)
        {
            for (int row = start; row < end; row++)
            {
                float* gate = Gate + (row * Ld);
                float* up = Up + (row * Ld);
                float* y = Y + (row * Ldy);
                int i = 0;
                for (; i <= Width - Lanes.Count; i += Lanes.Count)
                {
                    Activate(Vector512.Load(gate + i), Vector512.Load(up + i)).Store(y + i);
                }

                if (i < Width)
                {
                    int tail = Width - i;
                    Lanes.StoreTail(Activate(Lanes.LoadTail(gate + i, tail), Lanes.LoadTail(up + i, tail)), y + i, tail);
                }
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector512<float> Activate(Vector512<float> gate, Vector512<float> up) => gate * VectorMath.Sigmoid(gate) * up;
    }

    private struct BackwardKernel : IRangeKernel
    {
        public float* Dy;
        public nint Lddy;
        public float* Gate;
        public float* Up;
        public nint Ld;
        public float* Dgate;
        public float* Dup;
        public int Width;

        public readonly void Run(int start, int end, int worker)
        {
            for (int row = start; row < end; row++)
            {
                float* dy = Dy + (row * Lddy);
                nint offset = row * Ld;
                int i = 0;
                for (; i <= Width - Lanes.Count; i += Lanes.Count)
                {
                    nint at = offset + i;
                    Vector512<float> gate = Vector512.Load(Gate + at);
                    Vector512<float> up = Vector512.Load(Up + at);
                    (Vector512<float> dgate, Vector512<float> dup) = Differentiate(Vector512.Load(dy + i), gate, up);
                    dgate.Store(Dgate + at);
                    dup.Store(Dup + at);
                }

                if (i < Width)
                {
                    int tail = Width - i;
                    nint at = offset + i;
                    Vector512<float> gate = Lanes.LoadTail(Gate + at, tail);
                    Vector512<float> up = Lanes.LoadTail(Up + at, tail);
                    (Vector512<float> dgate, Vector512<float> dup) = Differentiate(Lanes.LoadTail(dy + i, tail), gate, up);
                    Lanes.StoreTail(dgate, Dgate + at, tail);
                    Lanes.StoreTail(dup, Dup + at, tail);
                }
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static (Vector512<float> Gate, Vector512<float> Up) Differentiate(
            Vector512<float> dy, Vector512<float> gate, Vector512<float> up)
        {
            Vector512<float> sigmoid = VectorMath.Sigmoid(gate);
            Vector512<float> slope = Vector512.FusedMultiplyAdd(gate, Vector512<float>.One - sigmoid, Vector512<float>.One);
            return (dy * up * sigmoid * slope, dy * gate * sigmoid);
        }
    }
}
