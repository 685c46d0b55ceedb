using Stepwise.Policies;
using Stepwise.Problems;

namespace Stepwise.Tests.Training;

/// <summary>A policy of one token per character that says how far a run came.</summary>
internal sealed class CharacterPolicy(int context) : IPolicy, ITokenizer
{
    /// <summary>How it samples.</summary>
    public Func<Action<int, IReadOnlyList<Completion>>?, Task> Draw { get; init; } = _ => throw new SampledException();

    public ITokenizer Tokenizer => this;

    public int ContextLength => context;

    public int VocabularySize => 128;

    public IReadOnlyList<int> StopTokens => [];

    public int[] Encode(string text) => [.. text.Select(c => (int)c)];

    public int[] Encode(Prompt prompt) => Encode(((TextPrompt)prompt).Text);

    public async ValueTask<IReadOnlyList<IReadOnlyList<Completion>>> SampleAsync(
        IReadOnlyList<SampleRequest> requests, SamplingOptions options, IProgress<int>? progress = null,
        Action<int, IReadOnlyList<Completion>>? drawn = null, CancellationToken cancellationToken = default)
    {
        await Draw(drawn);
        return [];
    }

    public ValueTask LoadAsync(string folder, CancellationToken cancellationToken = default) => throw new LoadedException();

    public string Decode(ReadOnlySpan<int> tokens, bool skipSpecial = true) => throw new NotSupportedException();

    public ReadOnlySpan<byte> Bytes(int token, bool skipSpecial = true) => throw new NotSupportedException();

    public ValueTask<IReadOnlyList<IReadOnlyList<float[]>>> ScoreAsync(
        IReadOnlyList<ScoreRequest> requests, double temperature = 1, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    public ValueTask<AccumulateResult> AccumulateAsync(
        TrainingBatch batch, ILoss loss, LossMetrics metrics, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public ValueTask<ApplyResult> ApplyAsync(double learningRate, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public ValueTask SaveAsync(string folder, bool withOptimizer, CancellationToken cancellationToken = default)
    {
        File.WriteAllText(Path.Combine(folder, "weights"), "1");
        return ValueTask.CompletedTask;
    }

    public void Dispose()
    {
    }
}

/// <summary>The policy was asked to sample.</summary>
internal sealed class SampledException : Exception;

/// <summary>The policy was asked to load a checkpoint.</summary>
internal sealed class LoadedException : Exception;
