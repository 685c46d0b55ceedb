using Stepwise.Engine.Kernels;
using Stepwise.Engine.Kernels.Reference;

namespace Stepwise.Engine.Tests.Kernels;

public sealed unsafe class RmsNormTests(ITestOutputHelper output)
{
    private const float Epsilon = 1e-5f;

    [Fact]
    public void Forward_EveryWidth_MatchesTwinAndRowAlone()
    {
        using Workers workers = new(2);
        double worst = 0;
        for (int width = 1; width <= 70; width++)
        {
            int rows = width % 5 == 0 ? 300 : 3;
            using Block x = Block.Normal(1, rows * width);
            using Block weight = Block.Normal(2, width);
            using Block y = new(rows * width);
            RmsNorm.Forward(workers, x.Pointer, weight.Pointer, y.Pointer, rows, width, Epsilon, null);
            double[] expected = new double[rows * width];
            ReferenceRmsNorm.Forward(x.ToDouble(), weight.ToDouble(), expected, rows, width, Epsilon);
            worst = Math.Max(worst, y.ErrorFrom(expected));
            using Block alone = x.Copy();
            for (int row = 0; row < rows; row++)
            {
                float* at = alone.Pointer + (row * width);
                RmsNorm.Forward(workers, at, weight.Pointer, at, 1, width, Epsilon, null);
            }

            alone.ShouldBeSameBitsAs(y);
        }

        output.WriteLine($"worst relative error {worst:E2}");
        worst.ShouldBeLessThan(1e-6);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 21)]
    [InlineData(5, 32)]
    [InlineData(4, 70)]
    public void Backward_Rows_MatchesFiniteDifferences(int rows, int width)
    {
        using Workers workers = new(2);
        using Block x = Block.Normal(1, rows * width);
        using Block weight = Block.Normal(2, width);
        using Block dy = Block.Normal(3, rows * width);
        using Block y = new(rows * width);
        using Block inverse = new(rows);
        using Block dx = new(rows * width);
        using Block dweight = new(width);
        RmsNorm.Forward(workers, x.Pointer, weight.Pointer, y.Pointer, rows, width, Epsilon, inverse.Pointer);
        RmsNorm.Backward(
            workers, dy.Pointer, x.Pointer, weight.Pointer, inverse.Pointer, dx.Pointer, dweight.Pointer, rows, width, accumulate: false);

        double[] xs = x.ToDouble();
        double[] ws = weight.ToDouble();
        double[] result = new double[rows * width];
        double Loss()
        {
            ReferenceRmsNorm.Forward(xs, ws, result, rows, width, Epsilon);
            return FiniteDifference.Dot(result, dy.ToDouble());
        }

        // The gradient of a single element through its own norm is nearly 0: the scale of the inputs is the yardstick.
        double dxError = dx.ErrorFrom(FiniteDifference.Gradient(xs, Loss), 1e-1);
        double dwError = dweight.ErrorFrom(FiniteDifference.Gradient(ws, Loss));
        output.WriteLine($"worst relative errors dx {dxError:E2}, dweight {dwError:E2}");
        Math.Max(dxError, dwError).ShouldBeLessThan(5e-6);
    }

    [Fact]
    public void Backward_AccumulateAndThreads_AddsAndKeepsBits()
    {
        const int Rows = 700;
        const int Width = 40;
        using Workers one = new(1);
        using Workers three = new(3);
        using Block x = Block.Normal(1, Rows * Width);
        using Block weight = Block.Normal(2, Width);
        using Block dy = Block.Normal(3, Rows * Width);
        using Block y = new(Rows * Width);
        using Block inverse = new(Rows);
        RmsNorm.Forward(one, x.Pointer, weight.Pointer, y.Pointer, Rows, Width, Epsilon, inverse.Pointer);
        using Block first = new(Rows * Width);
        using Block second = Block.Normal(4, Rows * Width);
        using Block dw1 = new(Width);
        using Block dw2 = new(Width);
        using Block expected = second.Copy();
        RmsNorm.Backward(one, dy.Pointer, x.Pointer, weight.Pointer, inverse.Pointer, first.Pointer, dw1.Pointer, Rows, Width, false);
        RmsNorm.Backward(three, dy.Pointer, x.Pointer, weight.Pointer, inverse.Pointer, second.Pointer, dw2.Pointer, Rows, Width, true);
        Elementwise.Add(one, expected.Pointer, first.Pointer, Rows * Width);
        second.ShouldBeSameBitsAs(expected);
        dw2.ShouldBeSameBitsAs(dw1);
    }
}

