using Stepwise.Engine.Kernels;
using Stepwise.Engine.Kernels.Reference;

namespace Stepwise.Engine.Tests.Kernels;

public sealed unsafe class AttentionTests(ITestOutputHelper output)
{
    /// <summary>A prompt and three completions; one of one; and one whose completions begin with two prefixes or none.</summary>
    private static readonly Segment[] Ragged =
    [
        new(0, 37), new(37, 1, 0, 37), new(38, 20, 0, 37), new(58, 45, 0, 37),
        new(103, 3), new(106, 64, 4, 3),
        new(170, 33), new(203, 20, 6, 33), new(223, 40, 7, 53), new(263, 1, 7, 53), new(264, 17, 6, 33), new(281, 1, 6, 33),
        new(282, 35, 11, 34),
    ];

    [Theory]
    [InlineData(4, 2, 8, Attention.NoWindow)]
    [InlineData(3, 1, 16, Attention.NoWindow)]
    [InlineData(6, 3, 24, Attention.NoWindow)]
    [InlineData(4, 4, 32, Attention.NoWindow)]
    [InlineData(6, 2, 48, Attention.NoWindow)]
    [InlineData(9, 3, 64, Attention.NoWindow)]
    [InlineData(4, 2, 8, 1)]
    [InlineData(3, 1, 16, 5)]
    [InlineData(6, 3, 24, 32)]
    [InlineData(6, 2, 48, 33)]
    [InlineData(2, 1, 64, 50)]
    public void Forward_RaggedGroups_MatchesTwin(int heads, int keyValueHeads, int headSize, int window)
    {
        HeadLayout layout = new(heads, keyValueHeads, headSize);
        using Workers workers = new(2);
        using Batch batch = new(layout, Ragged, window);
        batch.Forward<Tile512>(workers);
        double[] expected = new double[batch.Output.Length];
        ReferenceAttention.Forward(
            layout, batch.Q.ToDouble(), batch.K.ToDouble(), batch.V.ToDouble(), expected, Ragged, batch.Scale, window);
        double error = batch.Output.ErrorFrom(expected);
        output.WriteLine($"worst relative error {error:E2}");
        error.ShouldBeLessThan(2e-6);
    }

    [Fact]
    public void Forward_EveryLength_MatchesTwinAndLength1ReturnsItsValue()
    {
        HeadLayout layout = new(2, 1, 16);
        using Workers workers = new(1);
        for (int length = 1; length <= 70; length++)
        {
            Segment[] segments = [new(0, length), new(length, 71 - length, 0, length)];
            using Batch batch = new(layout, segments);
            batch.Forward<Tile512>(workers);
            double[] expected = new double[batch.Output.Length];
            ReferenceAttention.Forward(
                layout, batch.Q.ToDouble(), batch.K.ToDouble(), batch.V.ToDouble(), expected, segments, batch.Scale, Attention.NoWindow);
            batch.Output.ErrorFrom(expected).ShouldBeLessThan(2e-6);
            batch.Output.Span[0].ShouldBe(batch.V.Span[0]);
        }
    }

    [Fact]
    public void Forward_EveryWindow_MatchesTwinAndWindow1ReturnsTheValues()
    {
        HeadLayout layout = new(1, 1, 16);
        Segment[] segments = [new(0, 40), new(40, 3, 0, 40), new(43, 28, 1, 43)];
        using Workers workers = new(1);
        for (int window = 1; window <= 72; window++)
        {
            using Batch batch = new(layout, segments, window);
            batch.Forward<Tile512>(workers);
            double[] expected = new double[batch.Output.Length];
            ReferenceAttention.Forward(
                layout, batch.Q.ToDouble(), batch.K.ToDouble(), batch.V.ToDouble(), expected, segments, batch.Scale, window);
            batch.Output.ErrorFrom(expected).ShouldBeLessThan(2e-6, $"window {window}");
            if (window == 1)
            {
                batch.Output.ShouldBeSameBitsAs(batch.V);
            }
        }
    }

