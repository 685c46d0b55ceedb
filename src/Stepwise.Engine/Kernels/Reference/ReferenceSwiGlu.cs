namespace Stepwise.Engine.Kernels.Reference;

/// <summary>The plain twin of <see cref="SwiGlu"/>, in double precision.</summary>
internal static class ReferenceSwiGlu
{
    /// <summary>y = gate / (1 + e^−gate) · up.</summary>
    public static void Forward(ReadOnlySpan<double> gate, ReadOnlySpan<double> up, Span<double> y)
    {
        for (int i = 0; i < y.Length; i++)
        {
            y[i] = gate[i] / (1.0 + Math.Exp(-gate[i])) * up[i];
        }
    }
}
