using Stepwise.Judging.Trained;
using Stepwise.Policies;
using Stepwise.Problems;

namespace Stepwise.Training.Judges;

/// <summary>One step of training a judge.</summary>
/// <param name="Step">Counted from 1.</param>
/// <param name="Steps">Steps in all.</param>
/// <param name="Loss">Mean over the step's traces of −log of their labels' probability, in nats.</param>
/// <param name="GradientNorm">Of the model, before clipping.</param>
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
    private readonly IHiddenStates _states = policy.Require<IHiddenStates>("Training a judge");
    private readonly JudgeInput _input = new(policy.Tokenizer);

    /// <summary>The head; at first every step has a hazard of one in ten.</summary>
    public StepHead Head { get; } = new(policy.Require<IHiddenStates>("Training a judge").StateWidth, Math.Log(1.0 / 9));

    /// <summary>Tokens of the longest of a problem's solutions, the question counted.</summary>
    /// <param name="known">The solutions.</param>
    public int Longest(KnownTraces known)
    {
        ArgumentNullException.ThrowIfNull(known);
        int prompt = _input.Prompt(known.Problem, reference?.Invoke(known.Problem)).Length;
        return prompt + known.Traces.Max(trace => trace.Steps.Sum(step => _input.Step(step).Length));
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
            LabelledTree[] trees = [.. Enumerable.Range(0, judge.BatchSize).Select(i => Labelled(known[(int)((first + i) % known.Count)]))];
            int traces = trees.Sum(tree => tree.FirstErrors.Count);
            double[] headGradient = new double[Head.Width + 1];
            double loss = 0;
            foreach (LabelledTree[] micro in Cut(trees))
            {
                StepLoss ofMicro = new(Head, micro, traces);
                loss += await _states.AccumulateStatesAsync([.. micro.Select(tree => tree.Tree.Request)], ofMicro, cancellationToken).ConfigureAwait(false);
                for (int i = 0; i < headGradient.Length; i++)
                {
                    headGradient[i] += ofMicro.HeadGradient[i];
                }
            }

            string where = $"training step {step} of the judge";
            Divergence.RequireFinite(where, ("loss", loss));
            double learningRate = options.LearningRateAt(step);
            ApplyResult applied = await policy.ApplyAsync(learningRate, cancellationToken).ConfigureAwait(false);
            Divergence.RequireFinite(where, ("gradient norm", applied.GradientNorm));
            optimizer.Step(headGradient, judge.HeadLearningRate * learningRate / options.LearningRate);
            onStep(new(step, options.Steps, loss, applied.GradientNorm, learningRate, trees.Sum(tree => (long)tree.Tree.Request.Tokens), traces));
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
            TraceTree tree = Tree(traces, whole: true);
            float[] states = (await _states.ReadStatesAsync([tree.Request], cancellationToken).ConfigureAwait(false))[0];
            read.AddRange(traces.Traces.Select((trace, t) => new HeldOutTrace(
                [.. tree.States[t].Select(state => Head.Logit(states.AsSpan(state * Head.Width, Head.Width)))], trace.FirstError)));
            progress?.Report(i + 1);
        }

        return read;
    }

    private LabelledTree Labelled(KnownTraces known) => new(Tree(known, whole: false), [.. known.Traces.Select(trace => trace.FirstError)]);

    /// <summary>The traces as a tree: whole, or up to their first wrong steps, as the loss reads no further.</summary>
    private TraceTree Tree(KnownTraces known, bool whole)
    {
        int[] prompt = _input.Prompt(known.Problem, reference?.Invoke(known.Problem));
        return TraceTree.Of(
            prompt, [.. known.Traces.Select(trace => trace.Steps.Take(whole ? trace.Steps.Count : trace.FirstError).Select(_input.Step).ToArray())]);
    }

    private IEnumerable<LabelledTree[]> Cut(LabelledTree[] trees)
    {
        int start = 0, held = 0;
        for (int i = 0; i < trees.Length; i++)
        {
            int tokens = trees[i].Tree.Request.Tokens;
            if (i > start && held + tokens > options.MicroBatchTokens)
            {
                yield return trees[start..i];
                (start, held) = (i, 0);
            }

            held += tokens;
        }

        yield return trees[start..];
    }
}
