namespace Stepwise.Engine.Kernels.Reference;

/// <summary>The plain twin of <see cref="MatMul"/>, in double precision.</summary>
internal static class ReferenceMatMul
{
    /// <summary>y[M, N] += x[M, K] · wᵀ with w [N, K].</summary>
    public static void Multiply(ReadOnlySpan<double> x, ReadOnlySpan<double> w, Span<double> y, int m, int n, int k)
    {
        for (int row = 0; row < m; row++)
        {
            for (int column = 0; column < n; column++)
            {
                double sum = 0;
                for (int i = 0; i < k; i++)
                {
                    sum += x[(row * k) + i] * w[(column * k) + i];
                }

                y[(row * n) + column] += sum;
            }
        }
    }

    /// <summary>dw[N, K] += dyᵀ · x with dy [M, N] and x [M, K].</summary>
    public static void AccumulateOuter(ReadOnlySpan<double> dy, ReadOnlySpan<double> x, Span<double> dw, int m, int n, int k)
    {
        for (int row = 0; row < m; row++)
        {
            for (int column = 0; column < n; column++)
            {
                for (int i = 0; i < k; i++)
                {
                    dw[(column * k) + i] += dy[(row * n) + column] * x[(row * k) + i];
                }
            }
        }
    }
}
