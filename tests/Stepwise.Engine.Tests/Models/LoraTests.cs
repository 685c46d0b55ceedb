using Stepwise.Engine.Formats;
using Stepwise.Engine.Loading;
using Stepwise.Engine.Models;
using Stepwise.Policies;

namespace Stepwise.Engine.Tests.Models;

/// <summary>Adapters beside frozen weights: the same function as merged weights, the gradient that follows from theirs, and every promise
/// that full fine-tuning keeps.</summary>
public sealed class LoraTests(ITestOutputHelper output)
{
    private static readonly LoraOptions Lora = new() { Rank = 3, Alpha = 5, Targets = LoraTargets.AllLinear & ~LoraTargets.KProj & ~LoraTargets.GateProj };

    [Theory]
    [MemberData(nameof(TestModel.Families), MemberType = typeof(TestModel))]
    public void Load_SavedAdapters_MergedGivesTheSameLogProbs(string family)
    {
        using TemporaryFolder model = new(), adapters = new();
        using LocalPolicy policy = Trained(family, model, threads: 2);
        policy.Save(adapters.Path, withOptimizer: false);
        using LocalPolicy merged = LocalPolicy.Load(adapters.Path, 1), frozen = LocalPolicy.Load(model.Path, 1);
        merged.TrainedParameters.ShouldBe(merged.Parameters);
        int[] prompt = TestModel.Tokens(policy.Config, 5, 12), completion = TestModel.Tokens(policy.Config, 6, 40);
        float[] expected = policy.Score(prompt, [completion])[0], start = frozen.Score(prompt, [completion])[0];
        float[] actual = merged.Score(prompt, [completion])[0];
        double worst = actual.Zip(expected, (a, e) => Math.Abs(a - e)).Max(), moved = start.Zip(expected, (a, e) => Math.Abs(a - e)).Max();
        output.WriteLine($"{family}: log-probs moved by {moved:F2} in training; merged they differ by {worst:E2}");
        worst.ShouldBeLessThan(1e-4);
        moved.ShouldBeGreaterThan(0.1);
    }

    /// <summary>With W' = W + s B A and its gradient G: dA = s Bᵀ G and dB = s G Aᵀ.</summary>
    [Theory]
    [MemberData(nameof(TestModel.Families), MemberType = typeof(TestModel))]
    public void Gradient_OfAdapters_FollowsFromThatOfMergedWeights(string family)
    {
        using TemporaryFolder model = new(), adapters = new();
        using LocalPolicy policy = Trained(family, model, threads: 2);
        policy.Save(adapters.Path, withOptimizer: false);
        TrainingBatch batch = TestModel.Batch(policy.Config, 9);
        using AdapterFolder merged = new(adapters.Path);
        using TestPass whole = new(merged), beside = new(model.Path, adapters.Path, Lora);
        CheckFollows(family, whole, beside, pass => pass.Gradient(batch));
        CheckFollows(family, whole, beside, pass => pass.StateGradient(new WeightedStates(), [TestTrees.Requests(pass.Config)]));
    }

    private unsafe void CheckFollows(string family, TestPass whole, TestPass beside, Func<TestPass, (float[] Gradient, double Loss)> gradient)
    {
        (float[] full, double loss) = gradient(whole);
        (float[] low, double lowLoss) = gradient(beside);
        lowLoss.ShouldBe(loss, 1e-5);
        int compared = 0;
        foreach (AdapterParameters p in beside.Adapters!.Layout.Layers.SelectMany(l => l.QueryKeyValue.Concat(l.Output).Concat(l.GateUp).Concat(l.Down)))
        {
            string name = p.Down.Name[AdapterLayout.Prefix.Length..^AdapterLayout.DownSuffix.Length] + ".weight";
            Parameter weight = whole.Layout.All.First(w => string.Equals(w.Name, name, StringComparison.Ordinal));
            (int rows, int columns, int rank) = (weight.Shape[0], weight.Shape[1], Lora.Rank);
            double[] down = new double[p.Down.Count], up = new double[p.Up.Count];
            float* a = beside.Adapters.At(p.Down), b = beside.Adapters.At(p.Up);
            for (int o = 0; o < rows; o++)
            {
                for (int i = 0; i < columns; i++)
                {
                    double g = full[weight.Offset + (o * columns) + i] * beside.Adapters.Scale;
                    for (int r = 0; r < rank; r++)
                    {
                        down[(r * columns) + i] += g * b[(o * rank) + r];
                        up[(o * rank) + r] += g * a[(r * columns) + i];
                    }
                }
            }

            foreach ((Parameter parameter, double[] expected) in new[] { (p.Down, down), (p.Up, up) })
            {
                double scale = expected.Max(Math.Abs);
                double error = expected.Select((e, i) => Math.Abs(low[parameter.Offset + i] - e)).Max() / scale;
                output.WriteLine($"{family} {parameter.Name}: {error:E2} of the largest entry {scale:E2}");
                scale.ShouldBeGreaterThan(0);
                error.ShouldBeLessThan(1e-4, parameter.Name);
                compared++;
            }
        }

        compared.ShouldBe(whole.Config.Layers * 10);
    }

