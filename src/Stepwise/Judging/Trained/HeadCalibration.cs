namespace Stepwise.Judging.Trained;

/// <summary>A trace that was held out: its logits up to the first wrong step, and that of the steps after it.</summary>
/// <param name="Logits">The logit of every step; [H].</param>
/// <param name="FirstError">The first wrong step in [1, H]; H + 1 where none is wrong.</param>
public sealed record HeldOutTrace(double[] Logits, int FirstError)
{
    /// <summary>Whether a step is wrong.</summary>
    public bool IsErroneous => FirstError <= Logits.Length;
}

/// <summary>How a head's logits become probabilities and a decision: hazard = σ(z / T + b), and no error where P(no error) reaches τ.</summary>
/// <param name="Temperature">T, above 0.</param>
/// <param name="Bias">b.</param>
/// <param name="Threshold">τ, in [0, 1].</param>
public sealed record HeadCalibration(double Temperature, double Bias, double Threshold)
{
    private const int MaxIterations = 100;
    private const double MinShare = 1e-6;

    // A little weight towards (1, 0) keeps the fit finite where wrong and right steps are told apart without fail.
    private const double Ridge = 1e-3;

    /// <summary>Logits as they are.</summary>
    public static HeadCalibration None { get; } = new(1, 0, 0.5);

    /// <summary>Calibrated logits.</summary>
    /// <param name="logits">z; [H].</param>
    public double[] Apply(ReadOnlySpan<double> logits)
    {
        double[] calibrated = new double[logits.Length];
        for (int i = 0; i < logits.Length; i++)
        {
            calibrated[i] = (logits[i] / Temperature) + Bias;
        }

        return calibrated;
    }

    /// <summary>What is said of a trace.</summary>
    /// <param name="probabilities">As of <see cref="FirstError.Probabilities"/>, of calibrated logits.</param>
    /// <returns>The first wrong step, counted from 1; one more than there are steps for no error, which is never said where it has no probability.</returns>
    public int Decide(ReadOnlySpan<double> probabilities)
    {
        if (probabilities[^1] > 0 && probabilities[^1] >= Threshold)
        {
            return probabilities.Length;
        }

        int best = 0;
        for (int step = 1; step < probabilities.Length - 1; step++)
        {
            best = probabilities[step] > probabilities[best] ? step : best;
        }

        return best + 1;
    }

    /// <summary>
    /// Fits temperature and bias to held-out traces by maximum likelihood, and then chooses the threshold that has the best F1 on them; 1/2 where none has
    /// one above 0.
    /// </summary>
    /// <remarks>
    /// The likelihood is that of a logistic regression of one variable over all steps up to the first wrong ones; Newton's method finds it
    /// (Platt 1999; with b = 0, Guo et al. 2017, arXiv 1706.04599). F1 is ProcessBench's, the harmonic mean of the accuracies on erroneous and on
    /// correct traces.
    /// </remarks>
    /// <param name="traces">The traces.</param>
    public static HeadCalibration Fit(IReadOnlyList<HeldOutTrace> traces)
    {
        (double Logit, bool Wrong)[] steps = [.. traces.SelectMany(Steps)];
        double scale = 1, bias = 0, loss = Loss(steps, scale, bias);
        for (int i = 0; i < MaxIterations; i++)
        {
            // A whole step of Newton's may overshoot where logits are far from 0: it is halved until it gains.
            (double byScale, double byBias) = Newton(steps, scale, bias);
            double share = 1, next;
            while ((next = Loss(steps, scale - (share * byScale), bias - (share * byBias))) > loss && share > MinShare)
            {
                share /= 2;
            }

            if (!(next < loss))
            {
                break;
            }

            (scale, bias, loss) = (scale - (share * byScale), bias - (share * byBias), next);
        }

        // Logits that tell nothing, or the contrary of what they should, are left as they are.
        HeadCalibration fitted = scale > 1e-3 ? None with { Temperature = 1 / scale, Bias = bias } : None;
        return fitted with { Threshold = fitted.BestThreshold(traces) };
    }

    /// <summary>The steps of a trace up to the first wrong one.</summary>
    internal static IEnumerable<(double Logit, bool Wrong)> Steps(HeldOutTrace trace) =>
        trace.Logits.Take(trace.FirstError).Select((logit, i) => (logit, i + 1 == trace.FirstError));

    /// <summary>
    /// The threshold in [0, 1] with the best F1, in the middle between the two traces that it parts; 1/2 where F1 says nothing: where all traces are of one
    /// kind, or it is 0 at every threshold.
    /// </summary>
    private double BestThreshold(IReadOnlyList<HeldOutTrace> traces)
    {
        HeadCalibration always = this with { Threshold = 2 };
        (double NoError, bool Erroneous, bool Placed)[] sorted =
        [
            .. traces.Select(trace =>
            {
                double[] probabilities = FirstError.Probabilities(Apply(trace.Logits));
                return (probabilities[^1], trace.IsErroneous, trace.IsErroneous && always.Decide(probabilities) == trace.FirstError);
            }).OrderBy(trace => trace.Item1),
        ];
        int erroneous = sorted.Count(trace => trace.Erroneous), correct = sorted.Length - erroneous, placed = 0, passed = correct;
        if (erroneous == 0 || correct == 0)
        {
            return None.Threshold;
        }

        double best = 0, threshold = None.Threshold;
        for (int i = 0; i <= sorted.Length; i++)
        {
            // Traces before i have an error, by this threshold.
            double a = (double)placed / erroneous, b = (double)passed / correct, f1 = a + b == 0 ? 0 : 2 * a * b / (a + b);
            if (f1 > best && (i == 0 || i == sorted.Length || sorted[i].NoError > sorted[i - 1].NoError))
            {
                best = f1;
                threshold = (i == 0 ? 0 : sorted[i - 1].NoError / 2) + (i == sorted.Length ? 0.5 : sorted[i].NoError / 2);
            }

            if (i < sorted.Length)
            {
                placed += sorted[i].Placed ? 1 : 0;
                passed -= sorted[i].Erroneous ? 0 : 1;
            }
        }

        return Math.Min(1, threshold);
    }

    private static double Loss((double Logit, bool Wrong)[] steps, double scale, double bias) => steps.Sum(
        step => FirstError.Softplus((step.Wrong ? -1 : 1) * ((scale * step.Logit) + bias))) + (Ridge / 2 * (((scale - 1) * (scale - 1)) + (bias * bias)));

    /// <summary>Newton's step from a scale and a bias, to be subtracted.</summary>
    private static (double ByScale, double ByBias) Newton((double Logit, bool Wrong)[] steps, double scale, double bias)
    {
        double gs = Ridge * (scale - 1), gb = Ridge * bias, ss = Ridge, sb = 0, bb = Ridge;
        foreach ((double logit, bool wrong) in steps)
        {
            double p = FirstError.Sigmoid((scale * logit) + bias), error = p - (wrong ? 1 : 0), weight = p * (1 - p);
            gs += error * logit;
            gb += error;
            ss += weight * logit * logit;
            sb += weight * logit;
            bb += weight;
        }

        double determinant = (ss * bb) - (sb * sb);
        return (((bb * gs) - (sb * gb)) / determinant, ((ss * gb) - (sb * gs)) / determinant);
    }
}
