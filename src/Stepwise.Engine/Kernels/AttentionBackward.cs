using System.Runtime.Intrinsics;

namespace Stepwise.Engine.Kernels;

/// <content>The backward pass: probabilities are recomputed, block of rows by block of keys.</content>
internal static unsafe partial class Attention
{
    private const int BackwardRows = 56;
    private const int BackwardKeys = 256;

    /// <summary>
    /// The gradient. With P the probabilities and δ = Σ_d dOutput·output: dV = Pᵀ·dOutput, dS = P·(dOutput·Vᵀ − δ)·scale, dQ = dS·K,
    /// dK = dSᵀ·Q. Sums over what follows a segment and over the query heads of a key-value head are taken in ascending order.
    /// </summary>
    /// <param name="workers">The threads; their shared scratch memory is used.</param>
    /// <param name="rows">As in the forward pass, with what it wrote.</param>
    /// <param name="gradients">What is read and written here.</param>
    /// <param name="segments">The sequences, as in the forward pass.</param>
    public static void Backward(Workers workers, in AttentionRows rows, in AttentionGradients gradients, ReadOnlySpan<Segment> segments)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            Backward<Tile512>(workers, rows, gradients, segments);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            Backward<Tile256>(workers, rows, gradients, segments);
        }
        else
        {
            Backward<Tile128>(workers, rows, gradients, segments);
        }
    }

    internal static void Backward<TTile>(
        Workers workers, in AttentionRows rows, in AttentionGradients gradients, ReadOnlySpan<Segment> segments)
        where TTile : struct, ITile
    {
        HeadLayout layout = rows.Layout;
        layout.Validate();
        fixed (Segment* pointer = segments)
        {
            SegmentBlocks keys = new(pointer, segments.Length, layout);
            SegmentBlocks values = keys;
            int firstRow = segments.IsEmpty ? 0 : segments[0].Start;
            int count = segments.IsEmpty ? 0 : segments[^1].Start + segments[^1].Length - firstRow;
            long privateFloats = (long)count * layout.Heads * layout.PaddedHeadSize;
            keys.Memory = workers.SharedScratch((2 * keys.Floats) + (2 * privateFloats));
            values.Memory = keys.Memory + keys.Floats;

            // A block holds panels of its first operand and rows of its second: keys first for the scores and dQ, values first for dP.
            PackKernel pack = new() { Blocks = keys, K = rows.K, V = rows.K, Ldkv = rows.Ldkv };
            workers.For(ref pack, segments.Length * layout.KeyValueHeads, 1);
            pack = new() { Blocks = values, K = rows.V, V = rows.V, Ldkv = rows.Ldkv };
            workers.For(ref pack, segments.Length * layout.KeyValueHeads, 1);

            BackwardKernel<TTile> kernel = new()
            {
                Workers = workers, KeyBlocks = keys, ValueBlocks = values, Rows = rows, Gradients = gradients, FirstRow = firstRow,
                RowCount = count, PrivateDk = values.Memory + values.Floats, PrivateDv = values.Memory + values.Floats + privateFloats,
            };
            int trees = 0;
            foreach (ref readonly Segment segment in segments)
            {
                trees += segment.Position == 0 ? 1 : 0;
            }

            workers.For(ref kernel, trees * layout.Heads, 1);
            ReduceKernel reduce = new()
            {
                Layout = layout, Rows = count, FirstRow = firstRow, Ld = rows.Ldkv, PrivateDk = kernel.PrivateDk,
                PrivateDv = kernel.PrivateDv, Dk = gradients.K, Dv = gradients.V,
            };
            workers.For(ref reduce, count, Math.Max(1, 8192 / (layout.Heads * layout.HeadSize)));
        }
    }

    /// <summary>Items are roots with all that follows them, by query heads; each has its own dK and dV.</summary>
    private struct BackwardKernel<TTile> : IRangeKernel
        where TTile : struct, ITile
    {
        public Workers Workers;
        public SegmentBlocks KeyBlocks;
        public SegmentBlocks ValueBlocks;
        public AttentionRows Rows;
        public AttentionGradients Gradients;
        public float* PrivateDk;
        public float* PrivateDv;
        public int FirstRow;
        public int RowCount;

        public readonly void Run(int start, int end, int worker)
        {
            int heads = KeyBlocks.Layout.Heads;
            for (int item = start; item < end; item++)
            {
                int root = Root(item / heads);
                for (int i = root; i == root || (i < KeyBlocks.Count && KeyBlocks.Segments[i].Position > 0); i++)
                {
                    RunSegment(i, item % heads, worker);
                }
            }
        }

        private readonly int Root(int tree)
        {
            for (int i = 0; ; i++)
            {
                if (KeyBlocks.Segments[i].Position == 0 && tree-- == 0)
                {
                    return i;
                }
            }
        }

        private readonly void RunSegment(int index, int head, int worker)
        {
            HeadLayout layout = KeyBlocks.Layout;
            Segment segment = KeyBlocks.Segments[index];
            nint size = layout.HeadSize;
            nint padded = layout.PaddedHeadSize;
            Part own = MakePart(index, head);
            new Span<float>(own.Dk, segment.Length * (int)padded).Clear();
            new Span<float>(own.Dv, segment.Length * (int)padded).Clear();
            RowBlock block = new(Workers.Scratch(worker, RowBlock.Floats(layout)), layout);
            for (int row = 0; row < segment.Length; row += BackwardRows)
            {
                int rows = Math.Min(BackwardRows, segment.Length - row);
                nint at = segment.Start + row;
                nint column = head * size;
                nint output = (at * Rows.Ldo) + column;
                block.Load<TTile>(
                    Rows.Q + (at * Rows.Ldq) + column, Rows.Ldq, Rows.Output + output, Gradients.Output + output, Rows.Ldo, rows);
                float* logSumExp = Rows.LogSumExp + (at * layout.Heads) + head;
                DifferentiateBefore(block, segment, head, segment.Position + row, rows, logSumExp);
                for (int key = FirstPanel(row); key < row + rows; key += BackwardKeys)
                {
                    int count = Math.Min(BackwardKeys, row + rows - key);
                    block.Differentiate<TTile>(own, key, count, rows, row - key, logSumExp, layout.Heads, Rows.Scale, Rows.Window);
                }

                for (int i = 0; i < rows; i++)
                {
                    Packing.CopyPadded(block.Dq + (i * padded), (int)size, Gradients.Q + ((at + i) * Rows.Ldq) + column, (int)size);
                }
            }
        }

        /// <summary>What the segments before one give to a block of its rows, and receive of it, the first positions first.</summary>
        private readonly void DifferentiateBefore(in RowBlock block, in Segment segment, int head, int position, int rows, float* logSumExp)
        {
            if (segment.Position == 0)
            {
                return;
            }

            Segment parent = KeyBlocks.Segments[segment.Parent];
            DifferentiateBefore(block, parent, head, position, rows, logSumExp);
            Part part = MakePart(segment.Parent, head);
            int row = position - parent.Position;
            for (int key = FirstPanel(row); key < parent.Length; key += BackwardKeys)
            {
                int count = Math.Min(BackwardKeys, parent.Length - key);
                block.Differentiate<TTile>(
                    part, key, count, rows, row - key, logSumExp, KeyBlocks.Layout.Heads, Rows.Scale, Rows.Window);
            }
        }

        /// <summary>The first key of the panel that holds the first key a row at this place sees.</summary>
        private readonly int FirstPanel(int row) => Math.Max(row + 1 - Rows.Window, 0) & ~(Packing.PanelColumns - 1);

        private readonly Part MakePart(int index, int head)
        {
            HeadLayout layout = KeyBlocks.Layout;
            int keyHead = head / layout.GroupSize;
            nint offset = (((nint)head * RowCount) + KeyBlocks.Segments[index].Start - FirstRow) * layout.PaddedHeadSize;
            KeyValueBlock keys = KeyBlocks.Block(index);
            KeyValueBlock values = ValueBlocks.Block(index);
            return new Part
            {
                KeyPanels = keys.KeysOf(keyHead, layout),
                KeyRows = keys.ValuesOf(keyHead, layout),
                ValuePanels = values.KeysOf(keyHead, layout),
                Dk = PrivateDk + offset,
                Dv = PrivateDv + offset,
            };
        }
    }

    /// <summary>One head of one segment, as keys.</summary>
    private struct Part
    {
        public float* KeyPanels;
        public float* KeyRows;
        public float* ValuePanels;
        public float* Dk;
        public float* Dv;
    }

    /// <summary>The working memory for up to <see cref="BackwardRows"/> rows of one head.</summary>
    private readonly struct RowBlock
    {
        private readonly HeadLayout _layout;
        private readonly float* _qTiles;
        private readonly float* _doTiles;
        private readonly float* _qRows;
        private readonly float* _doRows;
        private readonly float* _delta;
        private readonly float* _weights;
        private readonly float* _slopes;
        private readonly float* _packed;

        public RowBlock(float* memory, in HeadLayout layout)
        {
            int padded = layout.PaddedHeadSize;
            _layout = layout;
            _qTiles = memory;
            _doTiles = _qTiles + (BackwardRows * padded);
            _qRows = _doTiles + (BackwardRows * padded);
            _doRows = _qRows + (BackwardRows * padded);
            Dq = _doRows + (BackwardRows * padded);
            _delta = Dq + (BackwardRows * padded);
            _weights = _delta + 64;
            _slopes = _weights + (BackwardRows * BackwardKeys);
            _packed = _slopes + (BackwardRows * BackwardKeys);
        }

        /// <summary>[rows, padded D], the gradient of the queries so far.</summary>
        public float* Dq { get; }

        public static long Floats(in HeadLayout layout)
            => (5L * BackwardRows * layout.PaddedHeadSize) + 64 + (3L * BackwardRows * BackwardKeys);

        /// <summary>Packs the rows' queries and output gradients, and computes δ.</summary>
        public void Load<TTile>(float* q, nint ldq, float* output, float* doutput, nint ldo, int rows)
            where TTile : struct, ITile
        {
            int size = _layout.HeadSize;
            int padded = _layout.PaddedHeadSize;
            MatMul.PackTiles<TTile, RowOperand>(q, ldq, 0, rows, 0, size, _qTiles);
            MatMul.PackTiles<TTile, RowOperand>(doutput, ldo, 0, rows, 0, size, _doTiles);
            for (int i = 0; i < rows; i++)
            {
                Packing.CopyPadded(q + (i * ldq), size, _qRows + (i * padded), padded);
                Packing.CopyPadded(doutput + (i * ldo), size, _doRows + (i * padded), padded);
                _delta[i] = VectorMath.Dot(output + (i * ldo), doutput + (i * ldo), size);
            }

            new Span<float>(Dq, rows * padded).Clear();
        }

        /// <summary>Adds what <paramref name="count"/> keys from <paramref name="key"/> give to dQ, dK and dV.</summary>
        /// <param name="part">The keys' segment.</param>
        /// <param name="key">First key, a multiple of 32.</param>
        /// <param name="count">Number of keys.</param>
        /// <param name="rows">Number of rows.</param>
        /// <param name="diagonal">Row i sees the last <paramref name="window"/> of the keys up to key + i + diagonal.</param>
        /// <param name="logSumExp">One number per row.</param>
        /// <param name="ldl">Floats from row to row of logSumExp.</param>
        /// <param name="scale">Multiplies the scores.</param>
        /// <param name="window">How many keys a row sees at most.</param>
        public void Differentiate<TTile>(
            in Part part, int key, int count, int rows, int diagonal, float* logSumExp, nint ldl, float scale, int window)
            where TTile : struct, ITile
        {
            int size = _layout.HeadSize;
            int padded = _layout.PaddedHeadSize;
            Score<TTile>(_qTiles, rows, size, part.KeyPanels + ((nint)key * size), count, _weights, BackwardKeys);
            Score<TTile>(_doTiles, rows, size, part.ValuePanels + ((nint)key * size), count, _slopes, BackwardKeys);
            for (int i = 0; i < rows; i++)
            {
                int end = Math.Clamp(i + diagonal + 1, 0, count);
                int begin = Math.Clamp(i + diagonal + 1 - window, 0, end);
                Slopes(
                    _weights + (i * BackwardKeys), _slopes + (i * BackwardKeys), begin, end, count, logSumExp[i * ldl], _delta[i], scale);
            }

            AddProduct<TTile, ColumnOperand>(_weights, count, rows, _doRows, part.Dv + ((nint)key * padded), padded);
            AddProduct<TTile, ColumnOperand>(_slopes, count, rows, _qRows, part.Dk + ((nint)key * padded), padded);
            AddProduct<TTile, RowOperand>(_slopes, rows, count, part.KeyRows + ((nint)key * padded), Dq, padded);
        }

        private void AddProduct<TTile, TOperand>(float* a, int rows, int k, float* b, float* c, int padded)
            where TTile : struct, ITile
            where TOperand : struct, IOperand
        {
            MatMul.PackTiles<TTile, TOperand>(a, BackwardKeys, 0, rows, 0, k, _packed);
            for (int column = 0; column < padded; column += Packing.PanelColumns)
            {
                MatMul.RunTiles<TTile>(_packed, k, 0, rows, b + column, padded, c + column, padded, k, true);
            }
        }

        /// <summary>Scores become P, and dP becomes dS; both 0 for keys that the row does not see.</summary>
        private static void Slopes(
            float* weights, float* slopes, int begin, int end, int count, float logSumExp, float delta, float scale)
        {
            Vector512<float> factor = Vector512.Create(scale);
            Vector512<float> shift = Vector512.Create(-logSumExp);
            Vector512<float> offset = Vector512.Create(delta);
            for (int j = begin & ~(Lanes.Count - 1); j < end; j += Lanes.Count)
            {
                Vector512<float> p = VectorMath.Exp(Vector512.FusedMultiplyAdd(Vector512.Load(weights + j), factor, shift));
                p.Store(weights + j);
                (p * (Vector512.Load(slopes + j) - offset) * factor).Store(slopes + j);
            }

            Mask(weights, begin, end, count);
            Mask(slopes, begin, end, count);
        }

        private static void Mask(float* row, int begin, int end, int count)
        {
            new Span<float>(row, begin).Clear();
            new Span<float>(row + end, count - end).Clear();
        }
    }

    /// <summary>Adds the query heads' dK and dV, in order. Items are rows.</summary>
    private struct ReduceKernel : IRangeKernel
    {
        public HeadLayout Layout;
        public int Rows;
        public int FirstRow;
        public nint Ld;
        public float* PrivateDk;
        public float* PrivateDv;
        public float* Dk;
        public float* Dv;

        public readonly void Run(int start, int end, int worker)
        {
            for (int row = start; row < end; row++)
            {
                for (int head = 0; head < Layout.KeyValueHeads; head++)
                {
                    nint to = ((FirstRow + row) * Ld) + ((nint)head * Layout.HeadSize);
                    Reduce(PrivateDk, row, head, Dk + to);
                    Reduce(PrivateDv, row, head, Dv + to);
                }
            }
        }

        private readonly void Reduce(float* source, int row, int head, float* destination)
        {
            for (int d = 0; d < Layout.HeadSize; d += Lanes.Count)
            {
                Vector512<float> sum = default;
                for (int member = head * Layout.GroupSize; member < (head + 1) * Layout.GroupSize; member++)
                {
                    sum += Vector512.Load(source + ((((nint)member * Rows) + row) * Layout.PaddedHeadSize) + d);
                }

                Lanes.StoreUpTo(sum, destination + d, Layout.HeadSize - d);
            }
        }
    }
}
