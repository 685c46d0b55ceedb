namespace Stepwise.Judging.Trained;

/// <summary>Steps whose hazards lie in one tenth of [0, 1].</summary>
/// <param name="Steps">How many.</param>
/// <param name="Said">Their mean hazard.</param>
/// <param name="Wrong">The share of them that are wrong.</param>
public sealed record CalibrationBin(int Steps, double Said, double Wrong);

/// <summary>How a calibrated judge does on traces that neither trained nor calibrated it.</summary>
/// <param name="Erroneous">Traces with a wrong step.</param>
/// <param name="Placed">Those of them of which the judge names the first wrong step.</param>
/// <param name="Correct">Traces without one.</param>
/// <param name="Passed">Those of them of which the judge says so.</param>
/// <param name="Bins">The steps up to the first wrong ones by their hazard, ten bins; an empty one has NaN.</param>
public sealed record HeldOutReport(int Erroneous, int Placed, int Correct, int Passed, IReadOnlyList<CalibrationBin> Bins)
{
    private const int BinCount = 10;

    /// <summary>The harmonic mean of both accuracies; 0 where both are 0.</summary>
    public double F1
    {
        get
        {
            double a = (double)Placed / Erroneous, b = (double)Passed / Correct;
            return a + b == 0 ? 0 : 2 * a * b / (a + b);
        }
    }

    /// <summary>The expected calibration error: the mean over steps of |said − wrong| of their bins. Source: Guo et al. 2017, arXiv 1706.04599, eq. 3.</summary>
    public double CalibrationError
    {
        get
        {
            CalibrationBin[] filled = [.. Bins.Where(bin => bin.Steps > 0)];
            return filled.Sum(bin => bin.Steps * Math.Abs(bin.Said - bin.Wrong)) / filled.Sum(bin => bin.Steps);
        }
    }

    /// <summary>Looks at traces.</summary>
    /// <param name="calibration">The calibration.</param>
    /// <param name="traces">The traces, at least one.</param>
    public static HeldOutReport Of(Calibration calibration, IReadOnlyList<HeldOutTrace> traces)
    {
        ArgumentNullException.ThrowIfNull(calibration);
        int erroneous = 0, placed = 0, passed = 0;
        double[] said = new double[BinCount];
        int[] steps = new int[BinCount], wrong = new int[BinCount];
        foreach (HeldOutTrace trace in traces)
        {
            double[] logits = calibration.Apply(trace.Logits);
            bool agrees = calibration.Decide(FirstError.Probabilities(logits)) == trace.FirstError;
            erroneous += trace.IsErroneous ? 1 : 0;
            placed += trace.IsErroneous && agrees ? 1 : 0;
            passed += !trace.IsErroneous && agrees ? 1 : 0;
            foreach ((double logit, bool isWrong) in Calibration.Steps(trace with { Logits = logits }))
            {
                double hazard = FirstError.Sigmoid(logit);
                int bin = Math.Min(BinCount - 1, (int)(hazard * BinCount));
                steps[bin]++;
                said[bin] += hazard;
                wrong[bin] += isWrong ? 1 : 0;
            }
        }

        return new(
            erroneous, placed, traces.Count - erroneous, passed,
            [.. steps.Select((count, bin) => new CalibrationBin(count, said[bin] / count, (double)wrong[bin] / count))]);
    }
}