    [Fact]
    public void ForwardAndBackward_WindowThatHoldsEverything_SameBitsAsNone()
    {
        HeadLayout layout = new(4, 2, 24);
        using Workers workers = new(2);
        using Batch none = new(layout, Ragged), wide = new(layout, Ragged, 93);
        foreach (Batch batch in (Batch[])[none, wide])
        {
            batch.Forward<Tile512>(workers);
            batch.Backward<Tile512>(workers);
        }

        wide.Output.ShouldBeSameBitsAs(none.Output);
        wide.Dq.ShouldBeSameBitsAs(none.Dq);
        wide.Dk.ShouldBeSameBitsAs(none.Dk);
        wide.Dv.ShouldBeSameBitsAs(none.Dv);
    }

    [Theory]
    [InlineData(9, 3, 64, Attention.NoWindow)]
    [InlineData(2, 2, 48, Attention.NoWindow)]
    [InlineData(4, 2, 8, Attention.NoWindow)]
    [InlineData(3, 1, 24, Attention.NoWindow)]
    [InlineData(6, 2, 48, 35)]
    public void ForwardAndBackward_OtherThreadsAndWidth_SameBits(int heads, int keyValueHeads, int headSize, int window)
    {
        HeadLayout layout = new(heads, keyValueHeads, headSize);
        using Workers one = new(1);
        using Workers three = new(3);
        using Batch expected = new(layout, Ragged, window);
        expected.Forward<Tile512>(one);
        expected.Backward<Tile512>(one);
        using Batch narrow = new(layout, Ragged, window);
        narrow.Forward<Tile256>(one);
        narrow.Backward<Tile256>(one);
        using Batch narrowest = new(layout, Ragged, window);
        narrowest.Forward<Tile128>(one);
        narrowest.Backward<Tile128>(one);
        using Batch threaded = new(layout, Ragged, window);
        threaded.Forward<Tile512>(three);
        threaded.Backward<Tile512>(three);
        foreach (Batch other in (Batch[])[narrow, narrowest, threaded])
        {
            other.Output.ShouldBeSameBitsAs(expected.Output);
            other.LogSumExp.ShouldBeSameBitsAs(expected.LogSumExp);
            other.Dq.ShouldBeSameBitsAs(expected.Dq);
            other.Dk.ShouldBeSameBitsAs(expected.Dk);
            other.Dv.ShouldBeSameBitsAs(expected.Dv);
        }
    }

    [Theory]
    [InlineData(9, 3, 64, Attention.NoWindow)]
    [InlineData(4, 2, 8, Attention.NoWindow)]
    [InlineData(4, 1, 16, Attention.NoWindow)]
    [InlineData(6, 2, 24, Attention.NoWindow)]
    [InlineData(3, 3, 80, Attention.NoWindow)]
    [InlineData(4, 2, 8, 1)]
    [InlineData(4, 1, 16, 9)]
    [InlineData(6, 2, 24, 32)]
    [InlineData(3, 3, 80, 47)]
    public void Decode_StepByStepFromCaches_SameBitsAsTrainingForward(int heads, int keyValueHeads, int headSize, int window)
    {
        HeadLayout layout = new(heads, keyValueHeads, headSize);
        using Workers workers = new(2);
        using Batch batch = new(layout, Ragged, window);
        batch.Forward<Tile512>(workers);
        using KeyValueCache cache = new(2, Ragged.Length, 64, layout);
        using Block decoded = new(batch.Output.Length);
        for (int step = 0; step < 64; step++)
        {
            foreach (Segment[] wave in (Segment[][])[[.. Ragged.Where(s => s.Position == 0)], [.. Ragged.Where(s => s.Position > 0)]])
            {
                DecodeWave(workers, layout, batch, cache, decoded, [.. wave.Where(s => s.Length > step)], step);
            }
        }

        decoded.ShouldBeSameBitsAs(batch.Output);
    }