    [Theory]
    [MemberData(nameof(TestModel.Families), MemberType = typeof(TestModel))]
    public void LogProbs_OfSamplerAndScore_SameBits(string family)
    {
        using TemporaryFolder model = new();
        using LocalPolicy policy = Trained(family, model, threads: 2);
        int[] prompt = TestModel.Tokens(policy.Config, 1, 17);
        IReadOnlyList<Completion> sampled =
            policy.Sample([new SampleRequest(prompt, TestModel.Keys(3, 20))], new SamplingOptions { MaxNewTokens = 40 })[0];
        IReadOnlyList<float[]> scored = policy.Score(prompt, [.. sampled.Select(c => c.Tokens)]);
        for (int i = 0; i < scored.Count; i++)
        {
            TestModel.ShouldBeSameBits(scored[i], sampled[i].LogProbs, $"sample {i}");
        }
    }

    [Fact]
    public void WithoutAdapters_AfterTraining_StillTheFrozenPolicy()
    {
        using TemporaryFolder model = new();
        using LocalPolicy policy = Trained("qwen3", model, threads: 2), frozen = LocalPolicy.Load(model.Path, 1);
        using LocalPolicy reference = (LocalPolicy)policy.WithoutAdapters();
        int[] prompt = TestModel.Tokens(policy.Config, 5, 12), completion = TestModel.Tokens(policy.Config, 6, 40);
        float[] expected = frozen.Score(prompt, [completion])[0];
        TestModel.ShouldBeSameBits(reference.Score(prompt, [completion])[0], expected, "reference");
        policy.Score(prompt, [completion])[0].ShouldNotBe(expected);
        Train(policy, 0, 1);
        TestModel.ShouldBeSameBits(reference.Score(prompt, [completion])[0], expected, "reference after another step");
        Should.Throw<InvalidOperationException>(() => reference.Apply(1e-3));
        Should.Throw<InvalidOperationException>(frozen.WithoutAdapters).Message.ShouldContain("no adapters");
    }

    [Fact]
    public void Training_OtherThreadsRecomputedOrResumed_SameBytes()
    {
        using TemporaryFolder model = new(), saved = new();
        using LocalPolicy unbroken = Trained("qwen3", model, threads: 1);
        unbroken.Save(saved.Path, withOptimizer: true);
        using LocalPolicy threaded = LocalPolicy.Load(model.Path, 3, null, Lora, 5), other = LocalPolicy.Load(model.Path, 2, null, Lora, 6),
            recomputed = LocalPolicy.Load(model.Path, 2, null, Lora, 5, recompute: true);
        Train(threaded, 0, 2);
        Train(recomputed, 0, 2);
        other.Restore(saved.Path);
        Train(unbroken, 2, 2);
        foreach (LocalPolicy policy in (LocalPolicy[])[threaded, recomputed, other])
        {
            Train(policy, 2, 2);
            Bytes(policy).AsSpan().SequenceEqual(Bytes(unbroken)).ShouldBeTrue();
        }
    }

    [Theory]
    [MemberData(nameof(TestModel.Families), MemberType = typeof(TestModel))]
    public void Gradient_RecomputedActivations_SameBits(string family)
    {
        using TestPass kept = new(family, 2), again = new(family, 2, recompute: true);
        TrainingBatch batch = TestModel.Batch(kept.Config, 1);
        TestModel.ShouldBeSameBits(again.Gradient(batch).Gradient, kept.Gradient(batch).Gradient, "gradient");
    }

    /// <summary>Weights that BF16 represents give the same bits from either storage, in forward and in backward.</summary>
    [Theory]
    [MemberData(nameof(TestModel.Families), MemberType = typeof(TestModel))]
    public void Training_WeightsStoredAsBFloat16_SameBytes(string family)
    {
        using TemporaryFolder model = new(), whole = new();
        using (LocalPolicy policy = TestModel.Policy(family, 1))
        {
            policy.Save(whole.Path, withOptimizer: false);
        }

        Narrow(whole.Path, model.Path);
        using LocalPolicy wide = LocalPolicy.Load(model.Path, 2, null, Lora, 5);
        using LocalPolicy narrow = LocalPolicy.Load(model.Path, 2, null, Lora with { Frozen = FrozenType.Bfloat16 }, 5);
        Train(wide, 0, 3);
        Train(narrow, 0, 3);
        Bytes(narrow).AsSpan().SequenceEqual(Bytes(wide)).ShouldBeTrue();
        int[] tokens = TestModel.Tokens(wide.Config, 1, 30);
        TestModel.ShouldBeSameBits(narrow.LastLogits(tokens), wide.LastLogits(tokens), "logits");
        Should.Throw<InputException>(() => LocalPolicy.Load(whole.Path, 2, null, Lora with { Frozen = FrozenType.Bfloat16 }))
            .Message.ShouldContain("numbers that BF16 does not");
    }

