using Stepwise.Options;
using Stepwise.Rollouts;

namespace Stepwise.Methods.Rewards.Terms;

/// <summary>
/// The share of a response's n-grams of tokens that occurred before in it, negative: <c>−(1 − different / all)</c>, in (−1, 0]; 0 for a response of
/// fewer than n tokens.
/// </summary>
/// <remarks>
/// Source: the repetition penalty of arXiv 2502.03373, of which open-r1 has this form over words; over tokens it needs no language's word boundaries
/// (ours).
/// </remarks>
[Formula("−(1 − different / all)")]
public sealed record RepetitionTerm : RewardTerm
{
    /// <summary>n, the tokens of an n-gram; at least 1.</summary>
    [Key("tokens of an n-gram; repeated ones are penalized", Name = "ngram", Unit = "tokens", Low = 1, High = 1024)]
    public int Size { get; init; } = 4;

    /// <inheritdoc/>
    internal override string Label => "repetition";

    /// <inheritdoc/>
    public override double? Value(Rollout rollout)
    {
        int[] tokens = rollout.Completion.Tokens;
        int all = tokens.Length - Size + 1;
        if (all <= 0)
        {
            return 0;
        }

        HashSet<int> different = new(new AtPlaces(tokens, Size));
        for (int place = 0; place < all; place++)
        {
            different.Add(place);
        }

        return ((double)different.Count / all) - 1;
    }

    /// <summary>Places are equal where the same n-gram begins.</summary>
    private sealed class AtPlaces(int[] tokens, int size) : IEqualityComparer<int>
    {
        public bool Equals(int x, int y) => tokens.AsSpan(x, size).SequenceEqual(tokens.AsSpan(y, size));

        public int GetHashCode(int place)
        {
            HashCode hash = default;
            hash.AddBytes(System.Runtime.InteropServices.MemoryMarshal.AsBytes(tokens.AsSpan(place, size)));
            return hash.ToHashCode();
        }
    }
}
