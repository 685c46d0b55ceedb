using Stepwise.Engine.Kernels;
using Stepwise.Engine.Kernels.Reference;

namespace Stepwise.Engine.Tests.Kernels;

public sealed unsafe class AdamWTests
{
    [Fact]
    public void Apply_ThreeSteps_MatchesTwinAndZeroesGradient()
    {
        using Workers workers = new(2);
        for (int count = 0; count <= 70; count++)
        {
            using Block p = Block.Normal(1, count);
            using Block m = new(count);
            using Block v = new(count);
            double[] ps = p.ToDouble();
            double[] ms = new double[count];
            double[] vs = new double[count];
            for (int t = 1; t <= 3; t++)
            {
                AdamWStep step = new(1e-3, 0.9, 0.999, 1e-8, 0.1, 0.5, t);
                using Block g = Block.Normal((ulong)(10 + t), count);
                double expected = ReferenceAdamW.Apply(ps, g.ToDouble(), ms, vs, step);
                double actual = AdamW.Apply(workers, p.Pointer, g.Pointer, m.Pointer, v.Pointer, count, step);
                Math.Abs(actual - expected).ShouldBeLessThanOrEqualTo(1e-3 * expected);
                g.Span.ToArray().ShouldAllBe(value => value == 0f);
            }

            p.ErrorFrom(ps).ShouldBeLessThan(3e-7);
            m.ErrorFrom(ms).ShouldBeLessThan(5e-7);
            v.ErrorFrom(vs).ShouldBeLessThan(5e-7);
        }
    }

    [Fact]
    public void Apply_FirstStepByHand_MovesByTheLearningRate()
    {
        // m̂ = g, √v̂ = |g|: the first step is lr · g / (|g| + ε), after the decay p · (1 − lr · wd).
        using Workers workers = new(1);
        using Block p = new(2);
        using Block g = new(2);
        using Block m = new(2);
        using Block v = new(2);
        p.Span.Fill(1f);
        g.Span[0] = 4f;
        g.Span[1] = -0.25f;
        double squares = AdamW.Apply(
            workers, p.Pointer, g.Pointer, m.Pointer, v.Pointer, 2, new AdamWStep(0.1, 0.9, 0.999, 1e-8, 0.5, 1, 1));
        ((double)p.Span[0]).ShouldBe(0.95 - 0.1, 1e-6);
        ((double)p.Span[1]).ShouldBe(0.95 + 0.1, 1e-6);
        squares.ShouldBe((0.15 * 0.15) + (0.05 * 0.05), 1e-6);
    }

    [Fact]
    public void ApplyAndSumOfSquares_OtherThreads_SameBits()
    {
        const int Count = 100_003;
        using Workers one = new(1);
        using Workers three = new(3);
        using Block p1 = Block.Normal(1, Count);
        using Block g1 = Block.Normal(2, Count);
        using Block m1 = Block.Normal(3, Count);
        using Block v1 = new(Count);
        using Block p3 = p1.Copy();
        using Block g3 = g1.Copy();
        using Block m3 = m1.Copy();
        using Block v3 = new(Count);
        double norm = Norm2.SumOfSquares(one, g1.Pointer, Count);
        Norm2.SumOfSquares(three, g1.Pointer, Count).ShouldBe(norm);
        double[] doubles = g1.ToDouble();
        norm.ShouldBe(FiniteDifference.Dot(doubles, doubles), 1e-9 * norm);
        AdamWStep step = new(1e-3, 0.9, 0.95, 1e-8, 0.1, 0.5, 7);
        double first = AdamW.Apply(one, p1.Pointer, g1.Pointer, m1.Pointer, v1.Pointer, Count, step);
        AdamW.Apply(three, p3.Pointer, g3.Pointer, m3.Pointer, v3.Pointer, Count, step).ShouldBe(first);
        p3.ShouldBeSameBitsAs(p1);
        m3.ShouldBeSameBitsAs(m1);
        v3.ShouldBeSameBitsAs(v1);
    }
}
