using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using Stepwise.Engine.Memory;

namespace Stepwise.Engine.Kernels;

/// <summary>
/// The engine's threads. Work is handed over within a microsecond: idle workers look for it for a millisecond before they block. Calls to
/// <see cref="For"/> are made one at a time, from any thread; the calling thread is worker 0.
/// </summary>
/// <remarks>
/// A job is open while <c>_open</c> holds its number. A worker raises <c>_active</c> before it looks at <c>_open</c>, the caller clears
/// <c>_open</c> before it looks at <c>_active</c>, so a worker that comes late either is waited for or finds the job closed.
/// </remarks>
internal sealed unsafe class Workers : IDisposable
{
    // Longer than what lies between two jobs of a step: on a virtual machine, waking a blocked thread takes longer than many a job.
    private static readonly long SpinTicks = Stopwatch.Frequency / 1_000;

    private readonly Thread[] _threads;
    private readonly Sleeper[] _sleepers;
    private readonly NativeBuffer<float>?[] _scratch;
    private NativeBuffer<float>? _shared;
    private Hot _hot;
    private delegate*<void*, int, int, int, void> _run;
    private void* _kernel;
    private int _count;
    private int _grain;
    private int _job;
    private bool _busy;
    private volatile bool _stopping;
    private Exception? _failure;

    /// <summary>Starts the threads.</summary>
    /// <param name="threads">Number of workers, the caller included; at least 1.</param>
    public Workers(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        Count = threads;
        _scratch = new NativeBuffer<float>?[threads];
        _threads = new Thread[threads - 1];
        _sleepers = new Sleeper[threads - 1];
        for (int i = 0; i < _threads.Length; i++)
        {
            int index = i;
            _sleepers[i] = new Sleeper();
            _threads[i] = new Thread(() => Serve(index)) { IsBackground = true, Name = $"Stepwise worker {index + 1}" };
            _threads[i].Start();
        }
    }

    /// <summary>Number of workers, the caller included.</summary>
    public int Count { get; }

    /// <summary>Runs a kernel over [0, <paramref name="count"/>), in chunks handed out on demand.</summary>
    /// <typeparam name="TKernel">The kernel; results go through its pointers.</typeparam>
    /// <param name="kernel">A local variable of the caller: every worker runs on it in place.</param>
    /// <param name="count">Number of items, at least 0.</param>
    /// <param name="grain">Items per chunk, at least 1; where one chunk holds all, the caller runs it alone.</param>
    /// <exception cref="InvalidOperationException">Called from inside a kernel.</exception>
    /// <remarks>What a kernel throws surfaces here, once all workers have stopped.</remarks>
    public void For<TKernel>(ref TKernel kernel, int count, int grain)
        where TKernel : struct, IRangeKernel
    {
        if (count <= grain || Count == 1)
        {
            if (count > 0)
            {
                kernel.Run(0, count, 0);
            }

            return;
        }

        if (_busy)
        {
            throw new InvalidOperationException("Workers.For is called one at a time and never from inside a kernel.");
        }

        _busy = true;
        _run = &Invoke<TKernel>;
        _kernel = Unsafe.AsPointer(ref kernel);
        _count = count;
        _grain = grain;
        _failure = null;
        _hot.Next = 0;
        _job = _job == int.MaxValue ? 1 : _job + 1;
        Interlocked.Exchange(ref _hot.Open, _job);
        foreach (Sleeper sleeper in _sleepers)
        {
            sleeper.Wake();
        }

        RunChunks(0);
        Interlocked.Exchange(ref _hot.Open, 0);
        SpinWait wait = default;
        while (Volatile.Read(ref _hot.Active) != 0)
        {
            wait.SpinOnce(sleep1Threshold: -1);
        }

        _busy = false;
        if (_failure is { } failure)
        {
            ExceptionDispatchInfo.Throw(failure);
        }
    }

    /// <summary>Scratch memory of one worker, for use inside a kernel; contents are undefined.</summary>
    /// <param name="worker">The worker.</param>
    /// <param name="length">Floats needed; a request beyond the next power of two of all before it allocates.</param>
    public float* Scratch(int worker, long length) => Grow(ref _scratch[worker], length);

