using Stepwise.Engine.Kernels;

namespace Stepwise.Engine.Tests.Kernels;

public sealed unsafe class WorkersTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void For_AnyCountAndGrain_RunsEveryItemOnce(int threads)
    {
        using Workers workers = new(threads);
        int[] hits = new int[1000];
        fixed (int* p = hits)
        {
            foreach (int count in (int[])[0, 1, 2, 3, 17, 1000])
            {
                foreach (int grain in (int[])[1, 3, 1000])
                {
                    Array.Clear(hits);
                    CountKernel kernel = new() { Hits = p, Workers = threads };
                    workers.For(ref kernel, count, grain);
                    hits.Take(count).ShouldAllBe(hit => hit == 1);
                    hits.Skip(count).ShouldAllBe(hit => hit == 0);
                }
            }
        }
    }

    [Fact]
    public void For_ManyJobsWithPauses_LosesNone()
    {
        using Workers workers = new(3);
        int[] hits = new int[64];
        fixed (int* p = hits)
        {
            for (int job = 0; job < 20_000; job++)
            {
                // Long enough now and then for the others to fall asleep.
                Thread.SpinWait(job % 1000 == 0 ? 20_000 : job % 50);
                CountKernel kernel = new() { Hits = p, Workers = 3 };
                workers.For(ref kernel, 64, 1);
            }
        }

        hits.ShouldAllBe(hit => hit == 20_000);
    }

    [Fact]
    public void For_KernelThrows_SurfacesAndWorkersGoOn()
    {
        using Workers workers = new(2);
        ThrowKernel kernel = default;
        Should.Throw<FormatException>(() => workers.For(ref kernel, 100, 1)).Message.ShouldBe("item 50");
        int[] hits = new int[8];
        fixed (int* p = hits)
        {
            CountKernel count = new() { Hits = p, Workers = 2 };
            workers.For(ref count, 8, 1);
        }

        hits.ShouldAllBe(hit => hit == 1);
    }

    [Fact]
    public void For_InsideAKernel_IsRefused()
    {
        using Workers workers = new(2);
        NestedKernel kernel = new() { Workers = workers };
        Should.Throw<InvalidOperationException>(() => workers.For(ref kernel, 4, 1));
    }

    [Fact]
    public void For_SteadyState_AllocatesNothing()
    {
        using Workers workers = new(2);
        int[] hits = new int[64];
        fixed (int* p = hits)
        {
            CountKernel kernel = new() { Hits = p, Workers = 2 };
            workers.For(ref kernel, 64, 1);
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 100; i++)
            {
                workers.For(ref kernel, 64, 1);
            }

            (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
        }
    }

    private struct CountKernel : IRangeKernel
    {
        public int* Hits;
        public int Workers;

        public readonly void Run(int start, int end, int worker)
        {
            if (worker < 0 || worker >= Workers)
            {
                throw new InvalidOperationException($"worker {worker}");
            }

            for (int i = start; i < end; i++)
            {
                Interlocked.Increment(ref Hits[i]);
            }
        }
    }

    private struct ThrowKernel : IRangeKernel
    {
        public readonly void Run(int start, int end, int worker)
        {
            if (start == 50)
            {
                throw new FormatException("item 50");
            }
        }
    }

    private struct NestedKernel : IRangeKernel
    {
        public Workers Workers;

        public readonly void Run(int start, int end, int worker)
        {
            ThrowKernel inner = default;
            Workers.For(ref inner, 4, 1);
        }
    }
}
