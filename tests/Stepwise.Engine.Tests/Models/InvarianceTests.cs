using Stepwise.Engine.Loading;
using Stepwise.Policies;

namespace Stepwise.Engine.Tests.Models;

/// <summary>What the gradient and the trained weights do not depend on.</summary>
public sealed class InvarianceTests(ITestOutputHelper output)
{
    [Theory]
    [MemberData(nameof(TestModel.Families), MemberType = typeof(TestModel))]
    public void Gradient_OtherThreads_SameBits(string family)
    {
        float[]? expected = null;
        foreach (int threads in (int[])[1, 2, 3])
        {
            using TestPass pass = new(family, threads);
            (float[] gradient, _) = pass.Gradient(TestModel.Batch(pass.Config, 1));
            expected ??= gradient;
            TestModel.ShouldBeSameBits(gradient, expected, $"gradient with {threads} threads");
        }
    }

    [Theory]
    [MemberData(nameof(TestModel.Families), MemberType = typeof(TestModel))]
    public void Training_OtherThreads_SameBytes(string family)
    {
        byte[][]? expected = null;
        foreach (int threads in (int[])[1, 2, 3])
        {
            using TemporaryFolder folder = new();
            using LocalPolicy policy = TestModel.Policy(family, threads, updates: 3);
            policy.Save(folder.Path, withOptimizer: true);
            byte[][] files =
                [File.ReadAllBytes(folder.File("model.safetensors")), File.ReadAllBytes(folder.File("optimizer.safetensors"))];
            expected ??= files;
            files[0].AsSpan().SequenceEqual(expected[0]).ShouldBeTrue($"weights with {threads} threads");
            files[1].AsSpan().SequenceEqual(expected[1]).ShouldBeTrue($"moments with {threads} threads");
        }
    }

    [Theory]
    [MemberData(nameof(TestModel.Families), MemberType = typeof(TestModel))]
    public void Gradient_OtherCutsAndOrders_SameWithinRounding(string family)
    {
        using TestPass pass = new(family, 2);
        TrainingBatch batch = TestModel.Batch(pass.Config, 1);
        (float[] gradient, double loss) = pass.Gradient(batch);
        (string What, IEnumerable<TrainingBatch> Batches)[] others =
        [
            ("a micro-batch per group", batch.Cut(1)),
            ("groups in reverse order", [batch with { Groups = [.. batch.Groups.Reverse()] }]),
            ("a prompt per completion", [batch with { Groups = [.. batch.Groups.SelectMany(
                g => g.Sequences.Select(s => g with { Sequences = [s] }))] }]),
        ];
        foreach ((string what, IEnumerable<TrainingBatch> batches) in others)
        {
            (float[] other, double otherLoss) = pass.Gradient(batches);
            double error = Distance(other, gradient) / Distance(new float[gradient.Length], gradient);
            output.WriteLine($"{family}, {what}: gradient differs by {error:E2} of its norm, loss by {Math.Abs(otherLoss - loss):E2}");
            error.ShouldBeLessThan(1e-6, what);
            otherLoss.ShouldBe(loss, 1e-12, what);
        }
    }

    /// <summary>The batch has groups of 25, 2 and 25 targets: one chunk each, the first two in one, or logits computed twice.</summary>
    [Theory]
    [InlineData(25)]
    [InlineData(30)]
    [InlineData(7)]
    [InlineData(1)]
    public void Gradient_HeadInChunks_SameWithinRounding(int rows)
    {
        using TestPass whole = new("llama", 2), chunked = new("llama", 2, logitBudget: rows * TestModel.Config("llama").VocabularySize);
        TrainingBatch batch = TestModel.Batch(whole.Config, 1);
        (float[] expected, double loss) = whole.Gradient(batch);
        (float[] gradient, double chunkedLoss) = chunked.Gradient(batch);

        // The same log-probabilities; the head's gradient adds up in another order.
        chunkedLoss.ShouldBe(loss);
        double error = Distance(gradient, expected) / Distance(new float[gradient.Length], expected);
        output.WriteLine($"{rows} rows of logits: gradient differs by {error:E2} of its norm");
        error.ShouldBeLessThan(1e-6);
    }

    [Fact]
    public void LogProbs_OtherCutsAndOrders_SameBits()
    {
        using LocalPolicy policy = TestModel.Policy("qwen3", 2);
        TrainingBatch batch = TestModel.Batch(policy.Config, 1);
        WeightedLogProbs whole = new(), cut = new(), reversed = new();
        policy.Accumulate(batch, whole);
        foreach (TrainingBatch micro in batch.Cut(1))
        {
            policy.Accumulate(micro, cut);
        }

        policy.Accumulate(batch with { Groups = [.. batch.Groups.Reverse()] }, reversed);
        for (int g = 0; g < batch.Groups.Count; g++)
        {
            TestModel.ShouldBeSameBits(cut.Seen[g], whole.Seen[g], $"group {g} alone");
            TestModel.ShouldBeSameBits(reversed.Seen[^(g + 1)], whole.Seen[g], $"group {g} in reverse order");
        }
    }

    private static double Distance(float[] x, float[] y) => Math.Sqrt(x.Zip(y, (a, b) => ((double)a - b) * ((double)a - b)).Sum());
}
