using Stepwise.Policies;

namespace Stepwise.Judging.Trained;

/// <summary>Traces of one problem as a tree, each with the first wrong step.</summary>
/// <param name="Tree">The traces; of one with an error at least the steps up to it.</param>
/// <param name="FirstErrors">Per trace the first wrong step, counted from 1; one more than there are steps where none is wrong.</param>
/// <param name="Surprise">The surprise at every step, in the order of the tree's states; [states, 2], or empty where the head does not read it.</param>
public sealed record LabelledTree(TraceTree Tree, IReadOnlyList<int> FirstErrors, float[] Surprise);

/// <summary>The mean over all traces of −log of their labels' probability, as a function of the hidden states and of the head.</summary>
/// <remarks>The surprise counts as given: no gradient goes through it. Of a head that does not read states, states and gradient are empty.</remarks>
/// <param name="head">The head.</param>
/// <param name="trees">What the requests are, in their order.</param>
/// <param name="traces">How many traces the mean is over: those of the whole optimizer step.</param>
public sealed class StepLoss(StepHead head, IReadOnlyList<LabelledTree> trees, int traces) : IStateLoss
{
    /// <summary>∂L/∂(w, v, b), added up over the requests; [C + 1].</summary>
    public double[] HeadGradient { get; } = new double[head.Width + 1];

    /// <inheritdoc/>
    public double Evaluate(int request, ReadOnlySpan<float> states, Span<float> gradient)
    {
        LabelledTree labelled = trees[request];
        int count = labelled.Tree.Request.States, width = states.Length / count, more = head.Width - width;
        double[] logits = new double[count], byLogit = new double[count];
        for (int i = 0; i < count; i++)
        {
            logits[i] = head.Logit(states.Slice(i * width, width), labelled.Surprise.AsSpan(i * more, more));
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

        for (int i = 0; i < count; i++)
        {
            Backward(
                states.Slice(i * width, width), labelled.Surprise.AsSpan(i * more, more), byLogit[i], gradient.Slice(i * width, width));
        }

        return loss;
    }

    private void Backward(ReadOnlySpan<float> state, ReadOnlySpan<float> surprise, double byLogit, Span<float> gradient)
    {
        ReadOnlySpan<double> values = head.Values;
        for (int i = 0; i < state.Length; i++)
        {
            gradient[i] = (float)(byLogit * values[i]);
            HeadGradient[i] += byLogit * state[i];
        }

        for (int i = 0; i < surprise.Length; i++)
        {
            HeadGradient[state.Length + i] += byLogit * surprise[i];
        }

        HeadGradient[^1] += byLogit;
    }
}
