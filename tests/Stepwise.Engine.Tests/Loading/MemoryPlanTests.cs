using Stepwise.Engine.Loading;
using Stepwise.Engine.Models;
using Stepwise.Policies;

namespace Stepwise.Engine.Tests.Loading;

public sealed class MemoryPlanTests
{
    private static readonly ModelConfig Config = new()
    {
        Architecture = ModelArchitecture.Llama, Width = 32, FeedForwardWidth = 64, Layers = 2, Heads = 2, KeyValueHeads = 1, HeadSize = 16,
        VocabularySize = 64, ContextLength = 256, TiedHead = true,
    };

    private static readonly LoraOptions Lora = new() { Rank = 4 };

    private static readonly MemoryDemand Demand = new()
    {
        LongestPrompt = 20, MaxNewTokens = 10, GroupSize = 4, Samples = 16, TrainedSamples = 16, MicroBatchTokens = 100,
    };

    [Fact]
    public void Of_AllWeightsTrained_HandComputed()
    {
        MemoryPlan plan = MemoryPlan.Of(Config, new LoraOptions(), recompute: false, Demand);
        // Embedding 64·32; per layer q 32·32, k and v 16·32, o 32·32, gate, up and down 64·32, two norms of 32; a last norm of 32.
        const int Weights = 2048 + (2 * (1024 + 512 + 512 + 1024 + (3 * 2048) + 64)) + 32;
        plan.Weights.ShouldBe(4 * Weights);
        plan.Gradient.ShouldBe(4 * Weights);
        plan.Moments.ShouldBe(8 * Weights);
        // All matrices, the head too, once for forward and once for backward; every width here is a whole number of panels.
        plan.Packed.ShouldBe(2 * 4 * (2048 + (2 * (1024 + 512 + 512 + 1024 + (3 * 2048)))));
        // Prompts of 20 tokens and completions of 10 take one block of 32 positions each: 2 layers · 16 samples · 32 · (D 16 + padded D 32).
        plan.KeyValueCache.ShouldBeGreaterThan(4 * 2 * 2 * 16 * 32 * (16 + 32));
        plan.Reference.ShouldBe(0);
        plan.Total.ShouldBe(plan.Weights + plan.Packed + plan.Gradient + plan.Moments + plan.Activations + plan.KeyValueCache + plan.Runtime);
    }

    [Fact]
    public void Of_EvaluationOfLongerCompletions_TakesTheLargerCacheAndNothingElse()
    {
        MemoryPlan without = MemoryPlan.Of(Config, Lora, recompute: false, Demand);
        MemoryPlan smaller = MemoryPlan.Of(Config, Lora, recompute: false, Demand with { EvaluationSamples = 8, EvaluationNewTokens = 10 });
        MemoryPlan longer = MemoryPlan.Of(Config, Lora, recompute: false, Demand with { EvaluationSamples = 16, EvaluationNewTokens = 200 });

        smaller.ShouldBe(without);
        longer.KeyValueCache.ShouldBe(MemoryPlan.OfReading(Config, FrozenType.Float32, 16, Demand.LongestPrompt, 200).KeyValueCache);
        longer.KeyValueCache.ShouldBeGreaterThan(without.KeyValueCache);
        (longer with { KeyValueCache = without.KeyValueCache }).ShouldBe(without);
    }

    [Fact]
    public void Of_Adapters_GradientAndMomentsOfThemAlone()
    {
        MemoryPlan plan = MemoryPlan.Of(Config, Lora, recompute: false, Demand);
        // Per layer, rank 4: A of q, k, v 3·32, B 32 + 16 + 16; o 32 + 32; A of gate and up 2·32, B 2·64; down 64 + 32.
        const int Adapters = 2 * 4 * (96 + 64 + 64 + 64 + 128 + 96);
        plan.Gradient.ShouldBe(4 * Adapters);
        plan.Moments.ShouldBe(8 * Adapters);
    }

    [Fact]
    public void Of_AJudgesModel_IsReadBesideThePolicyAndChangesNothingElse()
    {
        MemoryPlan without = MemoryPlan.Of(Config, Lora, recompute: false, Demand);
        MemoryPlan with = MemoryPlan.Of(Config, Lora, recompute: false, Demand with { Judge = Config });

        without.Judge.ShouldBe(0);
        MemoryPlan read = MemoryPlan.OfReading(Config, FrozenType.Float32, 1, Config.ContextLength, Config.ContextLength);
        with.Judge.ShouldBeGreaterThan(read.Weights + read.Packed + read.KeyValueCache);
        (with with { Judge = 0 }).ShouldBe(without);
        with.Total.ShouldBe(without.Total + with.Judge);
        with.ToString().ShouldContain(", judge ");
    }