    [Theory]
    [InlineData(9, 3, 64, Attention.NoWindow)]
    [InlineData(4, 1, 16, Attention.NoWindow)]
    [InlineData(6, 2, 24, 5)]
    [InlineData(3, 3, 80, 47)]
    public void Prefill_InPartsFromCaches_SameBitsAsTrainingForwardAtAnyWidth(int heads, int keyValueHeads, int headSize, int window)
    {
        HeadLayout layout = new(heads, keyValueHeads, headSize);
        using Workers workers = new(2);
        using Batch batch = new(layout, Ragged, window);
        batch.Forward<Tile512>(workers);
        float[] expected = batch.Output.Span.ToArray();
        foreach (int part in (int[])[1, 13, 64])
        {
            CheckPrefill<Tile512>(part);
            CheckPrefill<Tile256>(part);
            CheckPrefill<Tile128>(part);
        }

        void CheckPrefill<TTile>(int part)
            where TTile : struct, ITile
        {
            batch.Output.Span.Clear();
            using KeyValueCache cache = new(2, Ragged.Length, 64, layout);
            int[] depths = [.. Ragged.Select(s => s.Position == 0 ? 0 : Ragged[s.Parent].Position == 0 ? 1 : 2)];
            for (int depth = 0; depth < 3; depth++)
            {
                Segment[] wave = [.. Ragged.Where((_, i) => depths[i] == depth)];
                for (int from = 0; from < 64; from += part)
                {
                    CachedRun[] runs = [.. wave.Where(s => s.Length > from).Select(s => (Segment: s, End: Math.Min(from + part, s.Length)))
                        .Select(r => new CachedRun(r.Segment.Start + from, r.End - from, ContextOf(cache, r.Segment, r.End)))];
                    Attention.Prefill<TTile>(workers, batch.Rows, runs);
                }
            }

            batch.Output.Span.SequenceEqual(expected).ShouldBeTrue($"parts of {part} rows, {typeof(TTile).Name}");
        }
    }

    [Theory]
    [InlineData(Attention.NoWindow)]
    [InlineData(7)]
    [InlineData(40)]
    public void Forward_PromptAndPrefixApartOrInOneSegment_SameBits(int window)
    {
        HeadLayout layout = new(6, 2, 32);
        Segment[] apart = [new(0, 37), new(37, 9, 0, 37), new(46, 11, 1, 46)];
        Segment[] whole = [new(0, 57)];
        using Workers workers = new(2);
        using Batch shared = new(layout, apart, window);
        using Batch joined = new(layout, whole, window);
        shared.Forward<Tile512>(workers);
        joined.Forward<Tile512>(workers);
        joined.Output.ShouldBeSameBitsAs(shared.Output);
        joined.LogSumExp.ShouldBeSameBitsAs(shared.LogSumExp);
    }

    [Theory]
    [InlineData(4, 2, 8, Attention.NoWindow)]
    [InlineData(3, 1, 16, Attention.NoWindow)]
    [InlineData(4, 2, 24, Attention.NoWindow)]
    [InlineData(2, 2, 32, Attention.NoWindow)]
    [InlineData(4, 2, 8, 3)]
    [InlineData(2, 1, 16, 6)]
    public void Backward_RaggedGroups_MatchesFiniteDifferences(int heads, int keyValueHeads, int headSize, int window)
    {
        HeadLayout layout = new(heads, keyValueHeads, headSize);
        Segment[] segments = [new(0, 5), new(5, 3, 0, 5), new(8, 4, 1, 8), new(12, 2, 1, 8), new(14, 2, 0, 5), new(16, 2)];
        using Workers workers = new(2);
        using Batch batch = new(layout, segments, window);
        batch.Forward<Tile512>(workers);
        batch.Backward<Tile512>(workers);
        double[] q = batch.Q.ToDouble();
        double[] k = batch.K.ToDouble();
        double[] v = batch.V.ToDouble();
        double[] weights = batch.Doutput.ToDouble();
        double[] result = new double[weights.Length];
        double Loss()
        {
            ReferenceAttention.Forward(layout, q, k, v, result, segments, batch.Scale, window);
            return FiniteDifference.Dot(result, weights);
        }

        double dq = batch.Dq.ErrorFrom(FiniteDifference.Gradient(q, Loss));
        double dk = batch.Dk.ErrorFrom(FiniteDifference.Gradient(k, Loss));
        double dv = batch.Dv.ErrorFrom(FiniteDifference.Gradient(v, Loss));
        output.WriteLine($"worst relative errors dq {dq:E2}, dk {dk:E2}, dv {dv:E2}");
        Math.Max(dq, Math.Max(dk, dv)).ShouldBeLessThan(1e-5);
    }

