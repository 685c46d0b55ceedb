using System.Runtime.Intrinsics;
using Stepwise.Engine.Kernels;
using Stepwise.Policies;

namespace Stepwise.Engine.Sampling;

/// <summary>Draws one token from one row of logits.</summary>
/// <remarks>
/// The distribution is softmax(logits / temperature), cut by top-k, then top-p, then min-p, and renormalised; temperature 0 takes the
/// largest logit, the lowest id among equals. A draw inverts the cumulative distribution in the order of token ids (of falling probability
/// where a filter sorted them), so it depends on the logits and the uniform number alone.
/// </remarks>
internal sealed unsafe class TokenSampler
{
    private const int BlockTokens = 256;
    private readonly SamplingOptions _options;
    private readonly bool _filtered;
    private readonly float[] _probabilities;
    private readonly int[] _candidates;

    /// <summary>Creates a sampler with scratch for one row; not for two threads at once.</summary>
    /// <param name="options">How to draw.</param>
    /// <param name="vocabulary">Length V of a row.</param>
    public TokenSampler(SamplingOptions options, int vocabulary)
    {
        _options = options;
        _filtered = options.TopK > 0 || options.TopP < 1 || options.MinP > 0;
        _probabilities = new float[vocabulary];
        _candidates = _filtered ? new int[vocabulary] : [];
    }

    /// <summary>Draws a token.</summary>
    /// <param name="logits">[V].</param>
    /// <param name="logSumExp">log Σ exp(logit / temperature).</param>
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

    /// <summary>Sorts the candidates by falling probability, ids breaking ties, and keeps those that pass; returns how many.</summary>
    private int Filter()
    {
        for (int v = 0; v < _candidates.Length; v++)
        {
            _candidates[v] = v;
        }

        Array.Sort(_candidates, (a, b) => _probabilities[a] != _probabilities[b]
            ? _probabilities[b].CompareTo(_probabilities[a])
            : a.CompareTo(b));
        int kept = _options.TopK > 0 ? Math.Min(_options.TopK, _candidates.Length) : _candidates.Length;
        float[] sorted = [.. _candidates.AsSpan(0, kept).ToArray().Select(v => _probabilities[v])];
        if (_options.TopP < 1)
        {
            double total = sorted.Sum(p => (double)p), cumulative = 0;
            int i = 0;
            while (i < kept && cumulative < _options.TopP * total)
            {
                cumulative += sorted[i++];
            }

            kept = Math.Max(1, i);
        }

        while (kept > 1 && sorted[kept - 1] < _options.MinP * sorted[0])
        {
            kept--;
        }

        sorted.AsSpan(0, kept).CopyTo(_probabilities);
        return kept;
    }

    /// <summary>The first index whose cumulative weight exceeds the uniform share of the whole; blocks first, then inside one.</summary>
    private static int Invert(ReadOnlySpan<float> weights, double uniform)
    {
        double total = 0;
        for (int start = 0; start < weights.Length; start += BlockTokens)
        {
            total += BlockSum(weights, start);
        }

        double threshold = uniform * total, cumulative = 0;
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
