namespace Stepwise.Statistics;

/// <summary>Student's t distribution.</summary>
public static class StudentT
{
    // Lanczos' approximation of ln Γ, g = 7, nine terms (Godfrey's coefficients): relative error below 1e-13 for x > 0.
    private static readonly double[] Lanczos =
    [
        0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
        12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
    ];

    /// <summary>The two-sided critical value t: P(|T| ≤ t) = <paramref name="confidence"/>, to about 1e-10 relative.</summary>
    /// <param name="degreesOfFreedom">ν, at least 1.</param>
    /// <param name="confidence">In (0, 1).</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of range.</exception>
    public static double Critical(int degreesOfFreedom, double confidence = 0.95)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(degreesOfFreedom, 1);
        if (confidence is not (> 0 and < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(confidence), confidence, "A confidence lies strictly between 0 and 1.");
        }

        double high = 1;
        while (TwoSidedTail(high, degreesOfFreedom) > 1 - confidence)
        {
            high *= 2;
        }

        double low = 0;
        for (int i = 0; i < 200 && low < high; i++)
        {
            double middle = (low + high) / 2;
            (low, high) = TwoSidedTail(middle, degreesOfFreedom) > 1 - confidence ? (middle, high) : (low, middle);
        }

        return high;
    }

    /// <summary>P(|T| &gt; t) = I_{ν/(ν+t²)}(ν/2, 1/2).</summary>
    /// <param name="t">At least 0.</param>
    /// <param name="degreesOfFreedom">ν, at least 1.</param>
    public static double TwoSidedTail(double t, int degreesOfFreedom) =>
        IncompleteBeta(degreesOfFreedom / (degreesOfFreedom + (t * t)), degreesOfFreedom / 2.0, 0.5);

    /// <summary>The regularised incomplete beta function I_x(a, b), by Lentz's evaluation of its continued fraction (DLMF 8.17.22).</summary>
    private static double IncompleteBeta(double x, double a, double b)
    {
        if (x is <= 0 or >= 1)
        {
            return x <= 0 ? 0 : 1;
        }

        // The fraction converges fast below the mean of the distribution; above it the symmetric one does.
        if (x > (a + 1) / (a + b + 2))
        {
            return 1 - IncompleteBeta(1 - x, b, a);
        }

        double front = Math.Exp(LogGamma(a + b) - LogGamma(a) - LogGamma(b) + (a * Math.Log(x)) + (b * Math.Log(1 - x))) / a;
        double numerator = 1, denominator = 1 / NotZero(1 - ((a + b) * x / (a + 1))), fraction = denominator;
        for (int m = 1; m <= 1000; m++)
        {
            double even = m * (b - m) * x / ((a + (2 * m) - 1) * (a + (2 * m)));
            denominator = 1 / NotZero(1 + (even * denominator));
            numerator = NotZero(1 + (even / numerator));
            fraction *= denominator * numerator;

            double odd = -(a + m) * (a + b + m) * x / ((a + (2 * m)) * (a + (2 * m) + 1));
            denominator = 1 / NotZero(1 + (odd * denominator));
            numerator = NotZero(1 + (odd / numerator));
            double change = denominator * numerator;
            fraction *= change;
            if (Math.Abs(change - 1) < 1e-15)
            {
                break;
            }
        }

        return front * fraction;
    }

    private static double NotZero(double value) => Math.Abs(value) < 1e-300 ? 1e-300 : value;

    /// <summary>ln Γ(x) for x ≥ 0.5.</summary>
    private static double LogGamma(double x)
    {
        double sum = Lanczos[0], t = x + 6.5;
        for (int i = 1; i < Lanczos.Length; i++)
        {
            sum += Lanczos[i] / (x - 1 + i);
        }

        return (0.5 * Math.Log(2 * Math.PI)) + ((x - 0.5) * Math.Log(t)) - t + Math.Log(sum);
    }
}
