namespace Stepwise.Problems;

/// <summary>The order in which problems come: a new random one every epoch, decided by the seed alone.</summary>
/// <param name="problems">The problems, at least one.</param>
/// <param name="key">The random stream.</param>
public sealed class ProblemOrder(IReadOnlyList<Problem> problems, ulong key)
{
    private long _epoch = -1;
    private int[] _order = [];

    /// <summary>The problems, in no order that matters.</summary>
    public IReadOnlyList<Problem> Problems => problems;

    /// <summary>How many problems were taken or passed over so far, all epochs together; where it is set, the next problem is that one.</summary>
    public long Position { get; set; }

    /// <summary>
    /// Which problems are taken, the others are passed over; <see langword="null"/> for all. Where a whole epoch has none that is wanted, they are taken
    /// as they come.
    /// </summary>
    public Func<Problem, bool>? Wanted { get; set; }

    /// <summary>The next problems.</summary>
    /// <param name="count">How many; at least 0.</param>
    public Problem[] Take(int count)
    {
        Problem[] taken = new Problem[count];
        for (int p = 0; p < count; p++)
        {
            Position = NextWanted() ?? Position;
            taken[p] = At(Position++);
        }

        return taken;
    }

    /// <summary>The problem at a position.</summary>
    /// <param name="position">Problems before it, all epochs together; at least 0.</param>
    public Problem At(long position)
    {
        (long epoch, long index) = Math.DivRem(position, problems.Count);
        if (epoch != _epoch)
        {
            _order = CounterRandom.Permutation(CounterRandom.Key(key, (ulong)epoch), problems.Count);
            _epoch = epoch;
        }

        return problems[_order[index]];
    }

    private long? NextWanted()
    {
        // 2n − 1 positions hold a whole epoch, wherever they begin.
        long end = Position + (2L * problems.Count) - 1;
        for (long position = Position; position < end; position++)
        {
            if (Wanted?.Invoke(At(position)) ?? true)
            {
                return position;
            }
        }

        return null;
    }
}