    [Fact]
    public void Of_RecomputedActivations_OneLayersAndEveryLayersInput()
    {
        long kept = MemoryPlan.Of(Config with { Layers = 40 }, Lora, recompute: false, Demand).Activations;
        long again = MemoryPlan.Of(Config with { Layers = 40 }, Lora, recompute: true, Demand).Activations;
        again.ShouldBeLessThan(kept / 5);
    }

    [Fact]
    public void Of_MicroBatches_NeverSmallerThanAGroupNorLargerThanTheBatch()
    {
        long Activations(int tokens) =>
            MemoryPlan.Of(Config, Lora, recompute: false, Demand with { MicroBatchTokens = tokens }).Activations;

        // A group has 20 + 4·10 = 60 tokens, the batch 240.
        Activations(1).ShouldBe(Activations(60));
        Activations(61).ShouldBeGreaterThan(Activations(60));
        Activations(1000).ShouldBe(Activations(240));
    }

    [Fact]
    public void Of_Reference_ItsWeightsForwardCopiesAndAGroupToScore()
    {
        MemoryPlan plan = MemoryPlan.Of(Config, new LoraOptions(), recompute: false, Demand with { Reference = true });
        // A group has 20 + 4·10 = 60 tokens; nothing of a layer is kept.
        long score = 4 * TrainingArena.Floats(Config, 60, 60, KeptLayers.OfScoring);
        plan.Reference.ShouldBe(plan.Weights + (plan.Packed / 2) + score);

        // Beside adapters the reference is the frozen weights.
        MemoryPlan.Of(Config, Lora, recompute: false, Demand with { Reference = true }).Reference.ShouldBe(score);
    }

    [Fact]
    public void Of_Runtime_MoreForALargerVocabulary()
    {
        long runtime = MemoryPlan.Of(Config, new LoraOptions(), recompute: false, Demand).Runtime;
        runtime.ShouldBeGreaterThan(100_000_000);
        MemoryPlan.Of(Config with { VocabularySize = 150_064 }, new LoraOptions(), recompute: false, Demand).Runtime.ShouldBe(runtime + (950 * 150_000));
    }

    [Fact]
    public void OfReading_NothingToTrain_OneCopyOfTheMatrices()
    {
        MemoryPlan plan = MemoryPlan.OfReading(Config, FrozenType.Float32, 16, 20, 10);
        // The matrices of both layers share a place until they are packed: embedding, one layer's matrices, five norms.
        plan.Weights.ShouldBe(4 * (2048 + 1024 + 512 + 512 + 1024 + (3 * 2048) + (5 * 32)));
        plan.Packed.ShouldBe(4 * (2048 + (2 * (1024 + 512 + 512 + 1024 + (3 * 2048)))));
        (plan.Gradient, plan.Moments, plan.Activations, plan.Reference).ShouldBe((0, 0, 0, 0));
        plan.KeyValueCache.ShouldBe(MemoryPlan.Of(Config, Lora, recompute: false, Demand).KeyValueCache);
        MemoryPlan.OfReading(Config, FrozenType.Bfloat16, 16, 20, 10).Packed.ShouldBe(plan.Packed / 2);

        MemoryPlan.RequireReading(Config, FrozenType.Float32, 16, 20, 10, plan.Total);
        string message = Should.Throw<InputException>(
            () => MemoryPlan.RequireReading(Config, FrozenType.Float32, 16, 20, 10, plan.Total - 1)).Message;
        message.ShouldContain("runtime and tokenizer");
        message.ShouldContain("bfloat16");
    }

    [Fact]
    public void Require_MoreThanThereIs_RefusedWithWhatWouldTakeLess()
    {
        ModelConfig config = Config with { Width = 512, FeedForwardWidth = 1024 };
        long needed = MemoryPlan.Of(config, new LoraOptions(), recompute: false, Demand).Total;
        MemoryPlan.Require(config, new LoraOptions(), recompute: false, Demand, needed).Total.ShouldBe(needed);
        string message = Should.Throw<InputException>(
            () => MemoryPlan.Require(config, new LoraOptions(), recompute: false, Demand, needed - 1)).Message;
        message.ShouldContain("activations");
        message.ShouldContain("training.recomputeActivations=true:");
        message.ShouldContain("lora.rank=16:");
        message.ShouldContain("a smaller model");
    }

    [Fact]
    public void Of_FrozenAsBFloat16_HalfThePackedCopies()
    {
        long wide = MemoryPlan.Of(Config, Lora, recompute: false, Demand).Packed;
        long narrow = MemoryPlan.Of(Config, Lora with { Frozen = FrozenType.Bfloat16 }, recompute: false, Demand).Packed;
        // All matrices and the head, for forward and for backward, at two bytes less each.
        (wide - narrow).ShouldBe(2 * 2 * (2048 + (2 * (1024 + 512 + 512 + 1024 + (3 * 2048)))));
    }
}
