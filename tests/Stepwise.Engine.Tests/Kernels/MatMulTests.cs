using Stepwise.Engine.Kernels;
using Stepwise.Engine.Kernels.Reference;

namespace Stepwise.Engine.Tests.Kernels;

public sealed unsafe class MatMulTests(ITestOutputHelper output)
{
    [Fact]
    public void Multiply_AllSmallSizes_MatchesTwin()
    {
        using Workers workers = new(2);
        double worst = 0;
        for (int size = 1; size <= 70; size++)
        {
            worst = Math.Max(worst, Error(workers, size, (size * 7 % 70) + 1, 71 - size));
        }

        worst = Math.Max(worst, Error(workers, 3, 33, 1));
        worst = Math.Max(worst, Error(workers, 200, 100, 450));
        output.WriteLine($"worst relative error {worst:E2}");
        worst.ShouldBeLessThan(5e-6);
    }

    [Fact]
    public void AccumulateOuter_AllSmallSizes_MatchesTwin()
    {
        using Workers workers = new(2);
        double worst = 0;
        for (int size = 1; size <= 70; size++)
        {
            worst = Math.Max(worst, OuterError(workers, size, (size * 7 % 70) + 1, 71 - size));
        }

        worst = Math.Max(worst, OuterError(workers, 1500, 40, 50));
        output.WriteLine($"worst relative error {worst:E2}");
        worst.ShouldBeLessThan(5e-6);
    }

    [Theory]
    [InlineData(1, 40, 70)]
    [InlineData(13, 300, 96)]
    [InlineData(64, 576, 100)]
    [InlineData(700, 257, 161)]
    public void Multiply_OtherThreadsAndWidth_SameBits(int m, int k, int n)
    {
        using Block x = Block.Normal(1, m * k);
        using Block w = Block.Normal(2, n * k);
        using Block expected = Block.Normal(3, m * n);
        using Block actual = expected.Copy();
        using Workers one = new(1);
        using PackedMatrix packed = new(k, n);
        packed.PackTransposed(one, w.Pointer, k);
        MatMul.Multiply<Tile512>(one, x.Pointer, k, packed, expected.Pointer, n, m, accumulate: true);
        foreach (int threads in (int[])[1, 2, 3])
        {
            using Workers workers = new(threads);
            using Block narrowest = actual.Copy();
            using Block narrow = actual.Copy();
            using Block wide = actual.Copy();
            MatMul.Multiply<Tile128>(workers, x.Pointer, k, packed, narrowest.Pointer, n, m, accumulate: true);
            MatMul.Multiply<Tile256>(workers, x.Pointer, k, packed, narrow.Pointer, n, m, accumulate: true);
            MatMul.Multiply<Tile512>(workers, x.Pointer, k, packed, wide.Pointer, n, m, accumulate: true);
            narrowest.ShouldBeSameBitsAs(expected);
            narrow.ShouldBeSameBitsAs(expected);
            wide.ShouldBeSameBitsAs(expected);
        }
    }

    /// <summary>Around the pieces in which BF16 is widened, and several chains of them; tiles of one size and of two.</summary>
    [Theory]
    [InlineData(1, 97, 64)]
    [InlineData(2, 96, 70)]
    [InlineData(13, 95, 64)]
    [InlineData(15, 300, 70)]
    [InlineData(1, 1100, 70)]
    [InlineData(15, 1100, 64)]
    [InlineData(100, 1100, 70)]
    public void Multiply_NarrowWeights_SameBitsAsFromTheSameInFloats(int m, int k, int n)
    {
        using Workers workers = new(2);
        using Block x = Block.Normal(1, m * k);
        using Block w = Block.Normal(2, n * k);
        for (int i = 0; i < n * k; i++)
        {
            w.Pointer[i] = BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(w.Pointer[i]) & 0xffff0000);
        }

        using PackedMatrix floats = new(k, n), narrow = new(k, n, narrow: true);
        floats.PackTransposed(workers, w.Pointer, k);
        narrow.PackTransposed(workers, w.Pointer, k);
        foreach (bool accumulate in (bool[])[false, true])
        {
            using Block start = Block.Normal(3, m * n);
            using Block expected = start.Copy();
            MatMul.Multiply(workers, x.Pointer, k, floats, expected.Pointer, n, m, accumulate);
            Check<Tile128>(start, expected, accumulate);
            Check<Tile256>(start, expected, accumulate);
            Check<Tile512>(start, expected, accumulate);
        }

