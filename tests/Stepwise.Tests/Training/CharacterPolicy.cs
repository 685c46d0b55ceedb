using Stepwise.Policies;
using Stepwise.Problems;
using Stepwise.Tests.Policies;

namespace Stepwise.Tests.Training;

/// <summary>A policy of one token per character that says how far a run came.</summary>
internal sealed class CharacterPolicy(int context) : SamplingPolicy
{
    /// <summary>How it samples.</summary>
    public Func<Action<int, IReadOnlyList<Completion>>?, Task> Draw { get; init; } = _ => throw new SampledException();

    /// <summary>The characters that it has; all, unless said.</summary>
    public Func<char, bool> Writes { get; init; } = _ => true;

    public override int ContextLength => context;

    public override int[] Encode(string text) => [.. text.Where(Writes).Select(c => (int)c)];

    public override int[] Encode(Prompt prompt) => Encode(((TextPrompt)prompt).Text);

    public override ReadOnlySpan<byte> Bytes(int token, bool skipSpecial = true) => new[] { (byte)token };

    public override async ValueTask<IReadOnlyList<IReadOnlyList<Completion>>> SampleAsync(
        IReadOnlyList<SampleRequest> requests, SamplingOptions options, IProgress<int>? progress = null,
        Action<int, IReadOnlyList<Completion>>? drawn = null, CancellationToken cancellationToken = default)
    {
        await Draw(drawn);
        return [];
    }

    public override ValueTask LoadAsync(string folder, CancellationToken cancellationToken = default) => throw new LoadedException();

    public override ValueTask SaveAsync(string folder, bool withOptimizer, CancellationToken cancellationToken = default)
    {
        File.WriteAllText(Path.Combine(folder, "weights"), "1");
        return ValueTask.CompletedTask;
    }
}

/// <summary>The policy was asked to sample.</summary>
internal sealed class SampledException : Exception;

/// <summary>The policy was asked to load a checkpoint.</summary>
internal sealed class LoadedException : Exception;
