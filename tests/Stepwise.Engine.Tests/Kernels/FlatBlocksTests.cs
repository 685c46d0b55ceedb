using Stepwise.Engine.Kernels;

namespace Stepwise.Engine.Tests.Kernels;

public sealed unsafe class FlatBlocksTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(17)]
    [InlineData(16384)]
    [InlineData(40_001)]
    public void Dot_Blocks_IsTheSumAndTheSameBitsAtAnyThreads(int count)
    {
        using Block x = Block.Normal(1, count), y = Block.Normal(2, count);
        double expected = 0, size = 0;
        for (int i = 0; i < count; i++)
        {
            expected += (double)x.Span[i] * y.Span[i];
            size += Math.Abs((double)x.Span[i] * y.Span[i]);
        }

        double[] sums = [.. new[] { 1, 2, 3 }.Select(threads =>
        {
            using Workers workers = new(threads);
            return FlatBlocks.Dot(workers, x.Pointer, y.Pointer, count);
        })];

        sums[0].ShouldBe(expected, 1e-13 * size);
        sums.ShouldAllBe(sum => sum == sums[0]);
    }

    [Fact]
    public void Blend_HandComputed()
    {
        using Workers workers = new(3);
        using Block x = Block.Normal(1, 20_000), y = Block.Normal(2, 20_000);
        (x.Span[7], y.Span[7], x.Span[19_999], y.Span[19_999]) = (1, 3, -2, 2);

        FlatBlocks.Blend(workers, x.Pointer, y.Pointer, 0.75, 20_000);

        (x.Span[7], x.Span[19_999]).ShouldBe((1.5f, -1f));
        (y.Span[7], y.Span[19_999]).ShouldBe((3f, 2f));
    }

    [Fact]
    public void AddAndRemember_HandComputed()
    {
        using Workers workers = new(2);
        using Block x = Block.Normal(1, 20_000), y = Block.Normal(2, 20_000), before = x.Copy();
        (x.Span[7], y.Span[7]) = (1, 3);

        FlatBlocks.AddAndRemember(workers, x.Pointer, y.Pointer, -0.5f, 20_000);

        (x.Span[7], y.Span[7]).ShouldBe((-0.5f, 1f));
        y.Span[19_999].ShouldBe(before.Span[19_999]);
    }

    [Fact]
    public void AddAndRemember_NoMultiple_LeavesEveryBit()
    {
        using Workers workers = new(2);
        using Block x = Block.Normal(1, 20_000), y = Block.Normal(2, 20_000), before = x.Copy();
        y.Span.Fill(float.PositiveInfinity);

        FlatBlocks.AddAndRemember(workers, x.Pointer, y.Pointer, 0, 20_000);

        x.ShouldBeSameBitsAs(before);
        y.ShouldBeSameBitsAs(before);
    }

    [Fact]
    public void Swap_Blocks_ExchangesThem()
    {
        using Workers workers = new(3);
        using Block x = Block.Normal(1, 40_001), y = Block.Normal(2, 40_001), wasX = x.Copy(), wasY = y.Copy();

        FlatBlocks.Swap(workers, x.Pointer, y.Pointer, 40_001);

        x.ShouldBeSameBitsAs(wasY);
        y.ShouldBeSameBitsAs(wasX);
    }
}
