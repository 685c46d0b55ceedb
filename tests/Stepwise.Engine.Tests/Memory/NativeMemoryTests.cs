using Stepwise.Engine.Memory;

namespace Stepwise.Engine.Tests.Memory;

public sealed unsafe class NativeMemoryTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1000)]
    public void NativeBuffer_AnyLength_IsAlignedAndZero(int length)
    {
        using NativeBuffer<float> buffer = new(length);
        ((nuint)buffer.Pointer % 64).ShouldBe((nuint)0);
        buffer.Span.Length.ShouldBe(length);
        buffer.Span.ToArray().ShouldAllBe(value => value == 0f);
    }

    [Fact]
    public void NativeBuffer_ImpossibleLength_SaysHowMuch()
    {
        Should.Throw<RunException>(() => new NativeBuffer<double>(long.MaxValue)).Message.ShouldContain("9223372036854775807 elements");
        Should.Throw<RunException>(() => new NativeBuffer<double>(1L << 58)).Message.ShouldContain("2305843009213693952 bytes");
    }

    [Fact]
    public void NativeBuffer_DisposedTwice_IsEmpty()
    {
        NativeBuffer<int> buffer = new(3);
        buffer.Dispose();
        buffer.Dispose();
        buffer.Length.ShouldBe(0);
        (buffer.Pointer == null).ShouldBeTrue();
    }

    [Fact]
    public void Arena_TakeAndRelease_AlignsAndReuses()
    {
        using Arena arena = new(64, "activations");
        float* first = arena.Take(3);
        long mark = arena.Mark();
        float* second = arena.Take(17);
        (second - first).ShouldBe(16);
        arena.Mark().ShouldBe(48);
        arena.Release(mark);
        (arena.Take(1) == second).ShouldBeTrue();
        arena.Mark().ShouldBe(32);
    }

    [Fact]
    public void Arena_Exhausted_SaysFigures()
    {
        using Arena arena = new(64, "activations");
        arena.Take(40);
        Should.Throw<RunException>(() => arena.Take(20)).Message
            .ShouldBe("The arena for activations is exhausted: 20 floats asked, 16 of 64 left.");
    }

    [Fact]
    public void Owned_Disposed_NewestFirstAndOnce()
    {
        List<int> order = [];
        Owned owned = new();
        owned.Add(new Recorder(order, 1));
        owned.Add(new Recorder(order, 2)).Number.ShouldBe(2);
        owned.Dispose();
        owned.Dispose();
        order.ShouldBe([2, 1]);
    }

    private sealed class Recorder(List<int> order, int number) : IDisposable
    {
        public int Number => number;

        public void Dispose() => order.Add(number);
    }
}
