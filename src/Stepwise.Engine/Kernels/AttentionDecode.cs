using System.Runtime.Intrinsics;

namespace Stepwise.Engine.Kernels;

/// <summary>Attention of new positions over caches.</summary>
internal static unsafe partial class Attention
{
    /// <summary>One new position for each of a number of sequences: its key and value are appended to the row's own block, at
    /// <see cref="DecodeRow.OwnLength"/> − 1, and it attends to all there are.</summary>
    /// <param name="workers">The threads.</param>
    /// <param name="rows">What is read and written.</param>
    /// <param name="contexts">What each row attends to.</param>
    /// <exception cref="ArgumentOutOfRangeException">A row has no own position, or more than its block holds.</exception>
    public static void Decode(Workers workers, in AttentionRows rows, ReadOnlySpan<DecodeRow> contexts)
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

    internal static void Decode<TTile>(Workers workers, in AttentionRows rows, ReadOnlySpan<DecodeRow> contexts)
        where TTile : struct, ITile
    {
        rows.Layout.Validate();
        foreach (DecodeRow row in contexts)
        {
            if (row.OwnLength < 1 || row.OwnLength > row.Own.Capacity)
            {
                throw new ArgumentOutOfRangeException(nameof(contexts), row.OwnLength, $"A block of {row.Own.Capacity} positions.");
            }
        }

        fixed (DecodeRow* pointer = contexts)
        {
            DecodeKernel<TTile> kernel = new() { Workers = workers, Rows = rows, Contexts = pointer, Count = contexts.Length };
            int items = kernel.Runs() * rows.Layout.KeyValueHeads;
            workers.For(ref kernel, items, Math.Max(1, items / (8 * workers.Count)));
        }
    }

    /// <summary>Items are runs of rows by key-value heads; a run is rows in order that share a prefix.</summary>
    private struct DecodeKernel<TTile> : IRangeKernel
        where TTile : struct, ITile
    {
        public Workers Workers;
        public AttentionRows Rows;
        public DecodeRow* Contexts;
        public int Count;

        /// <summary>Rows of the run that begins at a row: at most a tile's, and so few that every worker has some runs.</summary>
        public readonly int RunLength(int row)
        {
            // Rows see different parts of a prefix through a window.
            int share = Math.Max(1, Count * Rows.Layout.KeyValueHeads / (2 * Workers.Count));
            int most = Rows.Window == NoWindow && Contexts[row].PrefixLength > 0 ? Math.Min(Math.Min(TTile.MaxRows, share), Count - row) : 1, length = 1;
            while (length < most && Contexts[row + length].Prefix == Contexts[row].Prefix && Contexts[row + length].PrefixLength == Contexts[row].PrefixLength)
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

        private readonly Keys KeysOf(int row, int head)
        {
            DecodeRow source = Contexts[row];
            Keys keys = new()
            {
                OwnKeys = source.Own.KeysOf(head, Rows.Layout),
                OwnValues = source.Own.ValuesOf(head, Rows.Layout),
                OwnLength = source.OwnLength,
                PrefixLength = source.PrefixLength,
            };
            if (source.PrefixLength > 0)
            {
                keys.PrefixKeys = source.Prefix.KeysOf(head, Rows.Layout);
                keys.PrefixValues = source.Prefix.ValuesOf(head, Rows.Layout);
            }

            return Rows.Window < keys.Length ? keys.From(keys.Length - Rows.Window, Rows.Layout) : keys;
        }

        /// <summary>All query vectors of a run against the prefix at once, each row's against its own keys.</summary>
        private readonly void AttendRun(int row, int rows, int head, int worker)
        {
            int size = Rows.Layout.HeadSize, padded = Rows.Layout.PaddedHeadSize, group = Rows.Layout.GroupSize, vectors = rows * group, longest = 0;
            for (int r = 0; r < rows; r++)
            {
                nint offset = ((row + r) * Rows.Ldkv) + ((nint)head * size);
                Contexts[row + r].Own.Write(Rows.Layout, head, Contexts[row + r].OwnLength - 1, Rows.K + offset, Rows.Ldkv, Rows.V + offset, Rows.Ldkv, 1);
                Keys keys = KeysOf(row + r, head);
                Prefetch.Beginning(keys.OwnKeys, keys.OwnLength * size);
                Prefetch.Beginning(keys.OwnValues, keys.OwnLength * padded);
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

            Keys first = KeysOf(row, head);
            Prefetch.Beginning(first.PrefixValues, first.PrefixLength * padded);
            MatMul.PackTiles<TTile, RowOperand>(query, size, 0, vectors, 0, size, packed);
            Score<TTile>(packed, vectors, size, first.PrefixKeys, first.PrefixLength, scores, lds);
            for (int r = 0; r < rows; r++)
            {
                Keys keys = KeysOf(row + r, head);
                float* own = scores + (r * group * lds);
                if (rows > 1)
                {
                    MatMul.PackTiles<TTile, RowOperand>(query, size, r * group, group, 0, size, packed);
                }

                // Overwrites what the prefix's last panel wrote too much.
                Score<TTile>(packed, group, size, keys.OwnKeys, keys.OwnLength, own + keys.PrefixLength, lds);
                for (int i = 0; i < group; i++)
                {
                    if (keys.Length > Rows.Window)
                    {
                        new Span<float>(own + (i * lds), keys.Length - Rows.Window).Fill(float.NegativeInfinity);
                    }

                    sums[(r * group) + i] = 1f / Exponentiate(own + (i * lds), keys.Length, keys.Length, Rows.Scale).Sum;
                }
            }

            MatMul.PackTiles<TTile, RowOperand>(scores, lds, 0, vectors, 0, first.PrefixLength, weights);
            for (int c = 0; c < padded && first.PrefixLength > 0; c += Packing.PanelColumns)
            {
                MatMul.RunTiles<TTile>(
                    weights, first.PrefixLength, 0, vectors, first.PrefixValues + c, padded, result + c, padded, first.PrefixLength, false);
            }

            for (int r = 0; r < rows; r++)
            {
                Keys keys = KeysOf(row + r, head);
                MatMul.PackTiles<TTile, RowOperand>(scores + keys.PrefixLength, lds, r * group, group, 0, keys.OwnLength, weights);
                for (int c = 0; c < padded; c += Packing.PanelColumns)
                {
                    MatMul.RunTiles<TTile>(
                        weights, keys.OwnLength, 0, group, keys.OwnValues + c, padded, result + ((nint)r * group * padded) + c, padded,
                        keys.OwnLength, keys.PrefixLength > 0);
                }
            }

            for (int i = 0; i < vectors; i++)
            {
                Scaled(result + ((nint)i * padded), sums[i], Rows.Output + ((row + (i / group)) * Rows.Ldo) + column + (i % group * size), size);
            }
        }
    }
}
