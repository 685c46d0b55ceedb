using System.Diagnostics;
using Stepwise.Engine.Memory;

namespace Stepwise.Engine.Kernels;

/// <summary>The rate of causal attention over packed groups, to be held against <see cref="FmaPeak"/>.</summary>
/// <remarks>Work: 4·D per head and pair of a query and a key it sees, forward; 10·D backward, which computes the
/// scores again. A model's training step counts 8·D there: what is computed twice to save memory counts once.</remarks>
public sealed unsafe class AttentionRate : IDisposable
{
    private const int Runs = 5;

    private readonly Owned _owned = new();
    private readonly Workers _workers;
    private readonly HeadLayout _layout;
    private readonly Segment[] _segments;
    private readonly NativeBuffer<float> _queryKeyValue;
    private readonly NativeBuffer<float> _gradient;
    private readonly NativeBuffer<float> _output;
    private readonly NativeBuffer<float> _outputGradient;
    private readonly NativeBuffer<float> _logSumExp;
    private readonly double _pairs;

    /// <summary>Makes the operands, with random numbers.</summary>
    /// <param name="heads">Query heads, a multiple of <paramref name="keyValueHeads"/>.</param>
    /// <param name="keyValueHeads">Key-value heads, at least 1.</param>
    /// <param name="headSize">Head size D, at least 1.</param>
    /// <param name="groups">Groups, at least 1.</param>
    /// <param name="samples">Sequences that share a group's prompt, at least 1.</param>
    /// <param name="prompt">Rows of each prompt; 0 for none.</param>
    /// <param name="tokens">Rows of each sequence, at least 1.</param>
    /// <param name="threads">Number of threads, at least 1.</param>
    public AttentionRate(int heads, int keyValueHeads, int headSize, int groups, int samples, int prompt, int tokens, int threads)
    {
        _layout = new HeadLayout(heads, keyValueHeads, headSize);
        List<Segment> segments = [];
        int rows = 0;
        for (int g = 0; g < groups; g++)
        {
            int parent = segments.Count;
            if (prompt > 0)
            {
                segments.Add(new Segment(rows, prompt));
                _pairs += Pairs(0, prompt);
                rows += prompt;
            }

            for (int s = 0; s < samples; s++)
            {
                segments.Add(new Segment(rows, tokens, parent, prompt));
                _pairs += Pairs(prompt, tokens);
                rows += tokens;
            }
        }

        _segments = [.. segments];
        _workers = _owned.Add(new Workers(threads));
        _queryKeyValue = Random((long)rows * Width, 1);
        _gradient = _owned.Add(new NativeBuffer<float>((long)rows * Width));
        _output = _owned.Add(new NativeBuffer<float>((long)rows * heads * headSize));
        _outputGradient = Random((long)rows * heads * headSize, 2);
        _logSumExp = _owned.Add(new NativeBuffer<float>((long)rows * heads));
        Attend();
    }

    private int Width => (_layout.Heads + (2 * _layout.KeyValueHeads)) * _layout.HeadSize;

    private int QueryWidth => _layout.Heads * _layout.HeadSize;

    private int KeyWidth => _layout.KeyValueHeads * _layout.HeadSize;

    /// <summary>Measures the forward pass: the best of several runs of at least 20 ms.</summary>
    /// <returns>10⁹ floating-point operations per second over all threads.</returns>
    public double Forward() => Best(Attend, 4);

    /// <summary>Measures the backward pass: the best of several runs of at least 20 ms.</summary>
    /// <returns>10⁹ floating-point operations per second over all threads.</returns>
    public double Backward() => Best(AttendBackward, 10);

    /// <summary>Ends the threads and gives the memory back.</summary>
    public void Dispose() => _owned.Dispose();

    private static double Pairs(int before, int tokens) => tokens * (before + ((tokens + 1) / 2.0));

    private AttentionRows Rows => new()
    {
        Layout = _layout, Q = _queryKeyValue.Pointer, Ldq = Width, K = _queryKeyValue.Pointer + QueryWidth,
        V = _queryKeyValue.Pointer + QueryWidth + KeyWidth, Ldkv = Width, Output = _output.Pointer, Ldo = QueryWidth,
        LogSumExp = _logSumExp.Pointer, Scale = 0.125f, Window = Attention.NoWindow,
    };

    private void Attend() => Attention.Forward(_workers, Rows, _segments);

    private void AttendBackward() => Attention.Backward(
        _workers, Rows,
        new AttentionGradients
        {
            Output = _outputGradient.Pointer, Q = _gradient.Pointer, K = _gradient.Pointer + QueryWidth,
            V = _gradient.Pointer + QueryWidth + KeyWidth,
        },
        _segments);

    private double Best(Action run, int operations)
    {
        double best = 0, work = (double)operations * _layout.HeadSize * _layout.Heads * _pairs;
        for (int i = 0; i < Runs; i++)
        {
            long start = Stopwatch.GetTimestamp();
            int times = 0;
            double seconds;
            do
            {
                run();
                times++;
                seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            }
            while (seconds < 0.02);
            best = Math.Max(best, times * work / seconds / 1e9);
        }

        return best;
    }

    private NativeBuffer<float> Random(long length, ulong key)
    {
        NativeBuffer<float> buffer = _owned.Add(new NativeBuffer<float>(length));
        for (nint i = 0; i < buffer.Length; i++)
        {
            buffer.Pointer[i] = (float)CounterRandom.Uniform(key, (ulong)i) - 0.5f;
        }

        return buffer;
    }
}
