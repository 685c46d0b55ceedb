using Stepwise.Policies;
using Stepwise.Problems;
using Stepwise.Tests.Policies;

namespace Stepwise.Tests.Judging.Trained;

/// <summary>
/// A policy of one token per character, whose hidden state after a token is (how many exclamation marks its run's tokens up to it have, 1), and which is surprised by a
/// 7 (20 nats) and by an exclamation mark (30).
/// </summary>
internal sealed class StatePolicy(int context = 1000) : SamplingPolicy, IHiddenStates
{
    /// <summary>What was asked, in order.</summary>
    public List<StateRequest> Asked { get; } = [];

    public override int ContextLength => context;

    public int StateWidth => 2;

    public override int[] Encode(string text) => [.. text.Select(c => (int)c)];

    public override int[] Encode(Prompt prompt) => Encode(((TextPrompt)prompt).Text);

    public override ReadOnlySpan<byte> Bytes(int token, bool skipSpecial = true) => new[] { (byte)token };

    public override ValueTask<IReadOnlyList<IReadOnlyList<float[]>>> ScoreAsync(
        IReadOnlyList<ScoreRequest> requests, double temperature = 1, CancellationToken cancellationToken = default) =>
        new([.. requests.Select(request => request.Completions.Select(tokens => tokens.Select(t => t == '7' ? -20f : t == '!' ? -30f : 0).ToArray()).ToArray())]);

    public override ValueTask<IReadOnlyList<IReadOnlyList<Completion>>> SampleAsync(
        IReadOnlyList<SampleRequest> requests, SamplingOptions options, IProgress<int>? progress = null,
        Action<int, IReadOnlyList<Completion>>? drawn = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public ValueTask<IReadOnlyList<float[]>> ReadStatesAsync(IReadOnlyList<StateRequest> requests, CancellationToken cancellationToken = default)
    {
        Asked.AddRange(requests);
        return new([.. requests.Select(request => request.Runs.Index().SelectMany(run => run.Item.Positions.SelectMany(position =>
            new[] { Marks(run.Item.Tokens[..(position + 1)]), 1 })).ToArray())]);
    }

    public ValueTask<double> AccumulateStatesAsync(
        IReadOnlyList<StateRequest> requests, IStateLoss loss, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public override ValueTask SaveAsync(string folder, bool withOptimizer, CancellationToken cancellationToken = default)
    {
        File.WriteAllText(Path.Combine(folder, "weights"), "1");
        return ValueTask.CompletedTask;
    }

    private static float Marks(int[] tokens) => tokens.AsSpan(tokens.AsSpan(0, tokens.Length - 1).LastIndexOf('\n') + 1).Count('!');
}
