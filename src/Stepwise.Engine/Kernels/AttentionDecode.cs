using System.Runtime.Intrinsics;

namespace Stepwise.Engine.Kernels;

/// <summary>What a row attends to in caches: a shared prompt, a shared prefix after it, then its own positions, the row's the last.</summary>
/// <param name="Prompt">Block of the prompt; unused where its length is 0.</param>
/// <param name="PromptLength">Positions of the prompt.</param>
/// <param name="Prefix">Block of the prefix; unused where its length is 0.</param>
/// <param name="PrefixLength">Positions of the prefix.</param>
/// <param name="Own">Block of the own positions.</param>
/// <param name="OwnLength">Own positions, the row's included.</param>
internal readonly record struct CachedContext(
    KeyValueBlock Prompt, int PromptLength, KeyValueBlock Prefix, int PrefixLength, KeyValueBlock Own, int OwnLength)
{
    /// <summary>Positions that other rows may share.</summary>
    public int SharedLength => PromptLength + PrefixLength;

    /// <summary>Whether two rows share all but their own positions.</summary>
    public bool SharesWith(in CachedContext other) => PromptLength == other.PromptLength && PrefixLength == other.PrefixLength
        && Prompt == other.Prompt && Prefix == other.Prefix;

    /// <summary>The keys and values of one head.</summary>
    public KeyPath Keys(int head, in HeadLayout layout)
    {
        KeyPath keys = default;
        keys.Add(Prompt, PromptLength, head, layout);
        keys.Add(Prefix, PrefixLength, head, layout);
        keys.Add(Own, OwnLength, head, layout);
        return keys;
    }
}