/// <summary>The norm per head, over heads that are only a part of their rows.</summary>
public sealed unsafe class HeadNormTests(ITestOutputHelper output)
{
    private const float Epsilon = 1e-5f;

    [Theory]
    [InlineData(1, 3, 8, 24)]
    [InlineData(5, 2, 24, 61)]
    [InlineData(40, 4, 16, 100)]
    [InlineData(150, 3, 70, 300)]
    public void ForwardHeads_StridedRows_MatchTwinPerHeadAndLeaveTheRest(int rows, int heads, int width, int stride)
    {
        using Workers workers = new(3);
        using Block x = Block.Normal(1, rows * stride);
        using Block weight = Block.Normal(2, width);
        using Block y = Block.Normal(3, rows * stride);
        using Block inverse = new(rows * heads);
        using Block same = x.Copy();
        double[] expected = y.ToDouble();
        double[] dense = Dense(x.ToDouble(), rows, heads * width, stride);
        double[] normed = new double[dense.Length];
        ReferenceRmsNorm.Forward(dense, weight.ToDouble(), normed, rows * heads, width, Epsilon);
        Scatter(normed, expected, rows, heads * width, stride);
        RmsNorm.ForwardHeads(workers, x.Pointer, weight.Pointer, y.Pointer, stride, rows, heads, width, Epsilon, inverse.Pointer);
        double error = y.ErrorFrom(expected);
        output.WriteLine($"worst relative error {error:E2}");
        error.ShouldBeLessThan(1e-6);

        // In place, and head by head on one thread: the same bits.
        using Workers one = new(1);
        for (int row = 0; row < rows; row++)
        {
            for (int head = 0; head < heads; head++)
            {
                float* at = same.Pointer + (row * stride) + (head * width);
                RmsNorm.Forward(one, at, weight.Pointer, at, 1, width, Epsilon, null);
                for (int i = 0; i < width; i++)
                {
                    int index = (row * stride) + (head * width) + i;
                    same.Span[index].ShouldBe(y.Span[index]);
                }
            }
        }
    }

    [Theory]
    [InlineData(1, 3, 8, 24)]
    [InlineData(5, 2, 24, 61)]
    [InlineData(6, 3, 16, 50)]
    public void BackwardHeads_StridedRows_MatchesFiniteDifferences(int rows, int heads, int width, int stride)
    {
        using Workers workers = new(2);
        using Block x = Block.Normal(1, rows * stride);
        using Block weight = Block.Normal(2, width);
        using Block y = new(rows * stride);
        using Block dy = Block.Normal(3, rows * stride);
        using Block before = dy.Copy();
        using Block inverse = new(rows * heads);
        using Block dweight = new(width);
        RmsNorm.ForwardHeads(workers, x.Pointer, weight.Pointer, y.Pointer, stride, rows, heads, width, Epsilon, inverse.Pointer);
        RmsNorm.BackwardHeads(
            workers, dy.Pointer, x.Pointer, weight.Pointer, inverse.Pointer, dy.Pointer, dweight.Pointer, stride, rows, heads, width,
            accumulate: false);

        double[] xs = Dense(x.ToDouble(), rows, heads * width, stride);
        double[] ws = weight.ToDouble();
        double[] upstream = Dense(before.ToDouble(), rows, heads * width, stride);
        double[] result = new double[xs.Length];
        double Loss()
        {
            ReferenceRmsNorm.Forward(xs, ws, result, rows * heads, width, Epsilon);
            return FiniteDifference.Dot(result, upstream);
        }

        double[] expected = before.ToDouble();
        Scatter(FiniteDifference.Gradient(xs, Loss), expected, rows, heads * width, stride);
        double dxError = dy.ErrorFrom(expected);
        double dwError = dweight.ErrorFrom(FiniteDifference.Gradient(ws, Loss));
        output.WriteLine($"worst relative errors dx {dxError:E2}, dweight {dwError:E2}");
        Math.Max(dxError, dwError).ShouldBeLessThan(5e-6);
    }

