using System.Runtime.Intrinsics;
using Stepwise.Engine.Kernels;
using Stepwise.Policies;

namespace Stepwise.Engine.Sampling;

/// <summary>Draws one token from one row of logits.</summary>
/// <remarks>
/// The distribution is softmax(logits / temperature), cut by top-k, then top-p, then min-p, and renormalised; temperature 0 takes the
/// largest logit, the lowest id among equals. A draw inverts the cumulative distribution in the order of token ids (of falling probability
/// where a filter chose them), so it depends on the logits and the uniform number alone. Filters take the most likely tokens from a heap, so
/// that only those that stay are put in order; nothing is allocated per token.
/// </remarks>
internal sealed unsafe class TokenSampler
{
    private const int BlockTokens = 256;
    private readonly SamplingOptions _options;
    private readonly bool _filtered;
    private readonly float[] _probabilities;
    private readonly int[] _candidates;
    private readonly ulong[] _heap;

    /// <summary>Creates a sampler with scratch for one row; not for two threads at once.</summary>
    /// <param name="options">How to draw.</param>
    /// <param name="vocabulary">Length V of a row.</param>
    public TokenSampler(SamplingOptions options, int vocabulary)
    {
        _options = options;
        _filtered = options.TopK > 0 || options.TopP < 1 || options.MinP > 0;
        _probabilities = new float[vocabulary];
        _candidates = _filtered ? new int[vocabulary] : [];
        _heap = _filtered ? new ulong[vocabulary] : [];
    }

    /// <summary>Draws a token.</summary>
    /// <param name="logits">[V].</param>
    /// <param name="logSumExp">log Σ exp(logit / temperature); finite.</param>
    /// <param name="uniform">A uniform number in [0, 1).</param>
    public int Draw(ReadOnlySpan<float> logits, float logSumExp, double uniform)
    {
        if (_options.Temperature == 0)
        {
            return ArgMax(logits);
        }

        Probabilities(logits, logSumExp);
        if (!_filtered)
        {
            return Invert(_probabilities, uniform);
        }

        int kept = Filter();
        return _candidates[Invert(_probabilities.AsSpan(0, kept), uniform)];
    }

    private static int ArgMax(ReadOnlySpan<float> values)
    {
        int best = 0;
        for (int v = 1; v < values.Length; v++)
        {
            if (values[v] > values[best])
            {
                best = v;
            }
        }

        return best;
    }

    private void Probabilities(ReadOnlySpan<float> logits, float logSumExp)
    {
        Vector512<float> scale = Vector512.Create((float)(1 / _options.Temperature)), shift = Vector512.Create(-logSumExp);
        fixed (float* from = logits, to = _probabilities)
        {
            int v = 0;
            for (; v <= logits.Length - Lanes.Count; v += Lanes.Count)
            {
                VectorMath.Exp(Vector512.FusedMultiplyAdd(Vector512.Load(from + v), scale, shift)).Store(to + v);
            }

            if (v < logits.Length)
            {
                Vector512<float> tail = Lanes.LoadTail(from + v, logits.Length - v);
                Lanes.StoreTail(VectorMath.Exp(Vector512.FusedMultiplyAdd(tail, scale, shift)), to + v, logits.Length - v);
            }
        }
    }

    /// <summary>Moves the probabilities that pass to the front, falling, ids breaking ties, with their ids; returns how many.</summary>
    private int Filter()
    {
        double mass = _options.TopP < 1 ? _options.TopP * Total(_probabilities) : double.PositiveInfinity;
        int left = Heapify();
        return _options.TopK > 0 ? FilterTopK(left) : FilterMass(left, mass);
    }

    /// <summary>Top-k, then top-p of what it left, then min-p.</summary>
    private int FilterTopK(int left)
    {
        int kept = 0, most = Math.Min(_options.TopK, left);
        double total = 0, cumulative = 0;
        for (; kept < most; kept++)
        {
            total += Pop(ref left, kept);
        }

        if (_options.TopP < 1)
        {
            kept = 0;
            while (kept < most && cumulative < _options.TopP * total)
            {
                cumulative += _probabilities[kept++];
            }
        }

        while (kept > 1 && _probabilities[kept - 1] < _options.MinP * _probabilities[0])
        {
            kept--;
        }

        return kept;
    }

    /// <summary>The fewest that reach a mass, as far as min-p lets them.</summary>
    private int FilterMass(int left, double mass)
    {
        int kept = 0;
        double cumulative = 0;
        while (left > 0 && cumulative < mass)
        {
            float probability = Pop(ref left, kept);
            if (kept > 0 && probability < _options.MinP * _probabilities[0])
            {
                break;
            }

            cumulative += probability;
            kept++;
        }

        return kept;
    }

    /// <summary>
    /// Makes a heap of the tokens that are possible at all, the most likely on top; returns how many. A key is the bits of the probability,
    /// which order positive numbers as they are, before those of the id's complement.
    /// </summary>
    private int Heapify()
    {
        int count = 0;
        for (int v = 0; v < _probabilities.Length; v++)
        {
            if (_probabilities[v] > 0)
            {
                _heap[count++] = ((ulong)BitConverter.SingleToUInt32Bits(_probabilities[v]) << 32) | ~(uint)v;
            }
        }

        for (int parent = (count / 2) - 1; parent >= 0; parent--)
        {
            Sift(parent, count);
        }

        return count;
    }

    /// <summary>Takes the most likely token from the heap to a place in front; returns its probability.</summary>
    private float Pop(ref int left, int place)
    {
        ulong key = _heap[0];
        _heap[0] = _heap[--left];
        Sift(0, left);
        _candidates[place] = (int)~(uint)key;
        return _probabilities[place] = BitConverter.UInt32BitsToSingle((uint)(key >> 32));
    }

    private void Sift(int parent, int count)
    {
        ulong key = _heap[parent];
        for (int child; (child = (2 * parent) + 1) < count; parent = child)
        {
            child += child + 1 < count && _heap[child + 1] > _heap[child] ? 1 : 0;
            if (_heap[child] <= key)
            {
                break;
            }

            _heap[parent] = _heap[child];
        }

        _heap[parent] = key;
    }

    /// <summary>The first index whose cumulative weight exceeds the uniform share of the whole; blocks first, then inside one.</summary>
    private static int Invert(ReadOnlySpan<float> weights, double uniform)
    {
        double threshold = uniform * Total(weights), cumulative = 0;
        int last = 0;
        for (int start = 0; start < weights.Length; start += BlockTokens)
        {
            double block = BlockSum(weights, start);
            if (cumulative + block <= threshold)
            {
                cumulative += block;
                continue;
            }

            int end = Math.Min(start + BlockTokens, weights.Length);
            for (int v = start; v < end; v++)
            {
                if (weights[v] > 0)
                {
                    last = v;
                    cumulative += weights[v];
                    if (cumulative > threshold)
                    {
                        return v;
                    }
                }
            }
        }

        // Rounding left the sum a hair below the threshold: the last token that is possible at all.
        return last;
    }

    private static double Total(ReadOnlySpan<float> weights)
    {
        double total = 0;
        for (int start = 0; start < weights.Length; start += BlockTokens)
        {
            total += BlockSum(weights, start);
        }

        return total;
    }

    private static double BlockSum(ReadOnlySpan<float> weights, int start)
    {
        double sum = 0;
        foreach (float weight in weights.Slice(start, Math.Min(BlockTokens, weights.Length - start)))
        {
            sum += weight;
        }

        return sum;
    }
}
