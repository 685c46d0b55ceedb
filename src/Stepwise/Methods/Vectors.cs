namespace Stepwise.Methods;

/// <summary>Sums over vectors in rising order, in double precision: the same bits on every machine.</summary>
internal static class Vectors
{
    /// <summary>⟨x, y⟩ of two vectors of a length.</summary>
    public static double Dot(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        double sum = 0;
        for (int i = 0; i < x.Length; i++)
        {
            sum += x[i] * y[i];
        }

        return sum;
    }

    /// <summary>⟨x, y⟩ of two vectors of a length.</summary>
    public static double Dot(ReadOnlySpan<double> x, ReadOnlySpan<float> y)
    {
        double sum = 0;
        for (int i = 0; i < x.Length; i++)
        {
            sum += x[i] * y[i];
        }

        return sum;
    }

    /// <summary>Adds a multiple of a vector to another of its length.</summary>
    public static void Add(ReadOnlySpan<double> x, double multiple, Span<double> sum)
    {
        for (int i = 0; i < x.Length; i++)
        {
            sum[i] += multiple * x[i];
        }
    }

    /// <summary>Adds a multiple of a vector to another of its length.</summary>
    public static void Add(ReadOnlySpan<float> x, double multiple, Span<double> sum)
    {
        for (int i = 0; i < x.Length; i++)
        {
            sum[i] += multiple * x[i];
        }
    }

    /// <summary>The direction of a vector; one of no length stays.</summary>
    public static double[] Direction(double[] vector)
    {
        double norm = Math.Sqrt(Dot(vector, vector));
        return norm > 0 ? Array.ConvertAll(vector, value => value / norm) : vector;
    }

    /// <summary>exp(xᵢ) / Σ exp(x), by the largest so that nothing overflows.</summary>
    public static double[] SoftMax(double[] values)
    {
        double largest = values.Max();
        double[] powers = Array.ConvertAll(values, value => Math.Exp(value - largest));
        double sum = powers.Sum();
        return Array.ConvertAll(powers, power => power / sum);
    }
}