    [Fact]
    public void BackwardHeads_ManyRowsAndThreads_SameBits()
    {
        const int Rows = 400;
        const int Heads = 3;
        const int Width = 24;
        const int Stride = 80;
        using Block x = Block.Normal(1, Rows * Stride);
        using Block weight = Block.Normal(2, Width);
        using Block dy = Block.Normal(3, Rows * Stride);
        using Block inverse = new(Rows * Heads);
        using Block y = new(Rows * Stride);
        Block[] dx = [new(Rows * Stride), new(Rows * Stride)], dweight = [new(Width), new(Width)];
        for (int i = 0; i < 2; i++)
        {
            using Workers workers = new(i == 0 ? 1 : 3);
            RmsNorm.ForwardHeads(workers, x.Pointer, weight.Pointer, y.Pointer, Stride, Rows, Heads, Width, Epsilon, inverse.Pointer);
            RmsNorm.BackwardHeads(
                workers, dy.Pointer, x.Pointer, weight.Pointer, inverse.Pointer, dx[i].Pointer, dweight[i].Pointer, Stride, Rows, Heads,
                Width, accumulate: false);
        }

        dx[1].ShouldBeSameBitsAs(dx[0]);
        dweight[1].ShouldBeSameBitsAs(dweight[0]);
        foreach (Block block in (Block[])[.. dx, .. dweight])
        {
            block.Dispose();
        }
    }

    private static double[] Dense(double[] strided, int rows, int width, int stride)
    {
        double[] dense = new double[rows * width];
        for (int row = 0; row < rows; row++)
        {
            strided.AsSpan(row * stride, width).CopyTo(dense.AsSpan(row * width));
        }

        return dense;
    }

    private static void Scatter(double[] dense, double[] strided, int rows, int width, int stride)
    {
        for (int row = 0; row < rows; row++)
        {
            dense.AsSpan(row * width, width).CopyTo(strided.AsSpan(row * stride));
        }
    }
}

public sealed unsafe class RopeTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(12)]
    [InlineData(32)]
    public void ForwardAndBackward_Rows_MatchTwinAndReturnScaledTwice(int half)
    {
        const int Rows = 50;
        const int Heads = 3;
        const float AttentionFactor = 1.125f;
        float[] frequencies = new float[half];
        for (int i = 0; i < half; i++)
        {
            frequencies[i] = (float)Math.Pow(10000, -i / (double)half);
        }

        int width = Heads * 2 * half;
        int[] positions = new int[Rows];
        for (int i = 0; i < Rows; i++)
        {
            positions[i] = CounterRandom.Integer(5, (ulong)i, 100);
        }

        using Workers workers = new(2);
        using Rope rope = new(frequencies, AttentionFactor, 100);
        using Block x = Block.Normal(1, Rows * width);
        double[] expected = x.ToDouble();
        double[] before = x.ToDouble();
        ReferenceRope.Forward(expected, frequencies, AttentionFactor, positions, Rows, Heads);
        fixed (int* p = positions)
        {
            rope.Forward(workers, x.Pointer, width, p, Rows, Heads);
            x.ErrorFrom(expected).ShouldBeLessThan(2e-7);
            rope.Backward(workers, x.Pointer, width, p, Rows, Heads);
            x.ErrorFrom([.. before.Select(v => AttentionFactor * AttentionFactor * v)]).ShouldBeLessThan(4e-7);
        }
    }
}

