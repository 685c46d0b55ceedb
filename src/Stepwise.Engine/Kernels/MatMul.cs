using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Stepwise.Engine.Kernels;

/// <summary>Products of matrices in fp32.</summary>
/// <remarks>
/// Every element of a result is a sum of chains of fused multiply-adds over ascending k. K alone decides where a chain ends and the next
/// begins, each begins at 0, and they are added in order, to 0 or to the value the product is added to. The cut into tiles, blocks and
/// threads therefore changes no bit, and a row's result does not depend on the other rows. Short chains round less than one long one.
/// </remarks>
internal static unsafe class MatMul
{
    // A panel's block, at most 768 · 32 floats, and a row block's packed operand, at most 84 · 768, stay in the second cache together:
    // a tile reads 184 bytes of them in the 28 cycles of one k. Longer blocks read and write the result less often.
    private const int BlockK = 768;
    private const int BlockRows = 84;

    // The longest chain.
    private const int ChainLength = 512;

    // Rows of a BF16 panel that are widened at once: 12 KiB, which stay in the first cache for the tiles.
    private const int WideRows = 96;

    // Outer products longer than this are cut, so that the packed operands of an outer product stay in the last cache.
    private const int OuterLength = 1024;

    // Below this many multiply-adds a hand-over to other threads costs more than it saves.
    private const long SmallWork = 50_000;

