namespace Stepwise;

/// <summary>
/// Counter-based random numbers: a value depends only on its key and position, never on how many were drawn before, so sampling gives
/// the same tokens in any order and on any number of threads.
/// </summary>
/// <remarks>Mixing function: the finaliser of SplitMix64 (Steele, Lea, Flood 2014), applied to a Weyl sequence of the parts.</remarks>
public static class CounterRandom
{
    private const ulong Golden = 0x9E3779B97F4A7C15;

    /// <summary>The key of a stream: a hash of a seed and the parts that name the stream.</summary>
    /// <param name="seed">The run's seed or a key made from it.</param>
    /// <param name="part">What tells this stream from its siblings, for example a step, problem or sample index.</param>
    public static ulong Key(ulong seed, ulong part) => Mix(Mix(seed + Golden) ^ (part * Golden + 0xD1B54A32D192ED03));

    /// <summary>The uniform number in [0, 1) at a position of a stream, with 53 random bits.</summary>
    /// <param name="key">The stream.</param>
    /// <param name="position">The counter, for example a token position.</param>
    public static double Uniform(ulong key, ulong position) => (Bits(key, position) >> 11) * (1.0 / (1UL << 53));

    /// <summary>A standard normal number at a position of a stream (Box and Muller; uses the positions 2p and 2p + 1).</summary>
    /// <param name="key">The stream.</param>
    /// <param name="position">The counter.</param>
    public static double Normal(ulong key, ulong position)
    {
        double radius = Math.Sqrt(-2.0 * Math.Log(1.0 - Uniform(key, 2 * position)));
        return radius * Math.Cos(2.0 * Math.PI * Uniform(key, (2 * position) + 1));
    }

    /// <summary>A uniform integer in [0, <paramref name="bound"/>) at a position of a stream (bias below bound · 2⁻⁶⁴).</summary>
    /// <param name="key">The stream.</param>
    /// <param name="position">The counter.</param>
    /// <param name="bound">At least 1.</param>
    public static int Integer(ulong key, ulong position, int bound)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bound, 1);
        return (int)Math.BigMul(Bits(key, position), (ulong)bound, out _);
    }

    /// <summary>A uniformly random permutation of 0 … <paramref name="count"/> − 1 (Fisher and Yates).</summary>
    /// <param name="key">The stream.</param>
    /// <param name="count">At least 0.</param>
    public static int[] Permutation(ulong key, int count)
    {
        int[] order = new int[count];
        for (int i = 0; i < count; i++)
        {
            int j = Integer(key, (ulong)i, i + 1);
            order[i] = order[j];
            order[j] = i;
        }

        return order;
    }

    private static ulong Bits(ulong key, ulong position) => Mix(key + ((position + 1) * Golden));

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