public sealed unsafe class SwiGluTests(ITestOutputHelper output)
{
    [Fact]
    public void ForwardAndBackward_EveryWidth_MatchTwinAndFiniteDifferences()
    {
        using Workers workers = new(2);
        double forward = 0;
        double backward = 0;
        for (int width = 1; width <= 70; width++)
        {
            using Block gate = Block.Normal(1, width, 4);
            using Block up = Block.Normal(2, width);
            using Block dy = Block.Normal(3, width);
            using Block y = new(width);
            double[] gates = gate.ToDouble();
            double[] ups = up.ToDouble();
            double[] expected = new double[width];
            ReferenceSwiGlu.Forward(gates, ups, expected);
            SwiGlu.Forward(workers, gate.Pointer, up.Pointer, width, y.Pointer, width, 1, width);
            forward = Math.Max(forward, y.ErrorFrom(expected));
            double Loss()
            {
                ReferenceSwiGlu.Forward(gates, ups, expected);
                return FiniteDifference.Dot(expected, dy.ToDouble());
            }

            SwiGlu.Backward(
                workers, dy.Pointer, width, gate.Pointer, up.Pointer, width, gate.Pointer, up.Pointer, 1, width);
            backward = Math.Max(backward, gate.ErrorFrom(FiniteDifference.Gradient(gates, Loss)));
            backward = Math.Max(backward, up.ErrorFrom(FiniteDifference.Gradient(ups, Loss)));
        }

        output.WriteLine($"worst relative errors forward {forward:E2}, backward {backward:E2}");
        forward.ShouldBeLessThan(5e-7);
        backward.ShouldBeLessThan(2e-6);
    }

    [Fact]
    public void Forward_RowsWithStridesAndThreads_SameBitsAsAlone()
    {
        const int Rows = 300;
        const int Width = 37;
        using Workers workers = new(3);
        using Block both = Block.Normal(1, Rows * 2 * Width);
        using Block batch = new(Rows * Width);
        using Block alone = new(Rows * Width);
        SwiGlu.Forward(workers, both.Pointer, both.Pointer + Width, 2 * Width, batch.Pointer, Width, Rows, Width);
        for (int row = 0; row < Rows; row++)
        {
            float* at = both.Pointer + (row * 2 * Width);
            SwiGlu.Forward(workers, at, at + Width, 0, alone.Pointer + (row * Width), 0, 1, Width);
        }

        alone.ShouldBeSameBitsAs(batch);
    }

    [Fact]
    public void Forward_ExtremeGates_StaysFinite()
    {
        using Workers workers = new(1);
        using Block gate = new(3);
        using Block up = new(3);
        using Block y = new(3);
        ReadOnlySpan<float> gates = [-1000f, 0f, 1000f];
        gates.CopyTo(gate.Span);
        up.Span.Fill(2f);
        SwiGlu.Forward(workers, gate.Pointer, up.Pointer, 3, y.Pointer, 3, 1, 3);
        y.Span.ToArray().ShouldBe([0f, 0f, 2000f]);
    }
}

public sealed unsafe class EmbeddingTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(33)]
    [InlineData(200)]
    public void ForwardAndBackward_RepeatedTokens_GatherAndSumInOrder(int width)
    {
        int[] tokens = new int[400];
        for (int i = 0; i < tokens.Length; i++)
        {
            tokens[i] = CounterRandom.Integer(9, (ulong)i, 7);
        }

        using Workers one = new(1);
        using Workers three = new(3);
        using Block table = Block.Normal(1, 7 * width);
        using Block y = new(tokens.Length * width);
        using Block dy = Block.Normal(2, tokens.Length * width);
        using Block expected = Block.Normal(3, 7 * width);
        using Block actual = expected.Copy();
        using Block threaded = expected.Copy();
        fixed (int* p = tokens)
        {
            Embedding.Forward(three, table.Pointer, p, y.Pointer, tokens.Length, width);
            Embedding.Backward(one, dy.Pointer, p, actual.Pointer, tokens.Length, width);
            Embedding.Backward(three, dy.Pointer, p, threaded.Pointer, tokens.Length, width);
        }

        for (int row = 0; row < tokens.Length; row++)
        {
            y.Span.Slice(row * width, width).SequenceEqual(table.Span.Slice(tokens[row] * width, width)).ShouldBeTrue();
            for (int i = 0; i < width; i++)
            {
                expected.Span[(tokens[row] * width) + i] += dy.Span[(row * width) + i];
            }
        }

        actual.ShouldBeSameBitsAs(expected);
        threaded.ShouldBeSameBitsAs(expected);
    }
}
