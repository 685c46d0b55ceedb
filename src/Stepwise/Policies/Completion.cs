
namespace Stepwise.Policies;

/// <summary>Why a completion ended.</summary>
public enum FinishReason
{
    /// <summary>Sampling failed: what there is of the completion is no answer.</summary>
    Failed,

    /// <summary>Sampling was cancelled.</summary>
    Cancelled,

    /// <summary>A stop token or stop string came.</summary>
    Stop,

    /// <summary>The cap on new tokens or the context was reached: the completion is truncated.</summary>
    Length,
}

/// <summary>A prompt and the samples asked of it.</summary>
/// <param name="Prompt">Token ids, at least one.</param>
/// <param name="Keys">One random stream per sample, see <see cref="CounterRandom"/>; its length is the number of completions.</param>
public sealed record SampleRequest(int[] Prompt, IReadOnlyList<ulong> Keys)
{
    /// <summary>
    /// Per sample the tokens that are given after the prompt, before sampling goes on: fewer than a completion may have, empty for none.
    /// <see langword="null"/> where no sample has any. A random number belongs to its place in the completion, the prefix counted: a sample
    /// whose prefix begins its own unprefixed completion is that completion.
    /// </summary>
    public IReadOnlyList<int[]>? Prefixes { get; init; }

    /// <summary>Makes what holds the tokens that are drawn to a form, one per sample; <see langword="null"/> where they are free.</summary>
    public Func<ITokenConstraint>? Constraint { get; init; }
}

/// <summary>A prompt and completions of it to score.</summary>
/// <param name="Prompt">Token ids, at least one.</param>
/// <param name="Completions">Completions, as token ids; a prefix is part of its completion.</param>
public sealed record ScoreRequest(int[] Prompt, IReadOnlyList<int[]> Completions)
{
    /// <summary>
    /// Per completion how many of its first tokens are a prefix, in [0, its length]: equal prefixes are computed once. It changes no result.
    /// <see langword="null"/> where no completion has one.
    /// </summary>
    public IReadOnlyList<int>? PrefixTokens { get; init; }
}

/// <summary>One sampled continuation of a prompt; a prefix that was given is its beginning.</summary>
/// <param name="Tokens">Token ids, the prefix's and the stop token included where there are.</param>
/// <param name="LogProbs">
/// Sampler log-probabilities, of given tokens the policy's: per token, log softmax(logits / temperature) before any top-k, top-p or min-p
/// filter (temperature 1 for greedy decoding). Same length as <paramref name="Tokens"/>.
/// </param>
/// <param name="Text">The decoded text without special tokens.</param>
/// <param name="TextEnds">Per token, how many characters of <paramref name="Text"/> are complete once it is decoded (non-decreasing).</param>
/// <param name="Finish">Why it ended.</param>
public sealed record Completion(int[] Tokens, float[] LogProbs, string Text, int[] TextEnds, FinishReason Finish)
{
    /// <summary>How many of the first tokens were given; see <see cref="SampleRequest.Prefixes"/>.</summary>
    public int PrefixTokens { get; init; }

    /// <summary>Characters of the text that were given.</summary>
    public int GivenCharacters => PrefixTokens == 0 ? 0 : TextEnds[PrefixTokens - 1];

    /// <summary>Whether the completion was cut off by a length limit.</summary>
    public bool Truncated => Finish == FinishReason.Length;

    /// <summary>Whether it is not whole, because sampling it failed or was cancelled: it is not verified and not trained.</summary>
    public bool Failed => Finish is FinishReason.Failed or FinishReason.Cancelled;

    /// <summary>Why sampling failed, in one line for people; <see langword="null"/> where it did not or nothing is known.</summary>
    public string? Failure { get; init; }
}
