using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Stepwise.Engine.Kernels;

/// <summary>Rows of a sequence among the packed rows of a batch; a prompt, a prefix after it, or what follows either.</summary>
/// <param name="Start">Its first row.</param>
/// <param name="Length">Its number of rows, at least 1.</param>
/// <param name="Parent">Index of the segment whose rows come before it, which itself may have one; unused at position 0.</param>
/// <param name="Position">Position of its first row: how many rows come before it. 0 where it begins a sequence.</param>
internal readonly record struct Segment(int Start, int Length, int Parent = 0, int Position = 0);

/// <summary>
/// Causal attention with grouped query heads, softmax(q·kᵀ · scale) · v, over packed sequences with shared beginnings and over caches. With a
/// window w, a position sees itself and the w − 1 before it.
/// </summary>
/// <remarks>
/// A score is one chain over ascending d, an output element one chain over ascending key positions (prompt first), and the softmax keeps
/// lane = position mod 16. So a row has the same bits whether its keys come from rows it shares, from its own or from a cache.
/// Keys before the window weigh exactly 0 and change no bit of a sum; whole panels that no row of a tile sees are left out.
/// </remarks>
internal static unsafe partial class Attention
{
    /// <summary>The window that leaves nothing out.</summary>
    public const int NoWindow = int.MaxValue;

