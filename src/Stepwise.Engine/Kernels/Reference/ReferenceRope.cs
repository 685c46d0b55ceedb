namespace Stepwise.Engine.Kernels.Reference;

/// <summary>The plain twin of <see cref="Rope"/>, in double precision.</summary>
internal static class ReferenceRope
{
    /// <summary>Rotates elements i and i + D/2 of every head of x [rows, heads, D] in place, and scales them.</summary>
    public static void Forward(
        Span<double> x, ReadOnlySpan<float> inverseFrequencies, double attentionFactor, ReadOnlySpan<int> positions, int rows, int heads)
    {
        int half = inverseFrequencies.Length;
        for (int row = 0; row < rows; row++)
        {
            for (int head = 0; head < heads; head++)
            {
                Span<double> vector = x.Slice(((row * heads) + head) * 2 * half, 2 * half);
                for (int i = 0; i < half; i++)
                {
                    (double sine, double cosine) = Math.SinCos(positions[row] * inverseFrequencies[i]);
                    double a = vector[i];
                    double b = vector[i + half];
                    vector[i] = attentionFactor * ((a * cosine) - (b * sine));
                    vector[i + half] = attentionFactor * ((b * cosine) + (a * sine));
                }
            }
        }
    }
}