/// <summary>Attention of new positions over caches.</summary>
internal static unsafe partial class Attention
{
    /// <summary>One new position for each of a number of sequences: its key and value are appended to the row's own block, at
    /// <see cref="CachedContext.OwnLength"/> − 1, and it attends to all there are.</summary>
    /// <param name="workers">The threads.</param>
    /// <param name="rows">What is read and written.</param>
    /// <param name="contexts">What each row attends to.</param>
    /// <exception cref="ArgumentOutOfRangeException">A row has no own position, or more than its block holds.</exception>
    public static void Decode(Workers workers, in AttentionRows rows, ReadOnlySpan<CachedContext> contexts)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            Decode<Tile512>(workers, rows, contexts);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            Decode<Tile256>(workers, rows, contexts);
        }
        else
        {
            Decode<Tile128>(workers, rows, contexts);
        }
    }

    internal static void Decode<TTile>(Workers workers, in AttentionRows rows, ReadOnlySpan<CachedContext> contexts)
        where TTile : struct, ITile
    {
        rows.Layout.Validate();
        foreach (CachedContext row in contexts)
        {
            if (row.OwnLength < 1 || row.OwnLength > row.Own.Capacity)
            {
                throw new ArgumentOutOfRangeException(nameof(contexts), row.OwnLength, $"A block of {row.Own.Capacity} positions.");
            }
        }

        fixed (CachedContext* pointer = contexts)
        {
            DecodeKernel<TTile> kernel = new() { Workers = workers, Rows = rows, Contexts = pointer, Count = contexts.Length };
            int items = kernel.Runs() * rows.Layout.KeyValueHeads;
            workers.For(ref kernel, items, Math.Max(1, items / (8 * workers.Count)));
        }
    }

    /// <summary>Items are runs of rows by key-value heads; a run is rows in order that share all but their own positions.</summary>
    private struct DecodeKernel<TTile> : IRangeKernel
        where TTile : struct, ITile
    {
        public Workers Workers;
        public AttentionRows Rows;
        public CachedContext* Contexts;
        public int Count;

        /// <summary>Rows of the run that begins at a row: at most a tile's, and so few that every worker has some runs.</summary>
        public readonly int RunLength(int row)
        {
            // Rows see different parts of what they share through a window.
            int share = Math.Max(1, Count * Rows.Layout.KeyValueHeads / (2 * Workers.Count));
            bool shares = Rows.Window == NoWindow && Contexts[row].SharedLength > 0;
            int most = shares ? Math.Min(Math.Min(TTile.MaxRows, share), Count - row) : 1, length = 1;
            while (length < most && Contexts[row + length].SharesWith(Contexts[row]))
            {
                length++;
            }

            return length;
        }

        /// <summary>Number of runs.</summary>
        public readonly int Runs()
        {
            int runs = 0;
            for (int row = 0; row < Count; row += RunLength(row))
            {
                runs++;
            }

            return runs;
        }

        public readonly void Run(int start, int end, int worker)
        {
            int run = 0, row = 0;
            for (int item = start; item < end; item++)
            {
                for (; run < item / Rows.Layout.KeyValueHeads; run++)
                {
                    row += RunLength(row);
                }

                AttendRun(row, RunLength(row), item % Rows.Layout.KeyValueHeads, worker);
            }
        }

        private readonly KeyPath KeysOf(int row, int head)
        {
            KeyPath keys = Contexts[row].Keys(head, Rows.Layout);
            return Rows.Window < keys.Length ? keys.From(keys.Length - Rows.Window, Rows.Layout) : keys;
        }

        /// <summary>All query vectors of a run against what it shares at once, each row's against its own keys.</summary>
        private readonly void AttendRun(int row, int rows, int head, int worker)
        {
            int size = Rows.Layout.HeadSize, padded = Rows.Layout.PaddedHeadSize, group = Rows.Layout.GroupSize, vectors = rows * group, longest = 0;
            for (int r = 0; r < rows; r++)
            {
                nint offset = ((row + r) * Rows.Ldkv) + ((nint)head * size);
                Contexts[row + r].Own.Write(Rows.Layout, head, Contexts[row + r].OwnLength - 1, Rows.K + offset, Rows.Ldkv, Rows.V + offset, Rows.Ldkv, 1);
                KeyPath keys = KeysOf(row + r, head);
                KeyStretch own = keys[keys.Count - 1];
                Prefetch.Beginning(own.Keys, own.Length * size);
                Prefetch.Beginning(own.Values, own.Length * padded);
                longest = Math.Max(longest, keys.Length);
            }

            // Room for the up to 31 scores too many that the last panels write.
            nint lds = ((longest + 31) & ~31) + Packing.PanelColumns;
            float* query = Workers.Scratch(worker, vectors * ((2 * size) + lds + longest + padded + 1));
            float* packed = query + ((nint)vectors * size);
            float* scores = packed + ((nint)vectors * size);
            float* weights = scores + (vectors * lds);
            float* sums = weights + ((nint)vectors * longest);
            float* result = sums + vectors;
            nint column = (nint)head * group * size;
            for (int r = 0; r < rows; r++)
            {
                nint floats = (nint)group * size;
                new ReadOnlySpan<float>(Rows.Q + ((row + r) * Rows.Ldq) + column, (int)floats).CopyTo(new Span<float>(query + (r * floats), (int)floats));
            }

            KeyPath first = KeysOf(row, head);
            int shared = first.Length - first[first.Count - 1].Length;
            Prefetch.Beginning(first[0].Values, shared > 0 ? first[0].Length * padded : 0);
            MatMul.PackTiles<TTile, RowOperand>(query, size, 0, vectors, 0, size, packed);
            for (int s = 0, from = 0; s < first.Count - 1; from += first[s++].Length)
            {
                Score<TTile>(packed, vectors, size, first[s].Keys, first[s].Length, scores + from, lds);
            }

            for (int r = 0; r < rows; r++)
            {
                KeyPath keys = KeysOf(row + r, head);
                KeyStretch own = keys[keys.Count - 1];
                float* rowScores = scores + (r * group * lds);
                if (rows > 1)
                {
                    MatMul.PackTiles<TTile, RowOperand>(query, size, r * group, group, 0, size, packed);
                }

                // Overwrites what the last panel before it wrote too much.
                Score<TTile>(packed, group, size, own.Keys, own.Length, rowScores + shared, lds);
                for (int i = 0; i < group; i++)
                {
                    if (keys.Length > Rows.Window)
                    {
                        new Span<float>(rowScores + (i * lds), keys.Length - Rows.Window).Fill(float.NegativeInfinity);
                    }

                    sums[(r * group) + i] = 1f / Exponentiate(rowScores + (i * lds), keys.Length, keys.Length, Rows.Scale).Sum;
                }
            }

            MatMul.PackTiles<TTile, RowOperand>(scores, lds, 0, vectors, 0, shared, weights);
            for (int c = 0; c < padded; c += Packing.PanelColumns)
            {
                for (int s = 0, from = 0; s < first.Count - 1; from += first[s++].Length)
                {
                    MatMul.RunTiles<TTile>(
                        weights, shared, from, vectors, first[s].Values + c, padded, result + c, padded, first[s].Length, from > 0);
                }
            }

            for (int r = 0; r < rows; r++)
            {
                KeyPath keys = KeysOf(row + r, head);
                KeyStretch own = keys[keys.Count - 1];
                MatMul.PackTiles<TTile, RowOperand>(scores + shared, lds, r * group, group, 0, own.Length, weights);
                for (int c = 0; c < padded; c += Packing.PanelColumns)
                {
                    MatMul.RunTiles<TTile>(
                        weights, own.Length, 0, group, own.Values + c, padded, result + ((nint)r * group * padded) + c, padded, own.Length,
                        shared > 0);
                }
            }

            for (int i = 0; i < vectors; i++)
            {
                Scaled(result + ((nint)i * padded), sums[i], Rows.Output + ((row + (i / group)) * Rows.Ldo) + column + (i % group * size), size);
            }
        }
    }
}
