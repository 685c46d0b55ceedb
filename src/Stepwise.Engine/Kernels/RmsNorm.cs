using System.Runtime.Intrinsics;

namespace Stepwise.Engine.Kernels;

/// <summary>Root-mean-square normalisation, y = w · x / √(mean(x²) + ε) (Zhang and Sennrich, arXiv 1910.07467), over dense rows.</summary>
/// <remarks>
/// A norm per head runs over <c>heads</c> adjacent vectors in each of <c>rows</c> rows that lie <c>ld</c> floats apart; a plain norm is the
/// case of one head and dense rows.
/// </remarks>
internal static unsafe class RmsNorm
{
    private const int GrainElements = 8192;

    /// <summary>Normalises rows.</summary>
    /// <param name="workers">The threads.</param>
    /// <param name="x">[rows, width].</param>
    /// <param name="weight">[width].</param>
    /// <param name="y">[rows, width]; may be x.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="width">Length of a row.</param>
    /// <param name="epsilon">ε, above 0.</param>
    /// <param name="inverseRms">[rows], receives 1/√(mean(x²) + ε) for the backward pass; or null.</param>
    public static void Forward(
        Workers workers, float* x, float* weight, float* y, int rows, int width, float epsilon, float* inverseRms)
        => ForwardHeads(workers, x, weight, y, width, rows, 1, width, epsilon, inverseRms);

    /// <summary>Normalises the heads of rows, each on its own.</summary>
    /// <param name="workers">The threads.</param>
    /// <param name="x">[rows, heads, width], rows <paramref name="ld"/> floats apart.</param>
    /// <param name="weight">[width], the same for all heads.</param>
    /// <param name="y">As x; may be x.</param>
    /// <param name="ld">Floats from row to row of x and of y, at least heads · width.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="heads">Heads per row.</param>
    /// <param name="width">Length of a head.</param>
    /// <param name="epsilon">ε, above 0.</param>
    /// <param name="inverseRms">[rows, heads], receives 1/√(mean(x²) + ε) for the backward pass; or null.</param>
    public static void ForwardHeads(
        Workers workers, float* x, float* weight, float* y, int ld, int rows, int heads, int width, float epsilon, float* inverseRms)
    {
        ForwardKernel kernel = new()
        {
            X = x, Weight = weight, Y = y, Ld = ld, Heads = heads, Width = width, Epsilon = epsilon, InverseRms = inverseRms,
        };
        workers.For(ref kernel, rows * heads, Math.Max(1, GrainElements / width));
    }

    /// <summary>
    /// The gradient: with n = x·r, r = inverseRms, dx = r · (w·dy − n · mean(w·dy·n)) and dw += Σ_rows dy·n, rows in ascending order.
    /// </summary>
    /// <param name="workers">The threads.</param>
    /// <param name="dy">[rows, width].</param>
    /// <param name="x">[rows, width], the input of the forward pass.</param>
    /// <param name="weight">[width].</param>
    /// <param name="inverseRms">[rows], from the forward pass.</param>
    /// <param name="dx">[rows, width]; may be dy when it is not accumulated to.</param>
    /// <param name="dweight">[width]; added to. Null leaves it out.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="width">Length of a row.</param>
    /// <param name="accumulate">Whether dx is added to or replaced.</param>
    public static void Backward(
        Workers workers, float* dy, float* x, float* weight, float* inverseRms, float* dx, float* dweight, int rows, int width,
        bool accumulate)
        => BackwardHeads(workers, dy, x, weight, inverseRms, dx, dweight, width, rows, 1, width, accumulate);

    /// <summary>The gradient of <see cref="ForwardHeads"/>; rows and heads in ascending order.</summary>
    /// <param name="workers">The threads.</param>
    /// <param name="dy">[rows, heads, width], rows <paramref name="ld"/> floats apart.</param>
    /// <param name="x">As dy, the input of the forward pass.</param>
    /// <param name="weight">[width].</param>
    /// <param name="inverseRms">[rows, heads], from the forward pass.</param>
    /// <param name="dx">As dy; may be dy when it is not accumulated to.</param>
    /// <param name="dweight">[width]; added to. Null leaves it out.</param>
    /// <param name="ld">Floats from row to row of dy, x and dx.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="heads">Heads per row.</param>
    /// <param name="width">Length of a head.</param>
    /// <param name="accumulate">Whether dx is added to or replaced.</param>
    public static void BackwardHeads(
        Workers workers, float* dy, float* x, float* weight, float* inverseRms, float* dx, float* dweight, int ld, int rows, int heads,
        int width, bool accumulate)
    {
        // First, because dx may overwrite dy.
        if (dweight != null)
        {
            WeightKernel columns = new()
            {
                Dy = dy, X = x, InverseRms = inverseRms, Dweight = dweight, Ld = ld, Rows = rows, Heads = heads, Width = width,
            };
            int vectors = (width + Lanes.Count - 1) / Lanes.Count;
            workers.For(ref columns, vectors, (long)rows * heads * Lanes.Count >= GrainElements ? 1 : vectors);
        }

        BackwardKernel kernel = new()
        {
            Dy = dy, X = x, Weight = weight, InverseRms = inverseRms, Dx = dx, Ld = ld, Heads = heads, Width = width, Accumulate = accumulate,
        };
        workers.For(ref kernel, rows * heads, Math.Max(1, GrainElements / width));
    }

