namespace Stepwise.Engine.Tokenizers;

/// <summary>
/// Byte-pair encoding of one word: while some neighbouring pair can be merged, the most urgent one is, the leftmost of equals first.
/// A heap of pairs over a linked list: O(n log n) for n symbols.
/// </summary>
internal sealed class BytePairMerger
{
    private readonly Dictionary<ulong, (int Rank, int Id)> _merges;

    /// <param name="merges">Pair of ids (left in the upper half) → rank, lower is more urgent, and the id of the merged token.</param>
    public BytePairMerger(Dictionary<ulong, (int Rank, int Id)> merges) => _merges = merges;

    public static ulong Pair(int left, int right) => ((ulong)(uint)left << 32) | (uint)right;

    /// <summary>Merges in place.</summary>
    /// <param name="symbols">The word's ids, all at least 0.</param>
    /// <returns>How many ids are left; they are the first of <paramref name="symbols"/>.</returns>
    public int Merge(Span<int> symbols) => Merge(symbols, out _);

    /// <inheritdoc cref="Merge(Span{int})"/>
    /// <param name="symbols">The word's ids, all at least 0.</param>
    /// <param name="offered">
    /// How many pairs went through the heap: at most 3n for n symbols, n − 1 at first and two per merge. All other work is in proportion.
    /// </param>
    public int Merge(Span<int> symbols, out int offered)
    {
        offered = 0;
        int count = symbols.Length;
        if (count < 2)
        {
            return count;
        }

        int[] next = new int[count];
        int[] previous = new int[count];
        PriorityQueue<int, ulong> pairs = new(count);
        for (int i = 0; i < count; i++)
        {
            next[i] = i + 1;
            previous[i] = i - 1;
            offered += Offer(symbols, i, i + 1, pairs);
        }

        while (pairs.TryDequeue(out int left, out ulong key))
        {
            // Entries are not withdrawn when a neighbour changes: one that no longer describes its pair is passed over.
            int right = next[left];
            if (symbols[left] < 0 || right >= count
                || !_merges.TryGetValue(Pair(symbols[left], symbols[right]), out (int Rank, int Id) merge)
                || merge.Rank != (int)(key >> 32))
            {
                continue;
            }

            symbols[left] = merge.Id;
            symbols[right] = -1;
            next[left] = next[right];
            if (next[left] < count)
            {
                previous[next[left]] = left;
            }

            offered += Offer(symbols, previous[left], left, pairs) + Offer(symbols, left, next[left], pairs);
        }

        int kept = 0;
        for (int i = 0; i < count; i = next[i])
        {
            symbols[kept++] = symbols[i];
        }

        return kept;
    }

    /// <returns>1 if the pair can be merged, 0 otherwise.</returns>
    private int Offer(ReadOnlySpan<int> symbols, int left, int right, PriorityQueue<int, ulong> pairs)
    {
        if (left < 0 || right >= symbols.Length
            || !_merges.TryGetValue(Pair(symbols[left], symbols[right]), out (int Rank, int Id) merge))
        {
            return 0;
        }

        pairs.Enqueue(left, ((ulong)(uint)merge.Rank << 32) | (uint)left);
        return 1;
    }
}
