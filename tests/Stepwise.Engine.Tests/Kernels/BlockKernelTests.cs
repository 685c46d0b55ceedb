using Stepwise.Engine.Kernels;

namespace Stepwise.Engine.Tests.Kernels;

public sealed unsafe class ElementwiseTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    [InlineData(16384)]
    [InlineData(40_001)]
    public void Add_Blocks_EveryElementOnce(int count)
    {
        using Workers workers = new(3);
        using Block y = Block.Normal(1, count);
        using Block x = Block.Normal(2, count);
        using Block expected = y.Copy();
        for (int i = 0; i < count; i++)
        {
            expected.Span[i] += x.Span[i];
        }

        Elementwise.Add(workers, y.Pointer, x.Pointer, count);
        y.ShouldBeSameBitsAs(expected);
        y.ErrorFrom(expected.ToDouble()).ShouldBe(0);
    }

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(3, 17, 20)]
    [InlineData(200, 300, 300)]
    [InlineData(1000, 33, 70)]
    public void AddBias_StridedRows_EveryRowItsColumnsAndNoMore(int rows, int width, int stride)
    {
        using Workers workers = new(3);
        using Block y = Block.Normal(1, rows * stride);
        using Block bias = Block.Normal(2, width);
        using Block expected = y.Copy();
        for (int row = 0; row < rows; row++)
        {
            for (int i = 0; i < width; i++)
            {
                expected.Span[(row * stride) + i] += bias.Span[i];
            }
        }

        Elementwise.AddBias(workers, y.Pointer, stride, bias.Pointer, rows, width);
        y.ShouldBeSameBitsAs(expected);
        y.ErrorFrom(expected.ToDouble()).ShouldBe(0);
    }

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(3, 17, 20)]
    [InlineData(200, 300, 300)]
    [InlineData(1000, 130, 140)]
    public void AccumulateBias_StridedRows_SumsColumnsInTheOrderOfRows(int rows, int width, int stride)
    {
        using Workers workers = new(3);
        using Block dy = Block.Normal(1, rows * stride);
        using Block dbias = Block.Normal(2, width);
        using Block expected = dbias.Copy();
        for (int row = 0; row < rows; row++)
        {
            for (int i = 0; i < width; i++)
            {
                expected.Span[i] += dy.Span[(row * stride) + i];
            }
        }

        Elementwise.AccumulateBias(workers, dy.Pointer, stride, dbias.Pointer, rows, width);
        dbias.ShouldBeSameBitsAs(expected);
        dbias.ErrorFrom(expected.ToDouble()).ShouldBe(0);
    }
}

public sealed unsafe class Norm2Tests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(15)]
    [InlineData(16384)]
    [InlineData(16385)]
    [InlineData(70_003)]
    public void SumOfSquares_AnyCount_SumInDoubleWhateverTheThreads(int count)
    {
        using Block x = Block.Normal(1, count, 100);
        double expected = x.ToDouble().Sum(v => v * v);
        using Workers one = new(1);
        using Workers three = new(3);
        double sum = Norm2.SumOfSquares(one, x.Pointer, count);
        sum.ShouldBe(expected, 1e-12 * (1 + expected));
        Norm2.SumOfSquares(three, x.Pointer, count).ShouldBe(sum);
    }

    [Fact]
    public void SumOfSquares_ValuesWhoseSquareIsNoFloat_AreCounted()
    {
        using Workers workers = new(1);
        using Block x = new(3);
        ReadOnlySpan<float> values = [3e30f, -4e30f, 1e-30f];
        values.CopyTo(x.Span);
        Math.Sqrt(Norm2.SumOfSquares(workers, x.Pointer, 3)).ShouldBe(5e30, 1e24);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void SumOfSquares_NotFinite_IsNotFinite(float value)
    {
        using Workers workers = new(2);
        using Block x = new(20_000);
        x.Span[17_000] = value;
        double.IsFinite(Norm2.SumOfSquares(workers, x.Pointer, x.Length)).ShouldBeFalse();
    }
}
