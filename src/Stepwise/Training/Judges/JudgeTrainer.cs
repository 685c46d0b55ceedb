using Stepwise.Judging.Trained;
using Stepwise.Policies;
using Stepwise.Problems;

namespace Stepwise.Training.Judges;

/// <summary>One step of training a judge.</summary>
/// <param name="Step">Counted from 1.</param>
/// <param name="Steps">Steps in all.</param>
/// <param name="Loss">Mean over the step's traces of −log of their labels' probability, in nats.</param>
/// <param name="GradientNorm">Of the model, before clipping; 0 where the model is not trained.</param>
/// <param name="LearningRate">Of this step.</param>
/// <param name="Tokens">Tokens computed.</param>
/// <param name="Traces">Labelled solutions.</param>
public sealed record JudgeTrainingReport(int Step, int Steps, double Loss, double GradientNorm, double LearningRate, long Tokens, int Traces);

/// <summary>Trains a model and a head on labelled solutions: maximum likelihood of the first wrong step.</summary>
/// <param name="policy">The model.</param>
/// <param name="reference">A problem's reference solution; <see langword="null"/> where the judge does not read it.</param>
/// <param name="options">Steps, learning rate, and the tokens computed at once; the rest is not used.</param>
/// <param name="judge">Batch size and the head's learning rate; the rest is not used.</param>
public sealed class JudgeTrainer(IPolicy policy, Func<Problem, string?>? reference, TrainingOptions options, JudgeTrainingOptions judge)
{
    private readonly StepReader _reader = new(policy, judge.Reads);
    private readonly JudgeInput _input = new(policy.Tokenizer);

    /// <summary>The head; at first every step has a hazard of one in ten.</summary>
    public StepHead Head { get; } = new(new StepReader(policy, judge.Reads).Width, Math.Log(1.0 / 9));

    /// <summary>Tokens of the longest of a problem's solutions, the question counted.</summary>
    /// <param name="known">The solutions.</param>
    public int Longest(KnownTraces known)
    {
        ArgumentNullException.ThrowIfNull(known);
        return Prompt(known).Length + known.Traces.Max(trace => trace.Steps.Sum(step => _input.Step(step).Length));
    }

    /// <summary>Trains.</summary>
    /// <param name="known">What is learnt from, a batch after the other; from the start again at the end.</param>
    /// <param name="onStep">Told of every step.</param>
    /// <param name="cancellationToken">Stops between steps.</param>
    /// <exception cref="DivergenceException">Loss or gradient is not finite.</exception>
    public async Task RunAsync(IReadOnlyList<KnownTraces> known, Action<JudgeTrainingReport> onStep, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(onStep);
        ArgumentNullException.ThrowIfNull(known);
        HeadOptimizer optimizer = new(Head);
        for (int step = 1; step <= options.Steps; step++)
        {
            long first = (step - 1L) * judge.BatchSize;
            List<LabelledTree> trees = [];
            for (int i = 0; i < judge.BatchSize; i++)
            {
                trees.Add(await LabelledAsync(known[(int)((first + i) % known.Count)], cancellationToken).ConfigureAwait(false));
            }

            int traces = trees.Sum(tree => tree.FirstErrors.Count);
            double[] headGradient = new double[Head.Width + 1];
            double loss = 0;
            foreach (LabelledTree[] micro in Cut(trees))
            {
                StepLoss ofMicro = new(Head, micro, traces);
                loss += _reader.States is { } states
                    ? await states.AccumulateStatesAsync([.. micro.Select(tree => tree.Tree.Request)], ofMicro, cancellationToken).ConfigureAwait(false)
                    : Enumerable.Range(0, micro.Length).Sum(request => ofMicro.Evaluate(request, [], []));
                for (int i = 0; i < headGradient.Length; i++)
                {
                    headGradient[i] += ofMicro.HeadGradient[i];
                }
            }

            string where = $"training step {step} of the judge";
            Divergence.RequireFinite(where, ("loss", loss));
            double learningRate = options.LearningRateAt(step);
            double norm = _reader.States is null ? 0 : (await policy.ApplyAsync(learningRate, cancellationToken).ConfigureAwait(false)).GradientNorm;
            Divergence.RequireFinite(where, ("gradient norm", norm));
            optimizer.Step(headGradient, judge.HeadLearningRate * learningRate / options.LearningRate);
            onStep(new(step, options.Steps, loss, norm, learningRate, trees.Sum(tree => (long)tree.Tree.Request.Tokens), traces));
        }
    }

    /// <summary>The logits of traces that were held out.</summary>
    /// <param name="known">The traces.</param>
    /// <param name="progress">Told how many problems were read, or <see langword="null"/>.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public async Task<IReadOnlyList<HeldOutTrace>> ReadAsync(
        IReadOnlyList<KnownTraces> known, IProgress<int>? progress = null, CancellationToken cancellationToken = default)
    {
        List<HeldOutTrace> read = [];
        foreach ((int i, KnownTraces traces) in known.Index())
        {
            IReadOnlyList<double[]> logits = await _reader.LogitsAsync(Head, Prompt(traces), Steps(traces, whole: true), cancellationToken)
                .ConfigureAwait(false);
            read.AddRange(traces.Traces.Zip(logits, (trace, ofTrace) => new HeldOutTrace(ofTrace, trace.FirstError)));
            progress?.Report(i + 1);
        }

        return read;
    }

    private int[] Prompt(KnownTraces known) => _input.Prompt(known.Problem, reference?.Invoke(known.Problem));

    private async ValueTask<LabelledTree> LabelledAsync(KnownTraces known, CancellationToken cancellationToken)
    {
        int[] prompt = Prompt(known);
        int[][][] steps = Steps(known, whole: false);
        TraceTree tree = TraceTree.Of(prompt, steps);
        float[] surprise = await _reader.SurpriseAsync(prompt, steps, tree, cancellationToken).ConfigureAwait(false);
        return new(tree, [.. known.Traces.Select(trace => trace.FirstError)], surprise);
    }

    /// <summary>The tokens of the steps of each trace: all, or up to its first wrong step, as the loss reads no further.</summary>
    private int[][][] Steps(KnownTraces known, bool whole) =>
        [.. known.Traces.Select(trace => trace.Steps.Take(whole ? trace.Steps.Count : trace.FirstError).Select(_input.Step).ToArray())];

    private IEnumerable<LabelledTree[]> Cut(List<LabelledTree> trees)
    {
        int start = 0, held = 0;
        for (int i = 0; i < trees.Count; i++)
        {
            int tokens = trees[i].Tree.Request.Tokens;
            if (i > start && held + tokens > options.MicroBatchTokens)
            {
                yield return [.. trees[start..i]];
                (start, held) = (i, 0);
            }

            held += tokens;
        }

        yield return [.. trees[start..]];
    }
}
