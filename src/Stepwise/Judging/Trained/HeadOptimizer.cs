namespace Stepwise.Judging.Trained;

/// <summary>Adam for a head. Source: Kingma and Ba 2014, arXiv 1412.6980, algorithm 1 with its constants.</summary>
/// <param name="head">The head.</param>
public sealed class HeadOptimizer(StepHead head)
{
    private const double Beta1 = 0.9;
    private const double Beta2 = 0.999;
    private const double Epsilon = 1e-8;

    private readonly double[] _first = new double[head.Width + 1];
    private readonly double[] _second = new double[head.Width + 1];
    private int _steps;

    /// <summary>Takes a step against a gradient.</summary>
    /// <param name="gradient">[C + 1].</param>
    /// <param name="learningRate">At least 0.</param>
    public void Step(ReadOnlySpan<double> gradient, double learningRate)
    {
        _steps++;
        double first = 1 - Math.Pow(Beta1, _steps), second = 1 - Math.Pow(Beta2, _steps);
        for (int i = 0; i < gradient.Length; i++)
        {
            _first[i] += (1 - Beta1) * (gradient[i] - _first[i]);
            _second[i] += (1 - Beta2) * ((gradient[i] * gradient[i]) - _second[i]);
            head.Values[i] -= learningRate * (_first[i] / first) / (Math.Sqrt(_second[i] / second) + Epsilon);
        }
    }
}