    private static nint Offset(int index, int heads, nint ld, int width) =>
        heads == 1 ? index * ld : (index / heads * ld) + ((nint)(index % heads) * width);

    private struct ForwardKernel : IRangeKernel
    {
        public float* X;
        public float* Weight;
        public float* Y;
        public float* InverseRms;
        public nint Ld;
        public int Heads;
        public int Width;
        public float Epsilon;

        public readonly void Run(int start, int end, int worker)
        {
            for (int row = start; row < end; row++)
            {
                nint offset = Offset(row, Heads, Ld, Width);
                float* x = X + offset;
                float* y = Y + offset;
                float inverse = 1f / MathF.Sqrt((VectorMath.Dot(x, x, Width) / Width) + Epsilon);
                if (InverseRms != null)
                {
                    InverseRms[row] = inverse;
                }

                Vector512<float> scale = Vector512.Create(inverse);
                int i = 0;
                for (; i <= Width - Lanes.Count; i += Lanes.Count)
                {
                    (Vector512.Load(x + i) * scale * Vector512.Load(Weight + i)).Store(y + i);
                }

                if (i < Width)
                {
                    int tail = Width - i;
                    Lanes.StoreTail(Lanes.LoadTail(x + i, tail) * scale * Lanes.LoadTail(Weight + i, tail), y + i, tail);
                }
            }
        }
    }

    private struct BackwardKernel : IRangeKernel
    {
        public float* Dy;
        public float* X;
        public float* Weight;
        public float* InverseRms;
        public float* Dx;
        public nint Ld;
        public int Heads;
        public int Width;
        public bool Accumulate;

        public readonly void Run(int start, int end, int worker)
        {
            for (int row = start; row < end; row++)
            {
                nint offset = Offset(row, Heads, Ld, Width);
                RunRow(Dy + offset, X + offset, Dx + offset, InverseRms[row]);
            }
        }

        private readonly void RunRow(float* dy, float* x, float* dx, float inverseRms)
        {
            Vector512<float> inverse = Vector512.Create(inverseRms);
            Vector512<float> sum = default;
            int i = 0;
            for (; i <= Width - Lanes.Count; i += Lanes.Count)
            {
                Vector512<float> scaled = Vector512.Load(Weight + i) * Vector512.Load(dy + i);
                sum = Vector512.FusedMultiplyAdd(scaled, Vector512.Load(x + i) * inverse, sum);
            }

            int tail = Width - i;
            if (tail > 0)
            {
                Vector512<float> scaled = Lanes.LoadTail(Weight + i, tail) * Lanes.LoadTail(dy + i, tail);
                sum = Vector512.FusedMultiplyAdd(scaled, Lanes.LoadTail(x + i, tail) * inverse, sum);
            }

            Vector512<float> mean = Vector512.Create(-(Lanes.Sum(sum) / Width));
            for (i = 0; i <= Width - Lanes.Count; i += Lanes.Count)
            {
                Vector512<float> scaled = Vector512.Load(Weight + i) * Vector512.Load(dy + i);
                Vector512<float> value = Vector512.FusedMultiplyAdd(Vector512.Load(x + i) * inverse, mean, scaled) * inverse;
                (Accumulate ? Vector512.Load(dx + i) + value : value).Store(dx + i);
            }

            if (tail > 0)
            {
                Vector512<float> scaled = Lanes.LoadTail(Weight + i, tail) * Lanes.LoadTail(dy + i, tail);
                Vector512<float> value = Vector512.FusedMultiplyAdd(Lanes.LoadTail(x + i, tail) * inverse, mean, scaled) * inverse;
                Lanes.StoreTail(Accumulate ? Lanes.LoadTail(dx + i, tail) + value : value, dx + i, tail);
            }
        }
    }

    /// <summary>Items are vectors of columns, so that each column's sum keeps the order of the rows.</summary>
    private struct WeightKernel : IRangeKernel
    {
        public float* Dy;
        public float* X;
        public float* InverseRms;
        public float* Dweight;
        public nint Ld;
        public int Rows;
        public int Heads;
        public int Width;

        public readonly void Run(int start, int end, int worker)
        {
            for (int vector = start; vector < end; vector++)
            {
                int column = vector * Lanes.Count;
                int tail = Width - column;
                Vector512<float> sum = tail >= Lanes.Count ? Vector512.Load(Dweight + column) : Lanes.LoadTail(Dweight + column, tail);
                for (int row = 0; row < Rows * Heads; row++)
                {
                    nint offset = Offset(row, Heads, Ld, Width) + column;
                    Vector512<float> x = tail >= Lanes.Count ? Vector512.Load(X + offset) : Lanes.LoadTail(X + offset, tail);
                    Vector512<float> dy = tail >= Lanes.Count ? Vector512.Load(Dy + offset) : Lanes.LoadTail(Dy + offset, tail);
                    sum = Vector512.FusedMultiplyAdd(dy, x * Vector512.Create(InverseRms[row]), sum);
                }

                if (tail >= Lanes.Count)
                {
                    sum.Store(Dweight + column);
                }
                else
                {
                    Lanes.StoreTail(sum, Dweight + column, tail);
                }
            }
        }
    }
}
