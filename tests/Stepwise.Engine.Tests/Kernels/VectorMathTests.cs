using System.Runtime.Intrinsics;
using Stepwise.Engine.Kernels;

namespace Stepwise.Engine.Tests.Kernels;

public sealed unsafe class VectorMathTests(ITestOutputHelper output)
{
    [Fact]
    public void Exp_WholeRange_WithinTwoUlp()
    {
        double worst = 0;
        for (int i = 0; i <= 400_000; i++)
        {
            float x = -104f + (i * (193f / 400_000));
            float actual = VectorMath.Exp(Vector512.Create(x))[7];
            double expected = Math.Exp(x);
            if (expected > float.MaxValue)
            {
                actual.ShouldBe(float.PositiveInfinity);
                continue;
            }

            double ulp = Math.Max(MathF.BitIncrement((float)expected) - (double)(float)expected, float.Epsilon);
            worst = Math.Max(worst, Math.Abs(actual - expected) / ulp);
        }

        output.WriteLine($"worst error {worst:F3} ulp");
        worst.ShouldBeLessThan(2);
    }

    [Theory]
    [InlineData(float.NegativeInfinity, 0f)]
    [InlineData(-1e30f, 0f)]
    [InlineData(-104.5f, 0f)]
    [InlineData(0f, 1f)]
    [InlineData(89f, float.PositiveInfinity)]
    [InlineData(1e30f, float.PositiveInfinity)]
    [InlineData(float.PositiveInfinity, float.PositiveInfinity)]
    [InlineData(float.NaN, float.NaN)]
    public void Exp_SpecialValues_AreExact(float x, float expected)
        => VectorMath.Exp(Vector512.Create(x))[3].ShouldBe(expected);

    [Fact]
    public void SumDotMax_EveryLength_MatchPlainLoops()
    {
        for (int length = 0; length <= 70; length++)
        {
            using Block x = Block.Normal(1, length);
            using Block y = Block.Normal(2, length);
            double sum = 0;
            double dot = 0;
            float max = float.NegativeInfinity;
            for (int i = 0; i < length; i++)
            {
                sum += x.Span[i];
                dot += (double)x.Span[i] * y.Span[i];
                max = Math.Max(max, x.Span[i]);
            }

            ((double)VectorMath.Sum(x.Pointer, length)).ShouldBe(sum, 1e-5);
            ((double)VectorMath.Dot(x.Pointer, y.Pointer, length)).ShouldBe(dot, 1e-5);
            VectorMath.Max(x.Pointer, length).ShouldBe(max);
        }
    }

    [Fact]
    public void Sum_TailOrZeros_SameBits()
    {
        for (int length = 1; length <= 70; length++)
        {
            using Block padded = Block.Normal(1, 80);
            padded.Span[length..].Clear();
            VectorMath.Sum(padded.Pointer, length).ShouldBe(VectorMath.Sum(padded.Pointer, 80));
            VectorMath.Dot(padded.Pointer, padded.Pointer, length).ShouldBe(VectorMath.Dot(padded.Pointer, padded.Pointer, 80));
        }
    }
}