        void Check<TTile>(Block start, Block expected, bool accumulate)
            where TTile : struct, ITile
        {
            using Block actual = start.Copy();
            MatMul.Multiply<TTile>(workers, x.Pointer, k, narrow, actual.Pointer, n, m, accumulate);
            actual.ShouldBeSameBitsAs(expected);
        }
    }

    [Fact]
    public void Multiply_RowAloneOrInBatch_SameBits()
    {
        const int M = 190;
        const int K = 400;
        const int N = 90;
        using Workers workers = new(2);
        using Block x = Block.Normal(1, M * K);
        using Block w = Block.Normal(2, N * K);
        using PackedMatrix packed = new(K, N);
        packed.PackTransposed(workers, w.Pointer, K);
        using Block batch = new(M * N);
        using Block alone = new(M * N);
        MatMul.Multiply(workers, x.Pointer, K, packed, batch.Pointer, N, M);
        for (int row = 0; row < M; row++)
        {
            MatMul.Multiply(workers, x.Pointer + (row * K), K, packed, alone.Pointer + (row * N), N, 1);
        }

        alone.ShouldBeSameBitsAs(batch);
    }

    [Theory]
    [InlineData(2100, 40, 70)]
    [InlineData(64, 700, 45)]
    public void AccumulateOuter_OtherThreadsAndWidth_SameBits(int m, int n, int k)
    {
        using Block dy = Block.Normal(1, m * n);
        using Block x = Block.Normal(2, m * k);
        using Block expected = new(n * k);
        using Workers one = new(1);
        MatMul.AccumulateOuter<Tile512>(one, dy.Pointer, n, x.Pointer, k, expected.Pointer, k, m, n, k);
        foreach (int threads in (int[])[1, 2, 3])
        {
            using Workers workers = new(threads);
            using Block narrowest = new(n * k);
            using Block narrow = new(n * k);
            using Block wide = new(n * k);
            MatMul.AccumulateOuter<Tile128>(workers, dy.Pointer, n, x.Pointer, k, narrowest.Pointer, k, m, n, k);
            MatMul.AccumulateOuter<Tile256>(workers, dy.Pointer, n, x.Pointer, k, narrow.Pointer, k, m, n, k);
            MatMul.AccumulateOuter<Tile512>(workers, dy.Pointer, n, x.Pointer, k, wide.Pointer, k, m, n, k);
            narrowest.ShouldBeSameBitsAs(expected);
            narrow.ShouldBeSameBitsAs(expected);
            wide.ShouldBeSameBitsAs(expected);
        }
    }

    [Fact]
    public void Multiply_BothPackings_SameBits()
    {
        const int M = 20;
        const int K = 50;
        const int N = 70;
        using Workers workers = new(1);
        using Block x = Block.Normal(1, M * K);
        using Block w = Block.Normal(2, N * K);
        using Block transposed = new(K * N);
        Packing.Transpose(w.Pointer, K, N, K, transposed.Pointer, N);
        using PackedMatrix first = new(K, N);
        using PackedMatrix second = new(K, N);
        first.PackTransposed(workers, w.Pointer, K);
        second.Pack(workers, transposed.Pointer, N);
        using Block a = new(M * N);
        using Block b = new(M * N);
        MatMul.Multiply(workers, x.Pointer, K, first, a.Pointer, N, M);
        MatMul.Multiply(workers, x.Pointer, K, second, b.Pointer, N, M);
        a.ShouldBeSameBitsAs(b);
    }

    private static double Error(Workers workers, int m, int n, int k)
    {
        using Block x = Block.Normal(1, m * k);
        using Block w = Block.Normal(2, n * k);
        using Block y = Block.Normal(3, m * n);
        double[] expected = new double[m * n];
        using PackedMatrix packed = new(k, n);
        packed.PackTransposed(workers, w.Pointer, k);
        double[] sum = y.ToDouble();
        ReferenceMatMul.Multiply(x.ToDouble(), w.ToDouble(), expected, m, n, k);
        ReferenceMatMul.Multiply(x.ToDouble(), w.ToDouble(), sum, m, n, k);
        using Block narrow = y.Copy();
        MatMul.Multiply<Tile256>(workers, x.Pointer, k, packed, narrow.Pointer, n, m, accumulate: true);
        MatMul.Multiply<Tile512>(workers, x.Pointer, k, packed, y.Pointer, n, m, accumulate: true);
        narrow.ShouldBeSameBitsAs(y);
        double error = y.ErrorFrom(sum);
        MatMul.Multiply(workers, x.Pointer, k, packed, y.Pointer, n, m);
        return Math.Max(error, y.ErrorFrom(expected));
    }

    private static double OuterError(Workers workers, int m, int n, int k)
    {
        using Block dy = Block.Normal(1, m * n);
        using Block x = Block.Normal(2, m * k);
        using Block dw = Block.Normal(3, n * k);
        double[] expected = dw.ToDouble();
        ReferenceMatMul.AccumulateOuter(dy.ToDouble(), x.ToDouble(), expected, m, n, k);
        MatMul.AccumulateOuter(workers, dy.Pointer, n, x.Pointer, k, dw.Pointer, k, m, n, k);
        return dw.ErrorFrom(expected);
    }
}