    [Fact]
    public void Load_NewAdapters_TheFrozenPolicyAtFirst()
    {
        using TemporaryFolder model = new();
        using (LocalPolicy whole = TestModel.Policy("llama", 1))
        {
            whole.Save(model.Path, withOptimizer: false);
        }

        using LocalPolicy frozen = LocalPolicy.Load(model.Path, 1), policy = LocalPolicy.Load(model.Path, 1, null, Lora, 5);
        int[] tokens = TestModel.Tokens(policy.Config, 1, 30);
        TestModel.ShouldBeSameBits(policy.LastLogits(tokens), frozen.LastLogits(tokens), "logits");
        // Per layer: q and v (A 2·3·24, B 3·48 + 3·16), o (3·48 + 24·3), up (3·24 + 40·3), down (3·40 + 24·3).
        policy.TrainedParameters.ShouldBe(3 * (144 + 192 + 216 + 192 + 192));
    }

    [Theory]
    [InlineData("\"r\": 3", "\"r\": 4", "[4, 24]")]
    [InlineData("\"r\": 3", "\"r\": 0", "whole number from 1 to 4096")]
    [InlineData("\"bias\": \"none\"", "\"bias\": \"all\"", "plain LoRA only")]
    [InlineData("\"bias\": \"none\"", "\"use_dora\": true", "plain LoRA only")]
    [InlineData("\"bias\": \"none\"", "\"rank_pattern\": {\"q_proj\": 2}", "plain LoRA only")]
    [InlineData("\"bias\": \"none\"", "\"use_rslora\": true", "plain LoRA only")]
    [InlineData("\"bias\": \"none\"", "\"alpha_pattern\": {\"q_proj\": 2}", "plain LoRA only")]
    [InlineData("\"bias\": \"none\"", "\"modules_to_save\": [\"lm_head\"]", "plain LoRA only")]
    [InlineData("\"bias\": \"none\"", "\"fan_in_fan_out\": true", "plain LoRA only")]
    [InlineData("\"bias\": \"none\"", "\"layers_to_transform\": [0]", "plain LoRA only")]
    [InlineData("\"CAUSAL_LM\"", "\"SEQ_CLS\"", "CAUSAL_LM")]
    [InlineData("\"bias\": \"none\"", "\"use_newest\": true", "use_newest")]
    [InlineData("\"bias\": \"none\"", "\"init_lora_weights\": \"pissa_niter_4\"", "gaussian")]
    [InlineData("\"v_proj\",", "\"router\",", "q_proj, k_proj")]
    [InlineData("\"v_proj\",", "", "no adapter that adapter_config.json names")]
    [InlineData("\"v_proj\",", "\"v_proj\", \"k_proj\",", "k_proj.lora_A.weight")]
    public void Open_AdaptersThatDoNotFit_Refused(string found, string replaced, string named)
    {
        using TemporaryFolder model = new(), adapters = new();
        using LocalPolicy policy = Trained("llama", model, threads: 1);
        policy.Save(adapters.Path, withOptimizer: false);
        string config = adapters.File("adapter_config.json"), text = File.ReadAllText(config);
        text.ShouldContain(found);
        File.WriteAllText(config, text.Replace(found, replaced, StringComparison.Ordinal));
        InputException error = Should.Throw<InputException>(() => LocalPolicy.Load(adapters.Path, 1));
        error.Message.ShouldContain(adapters.Path);
        error.Message.ShouldContain(named);
    }

    [Fact]
    public void Open_BaseModelThatIsNotThere_SaysWhereToNameIt()
    {
        using TemporaryFolder model = new(), adapters = new();
        using LocalPolicy policy = Trained("llama", model, threads: 1);
        policy.Save(adapters.Path, withOptimizer: false);
        string config = adapters.File("adapter_config.json");
        File.WriteAllText(config, File.ReadAllText(config).Replace(model.Path, model.Path + "-gone", StringComparison.Ordinal));
        Should.Throw<InputException>(() => LocalPolicy.Load(adapters.Path, 1)).Message.ShouldContain("put its path there");
    }

