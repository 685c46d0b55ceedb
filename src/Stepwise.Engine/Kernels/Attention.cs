using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Stepwise.Engine.Kernels;

/// <summary>A sequence among the packed rows of a batch.</summary>
/// <param name="Start">Its first row.</param>
/// <param name="Length">Its number of rows, at least 1.</param>
/// <param name="PrefixStart">First row of the segment whose rows come before it (a group's prompt); unused without prefix.</param>
/// <param name="PrefixLength">How many rows of that segment come before it; 0 for none. The prefix itself has no prefix.</param>
internal readonly record struct Segment(int Start, int Length, int PrefixStart, int PrefixLength);

/// <summary>What one row of a decode step attends to: a shared prefix, then its own positions, the newest included.</summary>
/// <param name="Prefix">Block of the shared prefix; unused where its length is 0.</param>
/// <param name="PrefixLength">Positions of the prefix.</param>
/// <param name="Own">Block of the row's own positions.</param>
/// <param name="OwnLength">Own positions, the newest included.</param>
internal readonly record struct DecodeRow(KeyValueBlock Prefix, int PrefixLength, KeyValueBlock Own, int OwnLength);

/// <summary>
/// Causal attention with grouped query heads, softmax(q·kᵀ · scale) · v, over packed sequences with shared prompts and over caches. With a
/// window w, a position sees itself and the w − 1 before it.
/// </summary>
/// <remarks>
/// A score is one chain over ascending d, an output element one chain over ascending key positions (prefix first), and the softmax keeps
/// lane = position mod 16. So a row has the same bits whether its keys come from a prompt it shares, from its own rows or from a cache.
/// Keys before the window weigh exactly 0 and change no bit of a sum; whole panels that no row of a tile sees are left out.
/// </remarks>
internal static unsafe partial class Attention
{
    /// <summary>The window that leaves nothing out.</summary>
    public const int NoWindow = int.MaxValue;

    /// <summary>Forward pass over packed sequences.</summary>
    /// <param name="workers">The threads; their shared scratch memory is used.</param>
    /// <param name="rows">What is read and written.</param>
    /// <param name="segments">The sequences, in ascending order of rows, a prefix before what follows it.</param>
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

