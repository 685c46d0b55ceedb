namespace Stepwise.Engine.Kernels.Reference;

/// <summary>The plain twin of <see cref="AdamW"/>, in double precision.</summary>
internal static class ReferenceAdamW
{
    /// <summary>One step; returns the sum of squares of the change.</summary>
    public static double Apply(Span<double> p, ReadOnlySpan<double> gradient, Span<double> m, Span<double> v, in AdamWStep step)
    {
        double squares = 0;
        for (int i = 0; i < p.Length; i++)
        {
            double before = p[i];
            double g = gradient[i] * step.GradientScale;
            p[i] -= step.LearningRate * step.WeightDecay * p[i];
            m[i] = (step.Beta1 * m[i]) + ((1 - step.Beta1) * g);
            v[i] = (step.Beta2 * v[i]) + ((1 - step.Beta2) * g * g);
            double denominator = (Math.Sqrt(v[i]) / Math.Sqrt(1 - Math.Pow(step.Beta2, step.Step))) + step.Epsilon;
            p[i] -= step.LearningRate / (1 - Math.Pow(step.Beta1, step.Step)) * m[i] / denominator;
            squares += (p[i] - before) * (p[i] - before);
        }

        return squares;
    }
}
