using BenchmarkDotNet.Attributes;
using Stepwise.Answers;
using Stepwise.Engine.Kernels;
using Stepwise.Engine.Memory;

namespace Stepwise.Benchmarks;

/// <summary>
/// Kernels that are not products of matrices, on 512 rows of SmolLM2-135M, the head on 32. Products and attention are in
/// <c>stepwise bench</c>, against the peak.
/// </summary>
[ShortRunJob]
[MemoryDiagnoser]
public unsafe class KernelBenchmarks
{
    private const int Rows = 512;
    private const int Width = 576;
    private const int FeedForward = 1536;
    private const int Heads = 9;
    private const int HeadSize = 64;
    private const int Vocabulary = 49152;
    private const int HeadRows = 32;

    private Workers _workers = null!;
    private Rope _rope = null!;
    private NativeBuffer<float> _x = null!;
    private NativeBuffer<float> _y = null!;
    private NativeBuffer<float> _z = null!;
    private NativeBuffer<float> _logits = null!;
    private NativeBuffer<int> _indices = null!;

    /// <summary>Threads that share the work.</summary>
    [Params(1, 2)]
    public int Threads { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        _workers = new Workers(Threads);
        _rope = new Rope([.. Enumerable.Range(0, HeadSize / 2).Select(i => (float)Math.Pow(10000, -2.0 * i / HeadSize))], 1, Rows);
        _x = Random(Rows * 2 * FeedForward);
        _y = Random(Rows * 2 * FeedForward);
        _z = Random(Rows * 2 * FeedForward);
        _logits = Random(HeadRows * Vocabulary);
        _indices = new NativeBuffer<int>(Rows);
        for (int i = 0; i < Rows; i++)
        {
            _indices.Pointer[i] = i;
        }
    }

    [GlobalCleanup]
    public void CleanUp()
    {
        foreach (IDisposable item in (IDisposable[])[_indices, _logits, _z, _y, _x, _rope, _workers])
        {
            item.Dispose();
        }
    }

    [Benchmark]
    public void RmsNormForward() => RmsNorm.Forward(_workers, _x.Pointer, _z.Pointer, _y.Pointer, Rows, Width, 1e-5f, null);

    [Benchmark]
    public void SwiGluForward() =>
        SwiGlu.Forward(_workers, _x.Pointer, _x.Pointer + FeedForward, 2 * FeedForward, _y.Pointer, FeedForward, Rows, FeedForward);

    [Benchmark]
    public void SwiGluBackward() => SwiGlu.Backward(
        _workers, _z.Pointer, FeedForward, _x.Pointer, _x.Pointer + FeedForward, 2 * FeedForward, _y.Pointer, _y.Pointer + FeedForward, Rows,
        FeedForward);

    [Benchmark]
    public void RopeForward() => _rope.Forward(_workers, _y.Pointer, Heads * HeadSize, _indices.Pointer, Rows, Heads);

    [Benchmark]
    public void ResidualAdd() => Elementwise.Add(_workers, _y.Pointer, _x.Pointer, (long)Rows * Width);

    [Benchmark]
    public void SoftmaxHeadForward() => SoftmaxHead.Forward(
        _workers, _logits.Pointer, Vocabulary, HeadRows, Vocabulary, 1f, _indices.Pointer, _y.Pointer, _y.Pointer + HeadRows,
        _y.Pointer + (2 * HeadRows));

    [Benchmark]
    public double AdamWStep() => AdamW.Apply(
        _workers, _x.Pointer, _y.Pointer, _z.Pointer, _logits.Pointer, (long)Rows * FeedForward, new(1e-6, 0.9, 0.999, 1e-8, 0, 1, 1));

    private static NativeBuffer<float> Random(long length)
    {
        NativeBuffer<float> buffer = new(length);
        for (nint i = 0; i < buffer.Length; i++)
        {
            buffer.Pointer[i] = (float)CounterRandom.Uniform(1, (ulong)i);
        }

        return buffer;
    }
}