    /// <summary>Scratch memory that a caller of <see cref="For"/> fills for all workers; valid until the next request.</summary>
    /// <param name="length">Floats needed; a request beyond the next power of two of all before it allocates.</param>
    public float* SharedScratch(long length) => Grow(ref _shared, length);

    /// <summary>Stops and joins the threads, and gives the scratch memory back.</summary>
    public void Dispose()
    {
        _stopping = true;
        Thread.MemoryBarrier();
        foreach (Sleeper sleeper in _sleepers)
        {
            sleeper.Wake();
        }

        foreach (Thread thread in _threads)
        {
            thread.Join();
        }

        foreach (Sleeper sleeper in _sleepers)
        {
            sleeper.Dispose();
        }

        foreach (NativeBuffer<float>? scratch in _scratch)
        {
            scratch?.Dispose();
        }

        _shared?.Dispose();
    }

    private static float* Grow(ref NativeBuffer<float>? buffer, long length)
    {
        if (buffer is null || buffer.Length < length)
        {
            buffer?.Dispose();
            buffer = null;

            // Powers of two, so that lengths that creep up (a growing context) allocate seldom; untouched pages cost nothing.
            buffer = new NativeBuffer<float>(checked((long)System.Numerics.BitOperations.RoundUpToPowerOf2((ulong)length)));
        }

        return buffer.Pointer;
    }

    private static void Invoke<TKernel>(void* kernel, int start, int end, int worker)
        where TKernel : struct, IRangeKernel
        => Unsafe.AsRef<TKernel>(kernel).Run(start, end, worker);

    private void RunChunks(int worker)
    {
        try
        {
            while (true)
            {
                long start = Interlocked.Add(ref _hot.Next, _grain) - _grain;
                if (start >= _count)
                {
                    return;
                }

                _run(_kernel, (int)start, (int)Math.Min(start + _grain, _count), worker);
            }
        }
        catch (Exception exception)
        {
            Interlocked.CompareExchange(ref _failure, exception, null);
            Interlocked.Exchange(ref _hot.Next, int.MaxValue);
        }
    }

    private void Serve(int index)
    {
        int seen = 0;
        long idleSince = Stopwatch.GetTimestamp();
        while (!_stopping)
        {
            int open = Volatile.Read(ref _hot.Open);
            if (open != 0 && open != seen)
            {
                Interlocked.Increment(ref _hot.Active);
                seen = Volatile.Read(ref _hot.Open);
                if (seen != 0)
                {
                    RunChunks(index + 1);
                }

                Interlocked.Decrement(ref _hot.Active);
                idleSince = Stopwatch.GetTimestamp();
            }
            else if (Stopwatch.GetTimestamp() - idleSince < SpinTicks)
            {
                Thread.SpinWait(8);
            }
            else
            {
                Sleeper sleeper = _sleepers[index];
                sleeper.Announce();
                open = Volatile.Read(ref _hot.Open);
                sleeper.Sleep(skip: _stopping || (open != 0 && open != seen));
                idleSince = Stopwatch.GetTimestamp();
            }
        }
    }

    /// <summary>The words that threads contend for, each on its own pair of cache lines.</summary>
    [System.Runtime.InteropServices.StructLayout(System.Runtime.InteropServices.LayoutKind.Explicit, Size = 512)]
    private struct Hot
    {
        [System.Runtime.InteropServices.FieldOffset(128)]
        public int Open;

        [System.Runtime.InteropServices.FieldOffset(256)]
        public long Next;

        [System.Runtime.InteropServices.FieldOffset(384)]
        public int Active;
    }

    /// <summary>Where one worker blocks: whoever clears the flag owes, or is owed, exactly one signal.</summary>
    private sealed class Sleeper : IDisposable
    {
        private readonly SemaphoreSlim _signal = new(0);
        private int _asleep;

        public void Announce() => Interlocked.Exchange(ref _asleep, 1);

        public void Sleep(bool skip)
        {
            if (skip && Interlocked.Exchange(ref _asleep, 0) == 1)
            {
                return;
            }

            _signal.Wait();
        }

        public void Wake()
        {
            if (Volatile.Read(ref _asleep) == 1 && Interlocked.Exchange(ref _asleep, 0) == 1)
            {
                _signal.Release();
            }
        }

        public void Dispose() => _signal.Dispose();
    }
}