    [Theory]
    [InlineData(Attention.NoWindow)]
    [InlineData(20)]
    [InlineData(290)]
    public void Backward_LongSequences_AgreesWithManyShortBlocks(int window)
    {
        // More rows and keys than one block of the backward pass holds, in a prompt, in its followers and alone.
        HeadLayout layout = new(1, 1, 16);
        Segment[] segments = [new(0, 300), new(300, 70, 0, 300), new(370, 20, 1, 370)];
        using Workers workers = new(2);
        using Batch batch = new(layout, segments, window);
        batch.Forward<Tile512>(workers);
        batch.Backward<Tile512>(workers);
        double[] q = batch.Q.ToDouble();
        double[] k = batch.K.ToDouble();
        double[] v = batch.V.ToDouble();
        double[] weights = batch.Doutput.ToDouble();
        double[] result = new double[weights.Length];
        double Loss()
        {
            ReferenceAttention.Forward(layout, q, k, v, result, segments, batch.Scale, window);
            return FiniteDifference.Dot(result, weights);
        }

        foreach (int index in (int[])[0, 31 * 16, (255 * 16) + 3, (256 * 16) + 1, (299 * 16) + 15, (300 * 16) + 2, (369 * 16) + 7, (389 * 16) + 9])
        {
            foreach ((double[] x, Block gradient) in ((double[], Block)[])[(q, batch.Dq), (k, batch.Dk), (v, batch.Dv)])
            {
                double value = x[index];
                x[index] = value + 1e-4;
                double above = Loss();
                x[index] = value - 1e-4;
                double below = Loss();
                x[index] = value;
                ((double)gradient.Span[index]).ShouldBe((above - below) / 2e-4, 2e-5);
            }
        }
    }

    [Fact]
    public void ForwardAndBackward_SteadyState_AllocateNothing()
    {
        using Workers workers = new(2);
        using Batch batch = new(new HeadLayout(4, 2, 32), Ragged);
        long before = 0;
        for (int i = 0; i < 5; i++)
        {
            // Every worker's scratch memory grows when it first takes part.
            before = i == 3 ? GC.GetAllocatedBytesForCurrentThread() : before;
            batch.Forward<Tile512>(workers);
            batch.Backward<Tile512>(workers);
        }

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }

    private static void DecodeWave(
        Workers workers, HeadLayout layout, Batch batch, KeyValueCache cache, Block decoded, Segment[] wave, int step)
    {
        int qWidth = layout.Heads * layout.HeadSize;
        int kvWidth = layout.KeyValueHeads * layout.HeadSize;
        using Block q = new(wave.Length * qWidth);
        using Block k = new(wave.Length * kvWidth);
        using Block v = new(wave.Length * kvWidth);
        using Block result = new(wave.Length * qWidth);
        CachedContext[] rows = new CachedContext[wave.Length];
        for (int i = 0; i < wave.Length; i++)
        {
            int row = wave[i].Start + step;
            batch.Q.Span.Slice(row * qWidth, qWidth).CopyTo(q.Span[(i * qWidth)..]);
            batch.K.Span.Slice(row * kvWidth, kvWidth).CopyTo(k.Span[(i * kvWidth)..]);
            batch.V.Span.Slice(row * kvWidth, kvWidth).CopyTo(v.Span[(i * kvWidth)..]);
            for (Segment before = wave[i]; step == 0 && before.Position > 0;)
            {
                int parent = before.Parent;
                before = Ragged[parent];
                Fill(layout, batch, cache.Block(1, parent), before);
            }

            rows[i] = ContextOf(cache, wave[i], step + 1);
        }

        AttentionRows attended = new()
        {
            Layout = layout, Q = q.Pointer, Ldq = qWidth, K = k.Pointer, V = v.Pointer, Ldkv = kvWidth, Output = result.Pointer,
            Ldo = qWidth, Scale = batch.Scale, Window = batch.Window,
        };
        Attention.Decode(workers, attended, rows);
        for (int i = 0; i < wave.Length; i++)
        {
            result.Span.Slice(i * qWidth, qWidth).CopyTo(decoded.Span[((wave[i].Start + step) * qWidth)..]);
        }
    }

