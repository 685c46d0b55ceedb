using Stepwise.Engine.Loading;
using Stepwise.Engine.Tests.Models;
using Stepwise.Methods.Gradients;
using Stepwise.Policies;

namespace Stepwise.Engine.Tests.Loading;

/// <summary>What a local policy can do beside its verbs.</summary>
public sealed class LocalPolicyCapabilitiesTests
{
    [Theory]
    [InlineData(1.0)]
    [InlineData(0.7)]
    public async Task ReadLogProbs_StatesBeforeTokens_AreTheBitsOfScoring(double temperature)
    {
        using LocalPolicy policy = TestModel.Policy("qwen3", 2);
        int[] prompt = TestModel.Tokens(policy.Config, 1, 5), completion = TestModel.Tokens(policy.Config, 2, 9);
        float[] scored = (await policy.ScoreAsync([new(prompt, [completion])], temperature, TestContext.Current.CancellationToken))[0][0];
        float[] states = (await policy.ReadStatesAsync(
            [new([new(prompt, -1, [4]), new(completion[..^1], 0, [.. Enumerable.Range(0, 8)])])], TestContext.Current.CancellationToken))[0];
        float[] logProbs = new float[9 * policy.DistributionWidth];

        policy.ReadLogProbs(states, temperature, logProbs);

        TestModel.ShouldBeSameBits([.. completion.Select((token, t) => logProbs[(t * policy.DistributionWidth) + token])], scored, "log-probabilities");
        logProbs.Chunk(policy.DistributionWidth).ShouldAllBe(row => Math.Abs(row.Sum(l => Math.Exp(l)) - 1) < 1e-5);
        Should.Throw<ArgumentException>(() => policy.ReadLogProbs(states.AsSpan(1), temperature, logProbs)).ParamName.ShouldBe("logProbs");
    }

    [Fact]
    public async Task Average_DecayOfOneOrZero_IsTheStartOrTheWeights()
    {
        using LocalPolicy kept = TestModel.Policy("llama", 2, updates: 0), current = TestModel.Policy("llama", 2, updates: 0);
        kept.KeepAverage(1, 1);
        current.KeepAverage(0, 1);
        ScoreRequest request = new([1], [TestModel.Tokens(kept.Config, 1, 20)]);
        float[] before = await ScoreAsync(kept, request, averaged: false);

        foreach (LocalPolicy policy in (LocalPolicy[])[kept, current])
        {
            policy.Accumulate(TestModel.Batch(policy.Config, 1), new WeightedLogProbs());
            policy.Apply(1e-2);
        }

        float[] after = await ScoreAsync(kept, request, averaged: false);
        after.ShouldNotBe(before);
        TestModel.ShouldBeSameBits(await ScoreAsync(kept, request, averaged: true), before, "the start");
        TestModel.ShouldBeSameBits(await ScoreAsync(current, request, averaged: true), after, "the weights");
        TestModel.ShouldBeSameBits(await ScoreAsync(kept, request, averaged: false), after, "the weights after a look at the average");
    }

    [Fact]
    public async Task Average_EverySoManySteps_FollowsAndIsNotToBeHadUnasked()
    {
        using LocalPolicy policy = TestModel.Policy("llama", 2, updates: 0), unasked = TestModel.Policy("llama", 2);
        policy.KeepAverage(0.5, 2);
        ScoreRequest request = new([1], [TestModel.Tokens(policy.Config, 1, 20)]);
        List<float[]> averaged = [await ScoreAsync(policy, request, averaged: true)];
        for (int step = 0; step < 2; step++)
        {
            policy.Accumulate(TestModel.Batch(policy.Config, 1), new WeightedLogProbs());
            policy.Apply(1e-2);
            averaged.Add(await ScoreAsync(policy, request, averaged: true));
        }

        averaged[1].ShouldBe(averaged[0]);
        averaged[2].ShouldNotBe(averaged[0]);
        averaged[2].ShouldNotBe(await ScoreAsync(policy, request, averaged: false));
        await Should.ThrowAsync<InvalidOperationException>(async () => await unasked.ScoreWithAverageAsync([request]));
    }

