namespace Stepwise.Judging.Trained;

/// <summary>
/// The head of a trained judge: from what it reads of a step (<see cref="HeadInput"/>), z = w·s + v·u + b, the logit of the step being wrong.
/// </summary>
/// <remarks>σ(z) is a discrete hazard: the probability that this step is wrong, given that all before it are right.</remarks>
public sealed class StepHead
{
    private readonly double[] _values;

    /// <summary>A head that gives every step the same logit.</summary>
    /// <param name="width">C, the numbers read of a step.</param>
    /// <param name="bias">b.</param>
    public StepHead(int width, double bias)
    {
        _values = new double[width + 1];
        _values[width] = bias;
    }

    /// <summary>A head with given numbers.</summary>
    /// <param name="values">w, v, then b; [C + 1], all finite.</param>
    public StepHead(ReadOnlySpan<double> values) => _values = values.ToArray();

    /// <summary>C, the numbers read of a step.</summary>
    public int Width => _values.Length - 1;

    /// <summary>w, v, then b; [C + 1].</summary>
    public Span<double> Values => _values;

    /// <summary>z of a step.</summary>
    /// <param name="state">s, the hidden state after it; empty where the head does not read it.</param>
    /// <param name="surprise">u, the surprise at it; empty where the head does not read it. Together C numbers.</param>
    public double Logit(ReadOnlySpan<float> state, ReadOnlySpan<float> surprise) =>
        _values[Width] + Product(_values.AsSpan(0, state.Length), state) + Product(_values.AsSpan(state.Length, surprise.Length), surprise);

    private static double Product(ReadOnlySpan<double> weights, ReadOnlySpan<float> numbers)
    {
        double sum = 0;
        for (int i = 0; i < numbers.Length; i++)
        {
            sum += weights[i] * numbers[i];
        }

        return sum;
    }
}
