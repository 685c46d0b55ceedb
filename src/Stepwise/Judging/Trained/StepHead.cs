namespace Stepwise.Judging.Trained;

/// <summary>The head of a trained judge: from the hidden state after a step, z = w·s + b, the logit of the step being wrong.</summary>
/// <remarks>σ(z) is a discrete hazard: the probability that this step is wrong, given that all before it are right.</remarks>
public sealed class StepHead
{
    private readonly double[] _values;

    /// <summary>A head that gives every step the same logit.</summary>
    /// <param name="width">C, the width of a state.</param>
    /// <param name="bias">b.</param>
    public StepHead(int width, double bias)
    {
        _values = new double[width + 1];
        _values[width] = bias;
    }

    /// <summary>A head with given numbers.</summary>
    /// <param name="values">w, then b; [C + 1], all finite.</param>
    public StepHead(ReadOnlySpan<double> values) => _values = values.ToArray();

    /// <summary>C, the width of a state.</summary>
    public int Width => _values.Length - 1;

    /// <summary>w, then b; [C + 1].</summary>
    public Span<double> Values => _values;

    /// <summary>z of a state.</summary>
    /// <param name="state">[C].</param>
    public double Logit(ReadOnlySpan<float> state)
    {
        double sum = _values[Width];
        for (int i = 0; i < state.Length; i++)
        {
            sum += _values[i] * state[i];
        }

        return sum;
    }
}
