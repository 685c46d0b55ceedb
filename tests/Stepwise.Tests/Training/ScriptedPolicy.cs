using Stepwise.Policies;
using Stepwise.Problems;

namespace Stepwise.Tests.Training;

/// <summary>
/// A policy whose completions are given, per problem, and whose weights never move: the trainer's log-probabilities are the sampler's. It
/// keeps what it is asked.
/// </summary>
internal sealed class ScriptedPolicy(params Completion[][] completions) : IPolicy, ITokenizer
{
    /// <summary>What the n-th optimizer step says of itself, counted from 1.</summary>
    public Func<int, ApplyResult> Applied { get; init; } = _ => new(1, 1);

    /// <summary>The optimizer steps after which every log-probability is NaN.</summary>
    public int NaNAfter { get; init; } = int.MaxValue;

    /// <summary>Whether it tells of groups as they are drawn; otherwise it only returns them.</summary>
    public bool Tells { get; init; } = true;

    /// <summary>What it gives in place of the completions that are given, by the prompt; <see langword="null"/> for those.</summary>
    public Func<string, Completion>? Answer { get; init; }

    /// <summary>How many problems it has completions of.</summary>
    public int Problems => completions.Length;

    public List<SamplingOptions> Sampled { get; } = [];

    public List<SampleRequest> Requests { get; } = [];

    public List<TrainingBatch> Batches { get; } = [];

    public List<IReadOnlyList<ScoreRequest>> Scored { get; } = [];

    public int Applies { get; private set; }

    public ITokenizer Tokenizer => this;

    public int ContextLength => 100;

    public int VocabularySize => 128;

    public IReadOnlyList<int> StopTokens => [];

    public int[] Encode(string text) => [.. text.Select(c => (int)c)];

    public int[] Encode(Prompt prompt) => Encode(((TextPrompt)prompt).Text);

    public string Decode(ReadOnlySpan<int> tokens, bool skipSpecial = true) => string.Concat(tokens.ToArray().Select(token => (char)token));

    public ReadOnlySpan<byte> Bytes(int token, bool skipSpecial = true) => new[] { (byte)token };

    /// <summary>The script of a problem is that of its id's letter: a is the first.</summary>
    public ValueTask<IReadOnlyList<IReadOnlyList<Completion>>> SampleAsync(
        IReadOnlyList<SampleRequest> requests, SamplingOptions options, IProgress<int>? progress = null,
        Action<int, IReadOnlyList<Completion>>? drawn = null, CancellationToken cancellationToken = default)
    {
        Sampled.Add(options);
        Requests.AddRange(requests);
        IReadOnlyList<Completion>[] sampled = [.. requests.Select(r => Answer is null
            ? completions[r.Prompt[0] - 'a'].Select(Spoilt).ToArray()
            : [.. r.Keys.Select(_ => Answer(Decode(r.Prompt)))])];
        for (int r = 0; r < sampled.Length && Tells; r++)
        {
            drawn?.Invoke(r, sampled[r]);
        }

        return new(sampled);
    }

    /// <summary>ln 2 below the policy's, which the tests set to 0.</summary>
    public ValueTask<IReadOnlyList<IReadOnlyList<float[]>>> ScoreAsync(
        IReadOnlyList<ScoreRequest> requests, double temperature = 1, CancellationToken cancellationToken = default)
    {
        Scored.Add(requests);
        return new([.. requests.Select(r => (IReadOnlyList<float[]>)[.. r.Completions.Select(c => Enumerable.Repeat(-MathF.Log(2), c.Length).ToArray())])]);
    }

    public ValueTask<AccumulateResult> AccumulateAsync(
        TrainingBatch batch, ILoss loss, LossMetrics metrics, CancellationToken cancellationToken = default)
    {
        Batches.Add(batch);
        double value = 0;
        foreach (TrainingGroup group in batch.Groups)
        {
            TrainingSequence[] all = [.. group.Sequences];
            double[] old = [.. all.SelectMany(s => s.OldLogProbs).Select(l => (double)l)];
            LossGroup view = new()
            {
                Offsets = [0, .. all.Select((_, i) => all.Take(i + 1).Sum(s => s.Tokens.Length))],
                LogProbs = old,
                OldLogProbs = old,
                ReferenceLogProbs = all[0].ReferenceLogProbs is null ? [] : [.. all.SelectMany(s => s.ReferenceLogProbs!).Select(l => (double)l)],
                Advantages = [.. all.SelectMany(s => s.Advantages)],
                Mask = [.. all.SelectMany(s => s.Mask)],
                Totals = batch.Totals,
            };
            value += loss.Evaluate(view, new double[old.Length], metrics);
        }

        long tokens = batch.Groups.SelectMany(g => g.Sequences).Sum(s => (long)s.Mask.Count(m => m));
        return new(new AccumulateResult(value, EntropySum: 0.5 * tokens, tokens));
    }

    public ValueTask<ApplyResult> ApplyAsync(double learningRate, CancellationToken cancellationToken = default)
    {
        Applies++;
        return new(Applied(Applies));
    }

    public ValueTask SaveAsync(string folder, bool withOptimizer, CancellationToken cancellationToken = default)
    {
        File.WriteAllText(Path.Combine(folder, "weights"), "1");
        return ValueTask.CompletedTask;
    }

    public ValueTask LoadAsync(string folder, CancellationToken cancellationToken = default) => ValueTask.CompletedTask;

    private Completion Spoilt(Completion completion) => Applies < NaNAfter
        ? completion
        : completion with { LogProbs = [.. completion.LogProbs.Select(_ => float.NaN)] };

    public void Dispose()
    {
    }
}