    /// <summary>The first own positions of a segment, after what comes before it, each segment in the slot of its index.</summary>
    private static CachedContext ContextOf(KeyValueCache cache, in Segment segment, int own)
    {
        CachedContext alone = new(default, 0, default, 0, cache.Block(1, Array.IndexOf(Ragged, segment)), own);
        Segment parent = Ragged[segment.Parent];
        return segment.Position == 0 ? alone
            : parent.Position == 0 ? alone with { Prompt = cache.Block(1, segment.Parent), PromptLength = parent.Length }
            : alone with
            {
                Prompt = cache.Block(1, parent.Parent),
                PromptLength = parent.Position,
                Prefix = cache.Block(1, segment.Parent),
                PrefixLength = parent.Length,
            };
    }

    private static void Fill(in HeadLayout layout, Batch batch, in KeyValueBlock block, in Segment segment)
    {
        int width = layout.KeyValueHeads * layout.HeadSize;
        for (int head = 0; head < layout.KeyValueHeads; head++)
        {
            int offset = (segment.Start * width) + (head * layout.HeadSize);
            block.Write(layout, head, 0, batch.K.Pointer + offset, width, batch.V.Pointer + offset, width, segment.Length);
        }
    }

    private sealed class Batch : IDisposable
    {
        private readonly HeadLayout _layout;
        private readonly Segment[] _segments;

        public Batch(HeadLayout layout, Segment[] segments, int window = Attention.NoWindow)
        {
            Window = window;
            _layout = layout;
            _segments = segments;
            int rows = segments[^1].Start + segments[^1].Length;
            int q = rows * layout.Heads * layout.HeadSize;
            int kv = rows * layout.KeyValueHeads * layout.HeadSize;
            Q = Block.Normal(1, q);
            K = Block.Normal(2, kv);
            V = Block.Normal(3, kv);
            Doutput = Block.Normal(4, q);
            Output = new Block(q);
            LogSumExp = new Block(rows * layout.Heads);
            Dq = new Block(q);
            Dk = new Block(kv);
            Dv = new Block(kv);
        }

        public Block Q { get; }

        public Block K { get; }

        public Block V { get; }

        public Block Output { get; }

        public Block LogSumExp { get; }

        public Block Doutput { get; }

        public Block Dq { get; }

        public Block Dk { get; }

        public Block Dv { get; }

        public int Window { get; }

        public float Scale => 1f / MathF.Sqrt(_layout.HeadSize);

        private int QueryWidth => _layout.Heads * _layout.HeadSize;

        private int KeyWidth => _layout.KeyValueHeads * _layout.HeadSize;

        public AttentionRows Rows => new()
        {
            Layout = _layout, Q = Q.Pointer, Ldq = QueryWidth, K = K.Pointer, V = V.Pointer, Ldkv = KeyWidth, Output = Output.Pointer,
            Ldo = QueryWidth, LogSumExp = LogSumExp.Pointer, Scale = Scale, Window = Window,
        };

        public void Forward<TTile>(Workers workers)
            where TTile : struct, ITile
            => Attention.Forward<TTile>(workers, Rows, _segments);

        public void Backward<TTile>(Workers workers)
            where TTile : struct, ITile
        {
            AttentionGradients gradients = new() { Output = Doutput.Pointer, Q = Dq.Pointer, K = Dk.Pointer, V = Dv.Pointer };
            Attention.Backward<TTile>(workers, Rows, gradients, _segments);
        }

        public void Dispose()
        {
            foreach (Block block in (Block[])[Q, K, V, Output, LogSumExp, Doutput, Dq, Dk, Dv])
            {
                block.Dispose();
            }
        }
    }
}
