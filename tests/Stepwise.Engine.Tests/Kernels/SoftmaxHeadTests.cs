using Stepwise.Engine.Kernels;
using Stepwise.Engine.Kernels.Reference;

namespace Stepwise.Engine.Tests.Kernels;

public sealed unsafe class SoftmaxHeadTests(ITestOutputHelper output)
{
    [Fact]
    public void ForwardAndBackward_EveryVocabulary_MatchTwinAndFiniteDifferences()
    {
        using Workers workers = new(2);
        double worst = 0;
        double worstGradient = 0;
        for (int vocabulary = 1; vocabulary <= 70; vocabulary++)
        {
            using Block logits = Block.Normal(1, vocabulary, 5);
            using Block results = new(3);
            using Block dlogProb = Block.Normal(4, 1);
            const float InverseTemperature = 0.8f;
            int answer = vocabulary * 3 / 4;
            int target = answer;
            double[] values = logits.ToDouble();
            (double logProb, double entropy) = ReferenceSoftmaxHead.Forward(values, target, InverseTemperature);
            SoftmaxHead.Forward(
                workers, logits.Pointer, vocabulary, 1, vocabulary, InverseTemperature, &target, results.Pointer, results.Pointer + 1,
                results.Pointer + 2);
            SoftmaxHead.LogProb(logits.Span[target], InverseTemperature, results.Span[0]).ShouldBe(results.Span[1]);
            worst = Math.Max(worst, Math.Max(Math.Abs(results.Span[1] - logProb), Math.Abs(results.Span[2] - entropy)));
            SoftmaxHead.Backward(
                workers, logits.Pointer, vocabulary, 1, vocabulary, InverseTemperature, &target, results.Pointer, dlogProb.Pointer);
            double[] expected = FiniteDifference.Gradient(
                values, () => dlogProb.Span[0] * ReferenceSoftmaxHead.Forward(values, answer, InverseTemperature).LogProb);
            worstGradient = Math.Max(worstGradient, logits.ErrorFrom(expected, 1e-1));
        }

        output.WriteLine($"worst absolute error of log-probability and entropy {worst:E2}, worst relative error of gradient {worstGradient:E2}");
        worst.ShouldBeLessThan(5e-6);
        worstGradient.ShouldBeLessThan(5e-6);
    }

    [Fact]
    public void Forward_RowAloneOrInBatch_SameBits()
    {
        const int Rows = 20;
        const int Vocabulary = 1003;
        using Workers workers = new(3);
        using Block logits = Block.Normal(1, Rows * Vocabulary, 3);
        using Block batch = new(2 * Rows);
        using Block alone = new(2 * Rows);
        int[] targets = [.. Enumerable.Range(0, Rows)];
        fixed (int* p = targets)
        {
            SoftmaxHead.Forward(
                workers, logits.Pointer, Vocabulary, Rows, Vocabulary, 1f, p, batch.Pointer, batch.Pointer + Rows, null);
            for (int row = 0; row < Rows; row++)
            {
                SoftmaxHead.Forward(
                    workers, logits.Pointer + (row * Vocabulary), 0, 1, Vocabulary, 1f, p + row, alone.Pointer + row,
                    alone.Pointer + Rows + row, null);
            }
        }

        alone.ShouldBeSameBitsAs(batch);
    }

    [Fact]
    public void Forward_LargeAndImpossibleLogits_StaysExact()
    {
        using Workers workers = new(1);
        using Block logits = new(4);
        ReadOnlySpan<float> values = [900f, float.NegativeInfinity, 2f, 900f];
        values.CopyTo(logits.Span);
        using Block results = new(3);
        int target = 3;
        SoftmaxHead.Forward(
            workers, logits.Pointer, 4, 1, 4, 1f, &target, results.Pointer, results.Pointer + 1, results.Pointer + 2);
        ((double)results.Span[1]).ShouldBe(-Math.Log(2), 1e-4);
        ((double)results.Span[2]).ShouldBe(Math.Log(2), 1e-6);
    }

    [Fact]
    public void Backward_RowWithoutTarget_IsZero()
    {
        using Workers workers = new(1);
        using Block logits = Block.Normal(1, 20);
        using Block results = new(3);
        results.Span[2] = 1f;
        int target = -1;
        SoftmaxHead.Forward(workers, logits.Pointer, 20, 1, 20, 1f, &target, results.Pointer, results.Pointer + 1, null);
        results.Span[1].ShouldBe(0f);
        SoftmaxHead.Backward(workers, logits.Pointer, 20, 1, 20, 1f, &target, results.Pointer, results.Pointer + 2);
        logits.Span.ToArray().ShouldAllBe(value => value == 0f);
    }
}