    /// <summary>A second stage: its base, and its reference policy, is what the first one ended with.</summary>
    [Fact]
    public void Load_AdaptersOverAdapters_BeginWhereTheFirstEnded()
    {
        using TemporaryFolder model = new(), first = new(), second = new();
        using (LocalPolicy start = Trained("qwen3", model, threads: 1))
        {
            start.Save(first.Path, withOptimizer: false);
        }

        using LocalPolicy policy = LocalPolicy.Load(first.Path, 2, null, Lora with { Rank = 2 }, 7), merged = LocalPolicy.LoadToRead(first.Path, 1);
        int[] prompt = TestModel.Tokens(policy.Config, 5, 12), completion = TestModel.Tokens(policy.Config, 6, 40);
        float[] before = merged.Score(prompt, [completion])[0];
        TestModel.ShouldBeSameBits(policy.Score(prompt, [completion])[0], before, "nothing trained yet");

        Train(policy, 0, 2);
        policy.Save(second.Path, withOptimizer: false);

        using LocalPolicy reference = (LocalPolicy)policy.WithoutAdapters(), whole = LocalPolicy.LoadToRead(second.Path, 1);
        TestModel.ShouldBeSameBits(reference.Score(prompt, [completion])[0], before, "reference");
        float[] expected = policy.Score(prompt, [completion])[0], read = whole.Score(prompt, [completion])[0];
        read.Zip(expected, (a, e) => Math.Abs(a - e)).Max().ShouldBeLessThan(1e-4f);
        expected.Zip(before, (a, e) => Math.Abs(a - e)).Max().ShouldBeGreaterThan(0.05f);
    }

    [Fact]
    public void Open_AdaptersInACircle_Refused()
    {
        using TemporaryFolder model = new(), adapters = new();
        using LocalPolicy policy = Trained("llama", model, threads: 1);
        policy.Save(adapters.Path, withOptimizer: false);
        using TemporaryFolder other = new();
        policy.Save(other.Path, withOptimizer: false);
        foreach ((string from, string to) in new[] { (adapters.Path, other.Path), (other.Path, adapters.Path) })
        {
            string config = Path.Combine(from, "adapter_config.json");
            File.WriteAllText(config, File.ReadAllText(config).Replace(model.Path, to, StringComparison.Ordinal));
        }

        Should.Throw<InputException>(() => LocalPolicy.Load(adapters.Path, 1)).Message.ShouldContain("in a circle");
    }

    [Fact]
    public void Restore_AdaptersOfAnotherRank_Refused()
    {
        using TemporaryFolder model = new(), adapters = new();
        using LocalPolicy policy = Trained("llama", model, threads: 1);
        policy.Save(adapters.Path, withOptimizer: false);
        using LocalPolicy other = LocalPolicy.Load(model.Path, 1, null, Lora with { Rank = 2 });
        Should.Throw<InputException>(() => other.Restore(adapters.Path)).Message.ShouldContain("rank 3");
    }

    /// <summary>A random model in a folder, and two updates of adapters beside it.</summary>
    private static LocalPolicy Trained(string family, TemporaryFolder model, int threads)
    {
        using (LocalPolicy whole = TestModel.Policy(family, 1))
        {
            whole.Save(model.Path, withOptimizer: false);
        }

        LocalPolicy policy = LocalPolicy.Load(model.Path, threads, null, Lora, 5);
        Train(policy, 0, 2);
        return policy;
    }

    private static void Train(LocalPolicy policy, int from, int updates)
    {
        for (int u = from; u < from + updates; u++)
        {
            policy.Accumulate(TestModel.Batch(policy.Config, 20 + (ulong)u), new WeightedLogProbs());
            policy.Apply(0.02);
        }
    }

    /// <summary>Copies a model with every weight rounded to BF16.</summary>
    private static void Narrow(string from, string to)
    {
        foreach (string name in (string[])["config.json", "tokenizer.json", "tokenizer_config.json"])
        {
            File.Copy(Path.Combine(from, name), Path.Combine(to, name));
        }

        using HuggingFaceFolder source = new(from);
        using SafetensorsWriter file = new(
            Path.Combine(to, "model.safetensors"),
            [.. source.Names.Select(n => new SafetensorsEntry(n, SafetensorsType.BF16, [.. source.Shape(n)]))]);
        foreach (string name in source.Names)
        {
            float[] values = new float[source.Shape(name).Aggregate(1L, (a, b) => a * b)];
            source.Read(name, values);
            file.Write(name, values);
        }

        file.Commit();
    }

    private static byte[] Bytes(LocalPolicy policy)
    {
        using TemporaryFolder folder = new();
        policy.Save(folder.Path, withOptimizer: true);
        return [.. File.ReadAllBytes(folder.File("adapter_model.safetensors")), .. File.ReadAllBytes(folder.File("optimizer.safetensors"))];
    }
}