    [Fact]
    public async Task Align_SameGradientTwice_TakesAllOfItBack()
    {
        using LocalPolicy policy = TestModel.Policy("llama", 2, updates: 0);
        TrainingBatch batch = TestModel.Batch(policy.Config, 1);
        AlignedGradient control = new();
        await Should.ThrowAsync<InvalidOperationException>(async () => await policy.AlignAsync(control.Multiple));

        policy.Accumulate(batch, new WeightedLogProbs());
        (await policy.AlignAsync(_ => throw new InvalidOperationException("There is no last gradient."), TestContext.Current.CancellationToken)).Cosine.ShouldBeNull();
        double norm = policy.Apply(0).GradientNorm;
        policy.Accumulate(batch, new WeightedLogProbs());
        GradientAlignment alignment = await policy.AlignAsync(control.Multiple, TestContext.Current.CancellationToken);
        double left = policy.Apply(0).GradientNorm;

        alignment.Cosine.ShouldBe(1);
        Math.Sqrt(alignment.Squares).ShouldBe(norm);
        left.ShouldBe(0);
    }

    [Fact]
    public async Task Align_OtherGradient_LeavesWhatIsAtRightAnglesAndRemembersTheRawOne()
    {
        using LocalPolicy policy = TestModel.Policy("llama", 2, updates: 0);
        policy.Accumulate(TestModel.Batch(policy.Config, 1), new WeightedLogProbs());
        await policy.AlignAsync(_ => 0, TestContext.Current.CancellationToken);
        policy.Apply(0);
        policy.Accumulate(TestModel.Batch(policy.Config, 2), new WeightedLogProbs());
        GradientAlignment first = await policy.AlignAsync(a => -a.Product / a.LastSquares, TestContext.Current.CancellationToken);
        double norm = policy.Apply(0).GradientNorm;

        // Pythagoras: what is left of g is √(‖g‖² − ⟨g, ĝ′⟩²).
        norm.ShouldBe(Math.Sqrt(first.Squares - (first.Product * first.Product / first.LastSquares)), 1e-4 * norm);
        policy.Accumulate(TestModel.Batch(policy.Config, 2), new WeightedLogProbs());
        (await policy.AlignAsync(_ => 0, TestContext.Current.CancellationToken)).LastSquares.ShouldBe(first.Squares);
    }

    [Fact]
    public async Task SaveAndLoad_AverageAndLastGradient_GoOnAsTheUninterruptedOne()
    {
        using TemporaryFolder half = new(), whole = new(), resumed = new();
        using LocalPolicy one = TestModel.Policy("llama", 2, updates: 0), other = TestModel.Policy("llama", 1, updates: 0);
        one.KeepAverage(0.9, 1);
        other.KeepAverage(0.9, 1);

        await StepAsync(one, 1);
        one.Save(half.Path, withOptimizer: true);
        await StepAsync(one, 2);
        other.Restore(half.Path);
        await StepAsync(other, 2);
        one.Save(whole.Path, withOptimizer: true);
        other.Save(resumed.Path, withOptimizer: true);

        foreach (string name in (string[])["model.safetensors", "optimizer.safetensors"])
        {
            File.ReadAllBytes(resumed.File(name)).AsSpan().SequenceEqual(File.ReadAllBytes(whole.File(name))).ShouldBeTrue(name);
        }
    }

    private static async Task StepAsync(LocalPolicy policy, ulong seed)
    {
        policy.Accumulate(TestModel.Batch(policy.Config, seed), new WeightedLogProbs());
        await policy.AlignAsync(new AlignedGradient { CosineLimit = 0 }.Multiple, TestContext.Current.CancellationToken);
        policy.Apply(1e-2);
    }

    private static async Task<float[]> ScoreAsync(LocalPolicy policy, ScoreRequest request, bool averaged) => (averaged
        ? await policy.ScoreWithAverageAsync([request], cancellationToken: TestContext.Current.CancellationToken)
        : await policy.ScoreAsync([request], cancellationToken: TestContext.Current.CancellationToken))[0][0];
}