    /// <summary>Forward pass over packed sequences.</summary>
    /// <param name="workers">The threads; their shared scratch memory is used.</param>
    /// <param name="rows">What is read and written.</param>
    /// <param name="segments">The sequences, in ascending order of rows, each after its parent, all that begin with one root side by side.</param>
    public static void Forward(Workers workers, in AttentionRows rows, ReadOnlySpan<Segment> segments)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            Forward<Tile512>(workers, rows, segments);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            Forward<Tile256>(workers, rows, segments);
        }
        else
        {
            Forward<Tile128>(workers, rows, segments);
        }
    }

    internal static void Forward<TTile>(Workers workers, in AttentionRows rows, ReadOnlySpan<Segment> segments)
        where TTile : struct, ITile
    {
        HeadLayout layout = rows.Layout;
        layout.Validate();
        fixed (Segment* pointer = segments)
        {
            SegmentBlocks blocks = new(pointer, segments.Length, layout);
            blocks.Memory = workers.SharedScratch(blocks.Floats);
            PackKernel pack = new() { Blocks = blocks, K = rows.K, V = rows.V, Ldkv = rows.Ldkv };
            workers.For(ref pack, segments.Length * layout.KeyValueHeads, 1);
            ForwardKernel<TTile, SegmentBlocks> kernel = new() { Workers = workers, Runs = blocks, Rows = rows };
            workers.For(ref kernel, kernel.Items, 1);
        }
    }

    /// <summary>Softmax of one row of scores in place, without the division: e^(scale·(s − max)) and zeros up to <paramref name="padded"/>.</summary>
    /// <returns>The sum, and the log of the sum of exponentials of the scaled scores.</returns>
    private static (float Sum, float LogSumExp) Exponentiate(float* scores, int count, int padded, float scale)
    {
        float max = VectorMath.Max(scores, count) * scale;
        Vector512<float> factor = Vector512.Create(scale);
        Vector512<float> shift = Vector512.Create(-max);
        Vector512<float> sum = default;
        int i = 0;
        for (; i <= count - Lanes.Count; i += Lanes.Count)
        {
            Vector512<float> e = VectorMath.Exp(Vector512.FusedMultiplyAdd(Vector512.Load(scores + i), factor, shift));
            e.Store(scores + i);
            sum += e;
        }

        if (i < count)
        {
            Vector512<float> tail = Lanes.LoadTail(scores + i, count - i, float.NegativeInfinity);
            Vector512<float> e = VectorMath.Exp(Vector512.FusedMultiplyAdd(tail, factor, shift));
            Lanes.StoreTail(e, scores + i, count - i);
            sum += e;
        }

        new Span<float>(scores + count, padded - count).Clear();
        float total = Lanes.Sum(sum);
        return (total, max + (float)Math.Log(total));
    }

    /// <summary>
    /// Attention of a few successive rows of one query head. Vector i sees the last <c>window</c> of all keys but the last
    /// <c>vectors − 1 − i</c>.
    /// </summary>
    /// <param name="workers">Whose scratch memory is used.</param>
    /// <param name="worker">The running worker.</param>
    /// <param name="layout">The arrangement of heads.</param>
    /// <param name="keys">What the last vector attends to.</param>
    /// <param name="q">[vectors, D].</param>
    /// <param name="ldq">Floats from vector to vector.</param>
    /// <param name="vectors">Number of query vectors.</param>
    /// <param name="output">[vectors, D].</param>
    /// <param name="ldo">Floats from vector to vector.</param>
    /// <param name="logSumExp">Receives one number per vector; or null.</param>
    /// <param name="ldl">Floats from vector to vector of logSumExp.</param>
    /// <param name="scale">Multiplies the scores.</param>
    /// <param name="window">How many keys a vector sees at most.</param>
    private static void Attend<TTile>(
        Workers workers, int worker, in HeadLayout layout, KeyPath keys, float* q, nint ldq, int vectors,
        float* output, nint ldo, float* logSumExp, nint ldl, float scale, int window)
        where TTile : struct, ITile
    {
        int size = layout.HeadSize;
        int padded = layout.PaddedHeadSize;
        int firstSeen = keys.Length - (vectors - 1) - window;
        if (firstSeen > 0)
        {
            keys = keys.From(firstSeen, layout);
        }

        int total = keys.Length;

        // The last panel of a stretch writes up to 31 scores too many; the next stretch overwrites them.
        nint lds = ((total + 31) & ~31) + Packing.PanelColumns;
        float* packed = workers.Scratch(worker, vectors * (size + lds + total + padded + 1));
        float* scores = packed + ((nint)vectors * size);
        float* weights = scores + (vectors * lds);
        float* sums = weights + ((nint)vectors * total);
        float* result = sums + vectors;

        MatMul.PackTiles<TTile, RowOperand>(q, ldq, 0, vectors, 0, size, packed);
        for (int s = 0, from = 0; s < keys.Count; from += keys[s++].Length)
        {
            Score<TTile>(packed, vectors, size, keys[s].Keys, keys[s].Length, scores + from, lds);
        }

        for (int i = 0; i < vectors; i++)
        {
            int count = total - (vectors - 1 - i);
            if (count > window)
            {
                new Span<float>(scores + (i * lds), count - window).Fill(float.NegativeInfinity);
            }

            (float sum, float log) = Exponentiate(scores + (i * lds), count, total, scale);
            sums[i] = 1f / sum;
            if (logSumExp != null)
            {
                logSumExp[i * ldl] = log;
            }
        }

        MatMul.PackTiles<TTile, RowOperand>(scores, lds, 0, vectors, 0, total, weights);
        for (int column = 0; column < padded; column += Packing.PanelColumns)
        {
            for (int s = 0, from = 0; s < keys.Count; from += keys[s++].Length)
            {
                MatMul.RunTiles<TTile>(
                    weights, total, from, vectors, keys[s].Values + column, padded, result + column, padded, keys[s].Length, from > 0);
            }
        }

        for (int i = 0; i < vectors; i++)
        {
            Scaled(result + ((nint)i * padded), sums[i], output + (i * ldo), size);
        }
    }

    /// <summary>to[d] = from[d] · factor; from has whole lanes.</summary>
    private static void Scaled(float* from, float factor, float* to, int size)
    {
        Vector512<float> factors = Vector512.Create(factor);
        for (int d = 0; d < size; d += Lanes.Count)
        {
            Lanes.StoreUpTo(Vector512.Load(from + d) * factors, to + d, size - d);
        }
    }

    /// <summary>Scores of packed query vectors against the panels of <paramref name="count"/> keys.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Score<TTile>(float* packed, int vectors, int size, float* keys, int count, float* scores, nint lds)
        where TTile : struct, ITile
    {
        for (int key = 0; key < count; key += Packing.PanelColumns)
        {
            MatMul.RunTiles<TTile>(
                packed, size, 0, vectors, keys + ((nint)key * size), Packing.PanelColumns, scores + key, lds, size, false);
        }
    }

    /// <summary>Where the packed keys and values of a batch's segments lie in scratch memory: one block per segment.</summary>
    private struct SegmentBlocks : IRuns
    {
        public readonly Segment* Segments;
        public readonly int Count;
        public readonly HeadLayout Layout;
        public float* Memory;

        public SegmentBlocks(Segment* segments, int count, in HeadLayout layout)
        {
            Segments = segments;
            Count = count;
            Layout = layout;
        }

        /// <summary>Floats for all blocks.</summary>
        public readonly long Floats => Layout.BlockFloats(Count == 0 ? 0 : Position(Count - 1) + Capacity(Count - 1));

        /// <summary>The block of a segment.</summary>
        public readonly KeyValueBlock Block(int index)
            => KeyValueBlock.Over(Memory + Layout.BlockFloats(Position(index)), Capacity(index), Layout);

        readonly int IRuns.Count => Count;

        readonly (int Start, int Length) IRuns.Rows(int index) => (Segments[index].Start, Segments[index].Length);

        readonly KeyPath IRuns.Keys(int index, int rows, int head)
        {
            KeyPath keys = Before(index, head);
            keys.Add(Block(index), rows, head, Layout);
            return keys;
        }

        private readonly KeyPath Before(int index, int head)
        {
            if (Segments[index].Position == 0)
            {
                return default;
            }

            int parent = Segments[index].Parent;
            KeyPath keys = Before(parent, head);
            keys.Add(Block(parent), Segments[parent].Length, head, Layout);
            return keys;
        }

        private readonly int Capacity(int index) => Packing.Panels(Segments[index].Length) * Packing.PanelColumns;

        // Rounding each segment up to whole panels takes at most 31 positions, so 32 per segment before it leave room enough.
        private readonly long Position(int index) => Segments[index].Start - Segments[0].Start + (32L * index);
    }

    /// <summary>Items are segments by key-value heads.</summary>
    private struct PackKernel : IRangeKernel
    {
        public SegmentBlocks Blocks;
        public float* K;
        public float* V;
        public nint Ldkv;

        public readonly void Run(int start, int end, int worker)
        {
            int heads = Blocks.Layout.KeyValueHeads;
            for (int item = start; item < end; item++)
            {
                Segment segment = Blocks.Segments[item / heads];
                int head = item % heads;
                nint offset = (segment.Start * Ldkv) + ((nint)head * Blocks.Layout.HeadSize);
                Blocks.Block(item / heads).Write(Blocks.Layout, head, 0, K + offset, Ldkv, V + offset, Ldkv, segment.Length);
            }
        }
    }

    /// <summary>Successive rows of sequences, and the keys and values they attend to.</summary>
    private interface IRuns
    {
        /// <summary>Number of runs.</summary>
        int Count { get; }

        /// <summary>A run's rows.</summary>
        (int Start, int Length) Rows(int index);

        /// <summary>What the last of a run's first rows attends to.</summary>
        /// <param name="index">The run.</param>
        /// <param name="rows">How many rows, at least 1.</param>
        /// <param name="head">Key-value head.</param>
        KeyPath Keys(int index, int rows, int head);
    }

    /// <summary>Items are runs by blocks of rows by query heads.</summary>
    private struct ForwardKernel<TTile, TRuns> : IRangeKernel
        where TTile : struct, ITile
        where TRuns : struct, IRuns
    {
        public Workers Workers;
        public TRuns Runs;
        public AttentionRows Rows;

        public readonly int Items
        {
            get
            {
                int items = 0;
                for (int run = 0; run < Runs.Count; run++)
                {
                    items += ItemsOf(run);
                }

                return items;
            }
        }

        public readonly void Run(int start, int end, int worker)
        {
            int heads = Rows.Layout.Heads;
            int run = 0;
            int first = 0;
            for (int item = start; item < end; item++)
            {
                int items = ItemsOf(run);
                while (item >= first + items)
                {
                    first += items;
                    run++;
                    items = ItemsOf(run);
                }

                RunBlock(run, (item - first) / heads * TTile.MaxRows, (item - first) % heads, worker);
            }
        }

        private readonly int ItemsOf(int run) => (Runs.Rows(run).Length + TTile.MaxRows - 1) / TTile.MaxRows * Rows.Layout.Heads;

        private readonly void RunBlock(int run, int row, int head, int worker)
        {
            HeadLayout layout = Rows.Layout;
            (int start, int length) = Runs.Rows(run);
            int vectors = Math.Min(TTile.MaxRows, length - row);
            KeyPath keys = Runs.Keys(run, row + vectors, head / layout.GroupSize);
            nint at = start + row;
            nint column = (nint)head * layout.HeadSize;
            Attend<TTile>(
                Workers, worker, layout, keys, Rows.Q + (at * Rows.Ldq) + column, Rows.Ldq, vectors, Rows.Output + (at * Rows.Ldo) + column,
                Rows.Ldo, Rows.LogSumExp == null ? null : Rows.LogSumExp + (at * layout.Heads) + head, layout.Heads, Rows.Scale, Rows.Window);
        }
    }
}
