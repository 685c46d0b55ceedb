using System.Runtime.Intrinsics;
using Stepwise.Engine.Memory;

namespace Stepwise.Engine.Kernels;

/// <summary>
/// Rotary position embedding (Su et al., arXiv 2104.09864) in the layout of the published checkpoints: element i of a head is rotated
/// together with element i + D/2 by the angle position · inverseFrequency[i], and scaled by the attention factor.
/// </summary>
internal sealed unsafe class Rope : IDisposable
{
    private const int GrainElements = 8192;
    private readonly NativeBuffer<float> _table;
    private readonly int _half;

    /// <summary>
    /// Builds the table of cosines and sines. The angle is rounded to fp32 before its cosine is taken, as in the reference implementations:
    /// released weights were trained with these angles.
    /// </summary>
    /// <param name="inverseFrequencies">[D/2], radians per position; at least one.</param>
    /// <param name="attentionFactor">Multiplies cosines and sines, once they are rounded.</param>
    /// <param name="positions">Number of positions, at least 1.</param>
    public Rope(ReadOnlySpan<float> inverseFrequencies, float attentionFactor, int positions)
    {
        ArgumentOutOfRangeException.ThrowIfZero(inverseFrequencies.Length, nameof(inverseFrequencies));
        ArgumentOutOfRangeException.ThrowIfLessThan(positions, 1);
        _half = inverseFrequencies.Length;
        Positions = positions;
        _table = new NativeBuffer<float>(2L * positions * _half);
        for (int position = 0; position < positions; position++)
        {
            for (int i = 0; i < _half; i++)
            {
                (double sine, double cosine) = Math.SinCos(position * inverseFrequencies[i]);
                Cosine[((nint)position * _half) + i] = (float)cosine * attentionFactor;
                Sine[((nint)position * _half) + i] = (float)sine * attentionFactor;
            }
        }
    }

    /// <summary>Number of positions in the table.</summary>
    public int Positions { get; }

    /// <summary>[Positions, D/2].</summary>
    private float* Cosine => _table.Pointer;

    /// <summary>[Positions, D/2].</summary>
    private float* Sine => _table.Pointer + ((nint)Positions * _half);

    /// <summary>Rotates every head of every row in place.</summary>
    /// <param name="workers">The threads.</param>
    /// <param name="x">[rows, heads, D].</param>
    /// <param name="ldx">Floats from row to row, at least heads · D.</param>
    /// <param name="positions">[rows], each in [0, <see cref="Positions"/>).</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="heads">Heads per row.</param>
    public void Forward(Workers workers, float* x, int ldx, int* positions, int rows, int heads)
        => Rotate(workers, x, ldx, positions, rows, heads, 1f);

    /// <summary>The gradient, in place: the rotation by the negative angle, scaled alike.</summary>
    /// <param name="workers">The threads.</param>
    /// <param name="dx">[rows, heads, D].</param>
    /// <param name="lddx">Floats from row to row, at least heads · D.</param>
    /// <param name="positions">[rows], each in [0, <see cref="Positions"/>).</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="heads">Heads per row.</param>
    public void Backward(Workers workers, float* dx, int lddx, int* positions, int rows, int heads)
        => Rotate(workers, dx, lddx, positions, rows, heads, -1f);

    /// <summary>Gives the memory back.</summary>
    public void Dispose() => _table.Dispose();

    private void Rotate(Workers workers, float* x, int ldx, int* positions, int rows, int heads, float direction)
    {
        RotateKernel kernel = new()
        {
            X = x, Ldx = ldx, Positions = positions, Heads = heads, Half = _half, Direction = direction,
            Cosine = Cosine, Sine = Sine,
        };
        workers.For(ref kernel, rows, Math.Max(1, GrainElements / (heads * _half * 2)));
    }

    private struct RotateKernel : IRangeKernel
    {
        public float* X;
        public nint Ldx;
        public int* Positions;
        public float* Cosine;
        public float* Sine;
        public int Heads;
        public int Half;
        public float Direction;

        public readonly void Run(int start, int end, int worker)
        {
            for (int row = start; row < end; row++)
            {
                float* cosine = Cosine + ((nint)Positions[row] * Half);
                float* sine = Sine + ((nint)Positions[row] * Half);
                for (int head = 0; head < Heads; head++)
                {
                    RotateHead(X + (row * Ldx) + (head * 2 * Half), cosine, sine);
                }
            }
        }

        private readonly void RotateHead(float* x, float* cosine, float* sine)
        {
            float* second = x + Half;
            Vector512<float> direction = Vector512.Create(Direction);
            int i = 0;
            for (; i <= Half - Lanes.Count; i += Lanes.Count)
            {
                Vector512<float> s = Vector512.Load(sine + i) * direction;
                Vector512<float> c = Vector512.Load(cosine + i);
                Vector512<float> a = Vector512.Load(x + i);
                Vector512<float> b = Vector512.Load(second + i);
                Vector512.FusedMultiplyAdd(a, c, -(b * s)).Store(x + i);
                Vector512.FusedMultiplyAdd(b, c, a * s).Store(second + i);
            }

            int tail = Half - i;
            if (tail > 0)
            {
                Vector512<float> s = Lanes.LoadTail(sine + i, tail) * direction;
                Vector512<float> c = Lanes.LoadTail(cosine + i, tail);
                Vector512<float> a = Lanes.LoadTail(x + i, tail);
                Vector512<float> b = Lanes.LoadTail(second + i, tail);
                Lanes.StoreTail(Vector512.FusedMultiplyAdd(a, c, -(b * s)), x + i, tail);
                Lanes.StoreTail(Vector512.FusedMultiplyAdd(b, c, a * s), second + i, tail);
            }
        }
    }
}