    /// <summary>y[M, N] = or += x[M, K] · w[K, N].</summary>
    /// <param name="workers">The threads.</param>
    /// <param name="x">[M, K].</param>
    /// <param name="ldx">Floats from row to row of x.</param>
    /// <param name="w">The packed right operand.</param>
    /// <param name="y">[M, N]; does not overlap x.</param>
    /// <param name="ldy">Floats from row to row of y.</param>
    /// <param name="m">Rows M, at least 0.</param>
    /// <param name="accumulate">Whether the product is added to y or replaces it.</param>
    public static void Multiply(
        Workers workers, float* x, int ldx, PackedMatrix w, float* y, int ldy, int m, bool accumulate = false)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            Multiply<Tile512>(workers, x, ldx, w, y, ldy, m, accumulate);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            Multiply<Tile256>(workers, x, ldx, w, y, ldy, m, accumulate);
        }
        else
        {
            Multiply<Tile128>(workers, x, ldx, w, y, ldy, m, accumulate);
        }
    }

    /// <summary>dW[N, K] += dyᵀ[N, M] · x[M, K]: the gradient of a linear layer's weight; chains go over ascending rows m.</summary>
    /// <param name="workers">The threads; their shared scratch memory is used.</param>
    /// <param name="dy">[M, N].</param>
    /// <param name="lddy">Floats from row to row of dy.</param>
    /// <param name="x">[M, K].</param>
    /// <param name="ldx">Floats from row to row of x.</param>
    /// <param name="dw">[N, K]; overlaps neither operand.</param>
    /// <param name="lddw">Floats from row to row of dw.</param>
    /// <param name="m">Rows M, at least 0.</param>
    /// <param name="n">Width N of dy.</param>
    /// <param name="k">Width K of x.</param>
    public static void AccumulateOuter(
        Workers workers, float* dy, int lddy, float* x, int ldx, float* dw, int lddw, int m, int n, int k)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            AccumulateOuter<Tile512>(workers, dy, lddy, x, ldx, dw, lddw, m, n, k);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            AccumulateOuter<Tile256>(workers, dy, lddy, x, ldx, dw, lddw, m, n, k);
        }
        else
        {
            AccumulateOuter<Tile128>(workers, dy, lddy, x, ldx, dw, lddw, m, n, k);
        }
    }

    internal static void Multiply<TTile>(
        Workers workers, float* x, int ldx, PackedMatrix w, float* y, int ldy, int m, bool accumulate)
        where TTile : struct, ITile
    {
        Cut cut = Cut.Of(workers.Count, TTile.MaxRows, m, w.N, w.K);
        BlockKernel<TTile, RowOperand> kernel = new()
        {
            Workers = workers, Cut = cut, A = x, Lda = ldx, B = w.Pointer, Narrow = w.Narrow, C = y, Ldc = ldy, M = m, N = w.N, K = w.K,
            Accumulate = accumulate,
        };

        // A single row is packed as it lies.
        kernel.Run(m == 1 ? x : null, cut.PacksOnce ? workers.SharedScratch((long)m * w.K) : null);
    }

    internal static void AccumulateOuter<TTile>(
        Workers workers, float* dy, int lddy, float* x, int ldx, float* dw, int lddw, int m, int n, int k)
        where TTile : struct, ITile
    {
        int panels = Packing.Panels(k);
        for (int start = 0; start < m; start += OuterLength)
        {
            int length = Math.Min(OuterLength, m - start);
            Cut cut = Cut.Of(workers.Count, TTile.MaxRows, n, k, length);
            long panelFloats = (long)panels * Packing.PanelColumns * length;
            float* scratch = workers.SharedScratch(panelFloats + (cut.PacksOnce ? (long)n * length : 0));
            PackedMatrix.PackKernel pack = new()
            {
                Source = x + ((nint)start * ldx), Ld = ldx, Destination = scratch, K = length, N = k,
            };
            workers.For(ref pack, panels, (long)length * k < SmallWork ? panels : 1);
            BlockKernel<TTile, ColumnOperand> kernel = new()
            {
                Workers = workers, Cut = cut, A = dy + ((nint)start * lddy), Lda = lddy, B = scratch, C = dw, Ldc = lddw, M = n, N = k,
                K = length, Accumulate = true,
            };
            kernel.Run(null, cut.PacksOnce ? scratch + panelFloats : null);
        }
    }

    /// <summary>Runs the tiles of packed rows against one panel of 32 columns; see <see cref="ITile.Run"/>.</summary>
    /// <remarks>
    /// The tile that begins at row r lies at a + r · strideA, where strideA is the length of k that was packed; its chains go over the
    /// packed k from k0.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void RunTiles<TTile>(
        float* a, nint strideA, int k0, int rows, float* b, nint ldb, float* c, nint ldc, int k, bool accumulate)
        where TTile : struct, ITile
    {
        for (int row = 0; row < rows;)
        {
            int count = TTile.Rows(rows - row);
            TTile.Run(count, a + (row * strideA) + (k0 * count), b, ldb, c + (row * ldc), ldc, k, accumulate);
            row += count;
        }
    }

    /// <summary>Packs rows tile by tile, as <see cref="RunTiles"/> reads them.</summary>
    internal static void PackTiles<TTile, TOperand>(float* source, nint ld, int row, int rows, int k, int length, float* destination)
        where TTile : struct, ITile
        where TOperand : struct, IOperand
    {
        for (int i = 0; i < rows;)
        {
            int count = TTile.Rows(rows - i);
            TOperand.Pack(source, ld, row + i, count, k, length, destination + ((nint)i * length));
            i += count;
        }
    }

    /// <summary>How a product is cut into items: blocks of rows by chunks of panels.</summary>
    /// <remarks>
    /// With enough row blocks for all threads each packs its own rows. Else the panels are cut as well, and rows that several chunks
    /// would pack again are packed once, beforehand.
    /// </remarks>
    private readonly record struct Cut(int RowsPerBlock, int RowBlocks, int PanelsPerChunk, int Chunks, bool PacksOnce)
    {
        public int Items => RowBlocks * Chunks;

        public static Cut Of(int threads, int tileRows, int m, int n, int k)
        {
            int panels = Packing.Panels(n);
            int tiles = (m + tileRows - 1) / tileRows;
            int wanted = (m + BlockRows - 1) / BlockRows;
            int rowsPerBlock = (wanted == 0 ? 1 : (tiles + wanted - 1) / wanted) * tileRows;
            int rowBlocks = (m + rowsPerBlock - 1) / rowsPerBlock;
            bool alone = threads == 1 || rowBlocks >= 4 * threads || (long)m * n * k < SmallWork;
            int chunks = alone ? 1 : Math.Min(panels, ((32 * threads) + rowBlocks - 1) / Math.Max(rowBlocks, 1));
            int panelsPerChunk = (panels + chunks - 1) / chunks;
            chunks = (panels + panelsPerChunk - 1) / panelsPerChunk;
            return new(rowsPerBlock, rowBlocks, panelsPerChunk, chunks, chunks > 1 && m > 1);
        }
    }

    private struct BlockKernel<TTile, TOperand> : IRangeKernel
        where TTile : struct, ITile
        where TOperand : struct, IOperand
    {
        public required Workers Workers;
        public required Cut Cut;
        public required float* A;
        public required nint Lda;
        public required float* B;
        public ushort* Narrow;
        public required float* C;
        public required nint Ldc;
        public required int M;
        public required int N;
        public required int K;
        public required bool Accumulate;
        private float* _packed;

        /// <summary>Runs all items.</summary>
        /// <param name="packed">The left operand as tiles, where it is so already; or null.</param>
        /// <param name="scratch">Where it is packed beforehand, [M, K]; or null, then every item packs its own rows.</param>
        public void Run(float* packed, float* scratch)
        {
            _packed = packed != null ? packed : scratch;
            if (scratch != null)
            {
                PackKernel<TTile, TOperand> pack = new() { A = A, Lda = Lda, M = M, K = K, Packed = scratch };
                Workers.For(ref pack, (M + TTile.MaxRows - 1) / TTile.MaxRows, (int)Math.Max(1, SmallWork / 4 / K / TTile.MaxRows));
            }

            Workers.For(ref this, Cut.Items, (long)M * N * K < SmallWork ? Math.Max(Cut.Items, 1) : 1);
        }

        public readonly void Run(int start, int end, int worker)
        {
            long rows = _packed == null ? (long)Cut.RowsPerBlock * BlockLength : 0;
            float* scratch = Workers.Scratch(worker, rows + (Narrow == null ? 0 : WideRows * Packing.PanelColumns));
            float* own = _packed == null ? scratch : null;
            for (int item = start; item < end; item++)
            {
                int row = item / Cut.Chunks * Cut.RowsPerBlock;
                int panel = item % Cut.Chunks * Cut.PanelsPerChunk;
                RunItem(
                    row, Math.Min(Cut.RowsPerBlock, M - row), panel, Math.Min(panel + Cut.PanelsPerChunk, Packing.Panels(N)), own,
                    scratch + rows);
            }
        }

        /// <summary>Length of a chain: K cut evenly.</summary>
        private readonly int Chain
        {
            get
            {
                int chains = Math.Max(1, (K + ChainLength - 1) / ChainLength);
                return (K + chains - 1) / chains;
            }
        }

        // With a single tile of rows nothing is read twice: the panel streams through once, uncut.
        private readonly int BlockLength => M <= TTile.MaxRows ? K : Math.Max(Chain, BlockK / Math.Max(Chain, 1) * Chain);

        private readonly void RunItem(int row, int rows, int panelStart, int panelEnd, float* own, float* wide)
        {
            int blockLength = BlockLength, chain = Chain;

            // The product, where it is added to the result or is wider than it.
            float* product = stackalloc float[Cut.RowsPerBlock * Packing.PanelColumns];
            for (int block = 0; block < K; block += blockLength)
            {
                int end = Math.Min(block + blockLength, K);
                if (own != null)
                {
                    PackTiles<TTile, TOperand>(A, Lda, row, rows, block, end - block, own);
                }

                float* a = own != null ? own : _packed + ((nint)row * K);
                nint strideA = own != null ? end - block : K;
                for (int panel = panelStart; panel < panelEnd; panel++)
                {
                    nint b = (nint)panel * K * Packing.PanelColumns;
                    float* c = C + (row * Ldc) + ((nint)panel * Packing.PanelColumns);
                    int columns = Math.Min(Packing.PanelColumns, N - (panel * Packing.PanelColumns));
                    for (int k = block; k < end; k += chain)
                    {
                        int length = Math.Min(chain, end - k), inBlock = own != null ? k - block : k;
                        bool add = Accumulate || k > 0, direct = !add && columns == Packing.PanelColumns;
                        float* to = direct ? c : product;
                        nint ldto = direct ? Ldc : Packing.PanelColumns;
                        nint from = b + ((nint)k * Packing.PanelColumns);
                        if (Narrow == null)
                        {
                            RunTiles<TTile>(a, strideA, inBlock, rows, B + from, Packing.PanelColumns, to, ldto, length, accumulate: false);
                        }
                        else if (rows == 1)
                        {
                            PackedMatrix.MultiplyRow(a + inBlock, Narrow + from, to, length);
                        }
                        else
                        {
                            RunNarrow(a, strideA, inBlock, rows, Narrow + from, to, ldto, length, wide);
                        }

                        if (!direct)
                        {
                            for (int i = 0; i < rows; i++)
                            {
                                Take(product + (i * Packing.PanelColumns), c + (i * Ldc), columns, add);
                            }
                        }
                    }
                }
            }
        }

        /// <summary>Tiles over a panel that is widened piece by piece; the chains go on from piece to piece.</summary>
        private static void RunNarrow(
            float* a, nint strideA, int k0, int rows, ushort* b, float* c, nint ldc, int length, float* wide)
        {
            for (int k = 0; k < length; k += WideRows)
            {
                int piece = Math.Min(WideRows, length - k);
                PackedMatrix.Widen(b + ((nint)k * Packing.PanelColumns), piece, wide);
                RunTiles<TTile>(a, strideA, k0 + k, rows, wide, Packing.PanelColumns, c, ldc, piece, accumulate: k > 0);
            }
        }

        private static void Take(float* from, float* to, int columns, bool add)
        {
            if (add)
            {
                Elementwise.AddSpan(to, from, columns);
            }
            else
            {
                Packing.CopyPadded(from, columns, to, columns);
            }
        }
    }

    private struct PackKernel<TTile, TOperand> : IRangeKernel
        where TTile : struct, ITile
        where TOperand : struct, IOperand
    {
        public float* A;
        public nint Lda;
        public int M;
        public int K;
        public float* Packed;

        public readonly void Run(int start, int end, int worker)
        {
            int row = start * TTile.MaxRows;
            int rows = Math.Min(end * TTile.MaxRows, M) - row;
            PackTiles<TTile, TOperand>(A, Lda, row, rows, 0, K, Packed + ((nint)row * K));
        }
    }
}
