namespace Stepwise.Engine.Kernels.Reference;

/// <summary>The plain twin of <see cref="RmsNorm"/>, in double precision.</summary>
internal static class ReferenceRmsNorm
{
    /// <summary>y = w · x / √(mean(x²) + ε) per row.</summary>
    public static void Forward(
        ReadOnlySpan<double> x, ReadOnlySpan<double> weight, Span<double> y, int rows, int width, double epsilon)
    {
        for (int row = 0; row < rows; row++)
        {
            double squares = 0;
            for (int i = 0; i < width; i++)
            {
                squares += x[(row * width) + i] * x[(row * width) + i];
            }

            double inverse = 1.0 / Math.Sqrt((squares / width) + epsilon);
            for (int i = 0; i < width; i++)
            {
                y[(row * width) + i] = weight[i] * x[(row * width) + i] * inverse;
            }
        }
    }
}
