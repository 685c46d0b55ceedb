namespace Stepwise.Problems;

/// <summary>The order in which training problems come: a new random one every epoch, decided by the seed alone.</summary>
/// <param name="problems">The problems, at least one.</param>
/// <param name="key">The random stream.</param>
internal sealed class ProblemOrder(IReadOnlyList<Problem> problems, ulong key)
{
    private long _epoch = -1;
    private int[] _order = [];

    /// <summary>Some problems in a row.</summary>
    /// <param name="first">Position of the first, all epochs counted from 0.</param>
    /// <param name="count">How many.</param>
    public Problem[] Take(long first, int count)
    {
        Problem[] taken = new Problem[count];
        for (int p = 0; p < count; p++)
        {
            (long epoch, long index) = Math.DivRem(first + p, problems.Count);
            if (epoch != _epoch)
            {
                _order = CounterRandom.Permutation(CounterRandom.Key(key, (ulong)epoch), problems.Count);
                _epoch = epoch;
            }

            taken[p] = problems[_order[index]];
        }

        return taken;
    }
}