    /// <summary>Copies consecutive rows of all heads into a block: what a prefill leaves for decoding.</summary>
    /// <param name="layout">The arrangement of heads.</param>
    /// <param name="block">The block.</param>
    /// <param name="position">Where the first row goes.</param>
    /// <param name="k">[rows, K·D], after the rotary embedding.</param>
    /// <param name="v">[rows, K·D].</param>
    /// <param name="ldkv">Floats from row to row of k and of v.</param>
    /// <param name="rows">Number of rows; position + rows is at most the block's capacity.</param>
    public static void Fill(in HeadLayout layout, in KeyValueBlock block, int position, float* k, float* v, int ldkv, int rows)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rows, block.Capacity - position);
        for (int head = 0; head < layout.KeyValueHeads; head++)
        {
            nint offset = (nint)head * layout.HeadSize;
            block.Write(layout, head, position, k + offset, ldkv, v + offset, ldkv, rows);
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
            ForwardKernel<TTile> kernel = new() { Workers = workers, Blocks = blocks, Rows = rows };
            int items = 0;
            foreach (ref readonly Segment segment in segments)
            {
                items += ForwardKernel<TTile>.RowBlocks(segment) * layout.Heads;
            }

            workers.For(ref kernel, items, 1);
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

    /// <summary>One key-value head's prefix and own keys and values.</summary>
    private struct Keys
    {
        public float* PrefixKeys;
        public float* PrefixValues;
        public int PrefixLength;
        public float* OwnKeys;
        public float* OwnValues;
        public int OwnLength;

        public readonly int Length => PrefixLength + OwnLength;

        /// <summary>Leaves out whole panels before a position, so that what is left keeps its place within lanes and panels.</summary>
        public readonly Keys From(int position, in HeadLayout layout)
        {
            const int Whole = ~(Packing.PanelColumns - 1);
            int prefix = Math.Min(position, PrefixLength) & Whole;
            int own = Math.Max(position - PrefixLength, 0) & Whole;
            return new Keys
            {
                PrefixKeys = PrefixKeys + ((nint)prefix * layout.HeadSize),
                PrefixValues = PrefixValues + ((nint)prefix * layout.PaddedHeadSize),
                PrefixLength = PrefixLength - prefix,
                OwnKeys = OwnKeys + ((nint)own * layout.HeadSize),
                OwnValues = OwnValues + ((nint)own * layout.PaddedHeadSize),
                OwnLength = OwnLength - own,
            };
        }
    }

    /// <summary>
    /// Attention of a few successive rows of one query head. Vector i sees the last <c>window</c> of the prefix and the first
    /// <c>own − (vectors − 1 − i)</c> own keys.
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
        Workers workers, int worker, in HeadLayout layout, Keys keys, float* q, nint ldq, int vectors,
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

        // The last panels of prefix and own keys write up to 31 scores too many; the own scores overwrite the prefix's.
        nint lds = ((total + 31) & ~31) + Packing.PanelColumns;
        float* packed = workers.Scratch(worker, vectors * (size + lds + total + padded + 1));
        float* scores = packed + ((nint)vectors * size);
        float* weights = scores + (vectors * lds);
        float* sums = weights + ((nint)vectors * total);
        float* result = sums + vectors;

        MatMul.PackTiles<TTile, RowOperand>(q, ldq, 0, vectors, 0, size, packed);
        Score<TTile>(packed, vectors, size, keys.PrefixKeys, keys.PrefixLength, scores, lds);
        Score<TTile>(packed, vectors, size, keys.OwnKeys, keys.OwnLength, scores + keys.PrefixLength, lds);
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
            float* to = result + column;
            if (keys.PrefixLength > 0)
            {
                MatMul.RunTiles<TTile>(
                    weights, total, 0, vectors, keys.PrefixValues + column, padded, to, padded, keys.PrefixLength, false);
            }

            MatMul.RunTiles<TTile>(
                weights, total, keys.PrefixLength, vectors, keys.OwnValues + column, padded, to, padded, keys.OwnLength,
                keys.PrefixLength > 0);
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
    private struct SegmentBlocks
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

        /// <summary>The segment that is the prefix of another.</summary>
        public readonly int PrefixOf(int index)
        {
            int start = Segments[index].PrefixStart;
            while (--index >= 0)
            {
                if (Segments[index].Start == start)
                {
                    return index;
                }
            }

            throw new InvalidOperationException($"No segment before this one starts at row {start}, where its prefix should be.");
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

    /// <summary>Items are segments by blocks of rows by query heads.</summary>
    private struct ForwardKernel<TTile> : IRangeKernel
        where TTile : struct, ITile
    {
        public Workers Workers;
        public SegmentBlocks Blocks;
        public AttentionRows Rows;

        public static int RowBlocks(in Segment segment) => (segment.Length + TTile.MaxRows - 1) / TTile.MaxRows;

        public readonly void Run(int start, int end, int worker)
        {
            int heads = Blocks.Layout.Heads;
            int segment = 0;
            int first = 0;
            for (int item = start; item < end; item++)
            {
                int items = RowBlocks(Blocks.Segments[segment]) * heads;
                while (item >= first + items)
                {
                    first += items;
                    segment++;
                    items = RowBlocks(Blocks.Segments[segment]) * heads;
                }

                RunBlock(segment, (item - first) / heads * TTile.MaxRows, (item - first) % heads, worker);
            }
        }

        private readonly void RunBlock(int index, int row, int head, int worker)
        {
            HeadLayout layout = Blocks.Layout;
            Segment segment = Blocks.Segments[index];
            int keyHead = head / layout.GroupSize;
            KeyValueBlock own = Blocks.Block(index);
            int vectors = Math.Min(TTile.MaxRows, segment.Length - row);
            Keys keys = new()
            {
                OwnKeys = own.KeysOf(keyHead, layout), OwnValues = own.ValuesOf(keyHead, layout), OwnLength = row + vectors,
            };
            if (segment.PrefixLength > 0)
            {
                KeyValueBlock prefix = Blocks.Block(Blocks.PrefixOf(index));
                keys.PrefixKeys = prefix.KeysOf(keyHead, layout);
                keys.PrefixValues = prefix.ValuesOf(keyHead, layout);
                keys.PrefixLength = segment.PrefixLength;
            }

            nint at = segment.Start + row;
            nint column = (nint)head * layout.HeadSize;
            Attend<TTile>(
                Workers, worker, layout, keys, Rows.Q + (at * Rows.Ldq) + column, Rows.Ldq, vectors, Rows.Output + (at * Rows.Ldo) + column,
                Rows.Ldo, Rows.LogSumExp == null ? null : Rows.LogSumExp + (at * layout.Heads) + head, layout.Heads, Rows.Scale, Rows.Window);
        }
    }
}
