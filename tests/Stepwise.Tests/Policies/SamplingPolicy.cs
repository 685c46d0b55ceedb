using Stepwise.Policies;
using Stepwise.Problems;

namespace Stepwise.Tests.Policies;

/// <summary>A policy for tests that samples, as its heir says, and does nothing else.</summary>
internal abstract class SamplingPolicy : IPolicy, ITokenizer
{
    public ITokenizer Tokenizer => this;

    public virtual int ContextLength => 100;

    public int VocabularySize => 128;

    public IReadOnlyList<int> StopTokens => [];

    public abstract ValueTask<IReadOnlyList<IReadOnlyList<Completion>>> SampleAsync(
        IReadOnlyList<SampleRequest> requests, SamplingOptions options, IProgress<int>? progress = null,
        Action<int, IReadOnlyList<Completion>>? drawn = null, CancellationToken cancellationToken = default);

    public virtual int[] Encode(string text) => [1];

    public virtual int[] Encode(Prompt prompt) => [1];

    public string Decode(ReadOnlySpan<int> tokens, bool skipSpecial = true) => throw new NotSupportedException();

    public virtual ReadOnlySpan<byte> Bytes(int token, bool skipSpecial = true) => throw new NotSupportedException();

    public virtual ValueTask<IReadOnlyList<IReadOnlyList<float[]>>> ScoreAsync(
        IReadOnlyList<ScoreRequest> requests, double temperature = 1, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    public ValueTask<AccumulateResult> AccumulateAsync(
        TrainingBatch batch, ILoss loss, LossMetrics metrics, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public ValueTask<ApplyResult> ApplyAsync(double learningRate, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public virtual ValueTask SaveAsync(string folder, bool withOptimizer, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public virtual ValueTask LoadAsync(string folder, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public void Dispose()
    {
    }
}
