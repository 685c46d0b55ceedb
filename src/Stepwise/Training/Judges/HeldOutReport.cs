using Stepwise.Evaluation.Judges;
using Stepwise.Judging.Trained;

namespace Stepwise.Training.Judges;

/// <summary>How a calibrated judge does on traces that neither trained nor calibrated it.</summary>
/// <param name="Erroneous">Traces with a wrong step.</param>
/// <param name="Placed">Those of them of which the judge names the first wrong step.</param>
/// <param name="Correct">Traces without one.</param>
/// <param name="Passed">Those of them of which the judge says so.</param>
/// <param name="Steps">The steps up to the first wrong ones, by their hazards: whether as many are wrong as said.</param>
public sealed record HeldOutReport(int Erroneous, int Placed, int Correct, int Passed, Calibration Steps)
{
    /// <summary>The harmonic mean of both accuracies; 0 where both are 0.</summary>
    public double F1
    {
        get
        {
            double a = (double)Placed / Erroneous, b = (double)Passed / Correct;
            return a + b == 0 ? 0 : 2 * a * b / (a + b);
        }
    }

    /// <summary>Looks at traces.</summary>
    /// <param name="calibration">The calibration.</param>
    /// <param name="traces">The traces.</param>
    public static HeldOutReport Of(HeadCalibration calibration, IReadOnlyList<HeldOutTrace> traces)
    {
        ArgumentNullException.ThrowIfNull(calibration);
        ILookup<bool, bool> agrees = traces.ToLookup(
            trace => trace.IsErroneous, trace => calibration.Decide(FirstError.Probabilities(calibration.Apply(trace.Logits))) == trace.FirstError);
        return new(
            agrees[true].Count(), agrees[true].Count(agreed => agreed), agrees[false].Count(), agrees[false].Count(agreed => agreed),
            Calibration.Of(traces.SelectMany(trace => HeadCalibration.Steps(trace with { Logits = calibration.Apply(trace.Logits) }))
                .Select(step => (FirstError.Sigmoid(step.Logit), step.Wrong))));
    }
}
