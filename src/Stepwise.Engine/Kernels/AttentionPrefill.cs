using System.Runtime.Intrinsics;

namespace Stepwise.Engine.Kernels;

/// <summary>Successive new rows of a sequence whose earlier positions lie in caches.</summary>
/// <param name="Start">The first of the rows among the packed ones.</param>
/// <param name="Length">Number of rows, at least 1.</param>
/// <param name="Last">What the last of them attends to; its own positions end with the new ones.</param>
internal readonly record struct CachedRun(int Start, int Length, CachedContext Last);

/// <content>Attention of many new positions over caches.</content>
internal static unsafe partial class Attention
{
    /// <summary>Writes the keys and values of new rows to their own blocks, where decoding finds them, and attends.</summary>
    /// <param name="workers">The threads.</param>
    /// <param name="rows">What is read and written.</param>
    /// <param name="runs">The rows, each of a block of its own.</param>
    public static void Prefill(Workers workers, in AttentionRows rows, ReadOnlySpan<CachedRun> runs)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            Prefill<Tile512>(workers, rows, runs);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            Prefill<Tile256>(workers, rows, runs);
        }
        else
        {
            Prefill<Tile128>(workers, rows, runs);
        }
    }

    internal static void Prefill<TTile>(Workers workers, in AttentionRows rows, ReadOnlySpan<CachedRun> runs)
        where TTile : struct, ITile
    {
        rows.Layout.Validate();
        foreach (ref readonly CachedRun run in runs)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(run.Length, 1, nameof(runs));
            ArgumentOutOfRangeException.ThrowIfLessThan(run.Last.OwnLength, run.Length, nameof(runs));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(run.Last.OwnLength, run.Last.Own.Capacity, nameof(runs));
        }

        fixed (CachedRun* pointer = runs)
        {
            CachedRuns cached = new() { Runs = pointer, Number = runs.Length, Layout = rows.Layout };
            WriteKernel write = new() { Cached = cached, Rows = rows };
            workers.For(ref write, runs.Length * rows.Layout.KeyValueHeads, 1);
            ForwardKernel<TTile, CachedRuns> kernel = new() { Workers = workers, Runs = cached, Rows = rows };
            workers.For(ref kernel, kernel.Items, 1);
        }
    }

    private struct CachedRuns : IRuns
    {
        public CachedRun* Runs;
        public int Number;
        public HeadLayout Layout;

        readonly int IRuns.Count => Number;

        readonly (int Start, int Length) IRuns.Rows(int index) => (Runs[index].Start, Runs[index].Length);

        readonly KeyPath IRuns.Keys(int index, int rows, int head)
        {
            CachedRun run = Runs[index];
            return (run.Last with { OwnLength = run.Last.OwnLength - run.Length + rows }).Keys(head, Layout);
        }
    }

    /// <summary>Items are runs by key-value heads.</summary>
    private struct WriteKernel : IRangeKernel
    {
        public CachedRuns Cached;
        public AttentionRows Rows;

        public readonly void Run(int start, int end, int worker)
        {
            int heads = Rows.Layout.KeyValueHeads;
            for (int item = start; item < end; item++)
            {
                CachedRun run = Cached.Runs[item / heads];
                int head = item % heads;
                nint offset = (run.Start * Rows.Ldkv) + ((nint)head * Rows.Layout.HeadSize);
                run.Last.Own.Write(
                    Rows.Layout, head, run.Last.OwnLength - run.Length, Rows.K + offset, Rows.Ldkv, Rows.V + offset, Rows.Ldkv, run.Length);
            }
        }
    }
}
