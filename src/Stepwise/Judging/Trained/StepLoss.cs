using Stepwise.Policies;

namespace Stepwise.Judging.Trained;

/// <summary>Traces of one problem as a tree, each with the first wrong step.</summary>
/// <param name="Tree">The traces; of one with an error at least the steps up to it.</param>
/// <param name="FirstErrors">Per trace the first wrong step, counted from 1; one more than there are steps where none is wrong.</param>
public sealed record LabelledTree(TraceTree Tree, IReadOnlyList<int> FirstErrors);

/// <summary>The mean over all traces of −log of their labels' probability, as a function of the hidden states and of the head.</summary>
/// <param name="head">The head.</param>
/// <param name="trees">What the requests are, in their order.</param>
/// <param name="traces">How many traces the mean is over: those of the whole optimizer step.</param>
public sealed class StepLoss(StepHead head, IReadOnlyList<LabelledTree> trees, int traces) : IStateLoss
{
    /// <summary>∂L/∂(w, b), added up over the requests; [C + 1].</summary>
    public double[] HeadGradient { get; } = new double[head.Width + 1];

    /// <inheritdoc/>
    public double Evaluate(int request, ReadOnlySpan<float> states, Span<float> gradient)
    {
        LabelledTree labelled = trees[request];
        int width = head.Width;
        double[] logits = new double[states.Length / width], byLogit = new double[logits.Length];
        for (int i = 0; i < logits.Length; i++)
        {
            logits[i] = head.Logit(states.Slice(i * width, width));
        }

        double loss = 0;
        for (int trace = 0; trace < labelled.FirstErrors.Count; trace++)
        {
            int[] steps = labelled.Tree.States[trace];
            bool wrong = labelled.FirstErrors[trace] <= steps.Length;
            ReadOnlySpan<int> read = steps.AsSpan(0, Math.Min(labelled.FirstErrors[trace], steps.Length));
            double[] ofTrace = new double[read.Length], derivative = new double[read.Length];
            for (int step = 0; step < read.Length; step++)
            {
                ofTrace[step] = logits[read[step]];
            }

            loss += FirstError.Loss(ofTrace, wrong, derivative) / traces;
            for (int step = 0; step < read.Length; step++)
            {
                byLogit[read[step]] += derivative[step] / traces;
            }
        }

        for (int i = 0; i < logits.Length; i++)
        {
            Backward(states.Slice(i * width, width), byLogit[i], gradient.Slice(i * width, width));
        }

        return loss;
    }

    private void Backward(ReadOnlySpan<float> state, double byLogit, Span<float> gradient)
    {
        ReadOnlySpan<double> values = head.Values;
        for (int i = 0; i < state.Length; i++)
        {
            gradient[i] = (float)(byLogit * values[i]);
            HeadGradient[i] += byLogit * state[i];
        }

        HeadGradient[^1] += byLogit;
    }
}
