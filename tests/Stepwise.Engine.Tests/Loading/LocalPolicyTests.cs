using Stepwise.Engine.Formats;
using Stepwise.Engine.Loading;
using Stepwise.Engine.Models;
using Stepwise.Engine.Tests.Models;
using Stepwise.Methods.Losses;
using Stepwise.Policies;

namespace Stepwise.Engine.Tests.Loading;

public sealed class LocalPolicyTests
{
    private static readonly OptimizerOptions Decaying = new() { WeightDecay = 0.1, ClipNorm = 0.5 };

    [Theory]
    [MemberData(nameof(TestModel.Families), MemberType = typeof(TestModel))]
    public void SaveAndLoad_RoundTrip_SameBytes(string family)
    {
        using TemporaryFolder first = new(), second = new();
        using LocalPolicy policy = TestModel.Policy(family, 2);
        policy.Save(first.Path, withOptimizer: false);
        using LocalPolicy loaded = LocalPolicy.Load(first.Path, 1);
        loaded.Save(second.Path, withOptimizer: false);
        string[] names = [.. Directory.GetFiles(first.Path).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)];
        // The configuration names no stop token, so another file says it.
        names.ShouldBe(["config.json", "generation_config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"]);
        foreach (string name in names)
        {
            File.ReadAllBytes(second.File(name)).AsSpan().SequenceEqual(File.ReadAllBytes(first.File(name))).ShouldBeTrue(name);
        }

        int[] tokens = TestModel.Tokens(policy.Config, 1, 30);
        TestModel.ShouldBeSameBits(loaded.LastLogits(tokens), policy.LastLogits(tokens), "logits");
    }

    [Theory]
    [MemberData(nameof(TestModel.Families), MemberType = typeof(TestModel))]
    public void AccumulateAndApply_AfterTheFirstSteps_AllocateNothing(string family)
    {
        // One thread, so that all of the work is this thread's.
        using LocalPolicy policy = TestModel.Policy(family, threads: 1);
        TrainingBatch batch = TestModel.PrefixBatch(policy.Config, 1);
        batch = batch with { Groups = [.. batch.Groups, .. TestModel.Batch(policy.Config, 1).Groups] };
        Grpo loss = new() { Aggregation = new SequenceMean() };
        LossMetrics metrics = new();
        IReadOnlyList<StateRequest> trees = TestTrees.Requests(policy.Config);
        UnitGradient ofStates = new();
        Step();

        // A collection between the two readings, which a test beside this one can cause, counts what is unused of this thread's allocation context.
        Enumerable.Range(0, 10).Min(_ => Measured()).ShouldBe(0);

        long Measured()
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            Step();
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }

        void Step()
        {
            Done(policy.AccumulateAsync(batch, loss, metrics));
            Done(policy.AccumulateStatesAsync(trees, ofStates));
            Done(policy.ApplyAsync(1e-3));
        }

        static void Done<T>(ValueTask<T> call)
        {
            if (!call.IsCompletedSuccessfully)
            {
                throw new InvalidOperationException("A local policy returned before its work was done.");
            }
        }
    }

    [Theory]
    [MemberData(nameof(TestModel.Families), MemberType = typeof(TestModel))]
    public void LoadToRead_Float32_SameBitsAsLoad(string family)
    {
        using TemporaryFolder folder = new();
        using LocalPolicy policy = TestModel.Policy(family, 2);
        policy.Save(folder.Path, withOptimizer: false);
        using LocalPolicy read = LocalPolicy.LoadToRead(folder.Path, 1);
        SampleRequest[] requests = [new([1, 2, 3], TestModel.Keys(5, 3)), new([4], TestModel.Keys(6, 2))];
        SamplingOptions options = new() { MaxNewTokens = 20, StopTokens = [] };
        foreach ((Completion actual, Completion expected) in read.Sample(requests, options).SelectMany(g => g)
            .Zip(policy.Sample(requests, options).SelectMany(g => g)))
        {
            actual.Tokens.ShouldBe(expected.Tokens);
            TestModel.ShouldBeSameBits(actual.LogProbs, expected.LogProbs, "log-probabilities");
        }
    }

    [Fact]
    public void LoadToRead_BFloat16_RoundsTheMatrices()
    {
        using TemporaryFolder folder = new();
        using LocalPolicy policy = TestModel.Policy("qwen3", 2);
        policy.Save(folder.Path, withOptimizer: false);
        using LocalPolicy read = LocalPolicy.LoadToRead(folder.Path, 2, FrozenType.Bfloat16);
        int[] tokens = TestModel.Tokens(policy.Config, 1, 40);
        float[] exact = policy.Score([1], [tokens])[0], rounded = read.Score([1], [tokens])[0];
        double[] differences = [.. exact.Zip(rounded, (a, b) => Math.Abs((double)a - b))];
        differences.Max().ShouldBeInRange(1e-4, 0.2);
        Completion sampled = read.Sample([new([1], [3])], new SamplingOptions { MaxNewTokens = 30, StopTokens = [] })[0][0];
        TestModel.ShouldBeSameBits(sampled.LogProbs, read.Score([1], [sampled.Tokens])[0], "its own log-probabilities");
    }

    [Fact]
    public void LoadToRead_TrainedSavedOrRestored_Refused()
    {
        using TemporaryFolder folder = new(), other = new();
        using LocalPolicy policy = TestModel.Policy("llama", 1);
        policy.Save(folder.Path, withOptimizer: false);
        using LocalPolicy read = LocalPolicy.LoadToRead(folder.Path, 1);
        Should.Throw<InvalidOperationException>(() => read.Accumulate(TestModel.Batch(read.Config, 1), new WeightedLogProbs()))
            .Message.ShouldContain("loaded to be read");
        foreach (Action refused in (Action[])[() => read.Save(other.Path, withOptimizer: false), () => read.Restore(folder.Path), () => read.Apply(1e-3)])
        {
            Should.Throw<InvalidOperationException>(refused).Message.ShouldContain("loaded to be read");
        }
    }

    [Fact]
    public void Save_LoadedPolicy_WritesTheConfigurationAsItWasRead()
    {
        using TemporaryFolder first = new(), second = new(), third = new();
        using LocalPolicy policy = TestModel.Policy("mistral", 1, updates: 0);
        policy.Save(first.Path, withOptimizer: false);
        string config = File.ReadAllText(first.File("config.json"))
            .Replace("{\n  \"arch", "{\n\t\"of_our_own\":  [1.50, \"é\"],\n  \"arch", StringComparison.Ordinal);
        config.ShouldContain("of_our_own");
        File.WriteAllText(first.File("config.json"), config.Replace("float32", "bfloat16", StringComparison.Ordinal));
        using (LocalPolicy loaded = LocalPolicy.Load(first.Path, 1))
        {
            loaded.Save(second.Path, withOptimizer: false);
        }

        File.ReadAllText(second.File("config.json")).ShouldBe(config);
        using LocalPolicy created = LocalPolicy.Create(first.Path, 1, 1);
        created.Save(third.Path, withOptimizer: false);
        File.ReadAllText(third.File("config.json")).ShouldBe(config);
    }

    [Fact]
    public void Save_StopTokensOfTheGenerationConfiguration_Kept()
    {
        using TemporaryFolder first = new(), second = new();
        using (LocalPolicy policy = TestModel.Policy("qwen2", 1))
        {
            policy.Save(first.Path, withOptimizer: false);
        }

        File.WriteAllText(first.File("generation_config.json"), """{ "eos_token_id": [256, 7, 9] }""");
        using LocalPolicy loaded = LocalPolicy.Load(first.Path, 1);
        loaded.Tokenizer.StopTokens.Order().ShouldBe([7, 9, 256]);
        loaded.Save(second.Path, withOptimizer: false);
        using LocalPolicy again = LocalPolicy.Load(second.Path, 1);
        again.Tokenizer.StopTokens.Order().ShouldBe([7, 9, 256]);
    }

    [Theory]
    [MemberData(nameof(TestModel.Families), MemberType = typeof(TestModel))]
    public void SaveAndRestore_WithOptimizer_GoesOnAsIfUnbroken(string family)
    {
        using TemporaryFolder saved = new(), unbroken = new(), resumed = new(), forgotten = new();
        using LocalPolicy policy = TestModel.Policy(family, 2, Decaying, updates: 3);
        policy.Save(saved.Path, withOptimizer: true);
        Continue(policy, unbroken);
        using LocalPolicy other = LocalPolicy.Load(saved.Path, 1, Decaying);
        other.Restore(saved.Path);
        Continue(other, resumed);
        using LocalPolicy withoutMoments = LocalPolicy.Load(saved.Path, 1, Decaying);
        Continue(withoutMoments, forgotten);
        foreach (string name in (string[])["model.safetensors", "optimizer.safetensors"])
        {
            byte[] expected = File.ReadAllBytes(unbroken.File(name));
            File.ReadAllBytes(resumed.File(name)).AsSpan().SequenceEqual(expected).ShouldBeTrue(name);
            File.ReadAllBytes(forgotten.File(name)).AsSpan().SequenceEqual(expected).ShouldBeFalse(name);
        }
    }

    [Fact]
    public void Restore_WeightsOfAnotherShape_RefusedAndNothingChanged()
    {
        using TemporaryFolder folder = new();
        ModelConfig config = TestModel.Config("llama");
        using LocalPolicy policy = TestModel.Policy("llama", 1);
        int[] tokens = TestModel.Tokens(config, 1, 20);
        float[] before = policy.LastLogits(tokens);
        using LocalPolicy other = LocalPolicy.Create(config with { FeedForwardWidth = 41 }, TestModel.CharacterLevel, 1, 1);
        other.Save(folder.Path, withOptimizer: false);
        InputException error = Should.Throw<InputException>(() => policy.Restore(folder.Path));
        error.Message.ShouldContain("model.layers.0.mlp.gate_proj.weight");
        error.Message.ShouldContain("[41, 24]");
        error.Message.ShouldContain("[40, 24]");
        TestModel.ShouldBeSameBits(policy.LastLogits(tokens), before, "logits after the refusal");
    }

    [Fact]
    public void Restore_FewerLayers_NamesTheMissingTensor()
    {
        using TemporaryFolder folder = new();
        ModelConfig config = TestModel.Config("llama");
        using LocalPolicy other = LocalPolicy.Create(config with { Layers = 2 }, TestModel.CharacterLevel, 1, 1);
        other.Save(folder.Path, withOptimizer: false);
        using LocalPolicy policy = TestModel.Policy("llama", 1);
        Should.Throw<InputException>(() => policy.Restore(folder.Path)).Message
            .ShouldContain("tensor 'model.layers.2.input_layernorm.weight' is missing");
    }

    [Fact]
    public void Load_ConfigurationFarLargerThanTheFile_RefusedBeforeAnyMemoryIsTaken()
    {
        using TemporaryFolder folder = new();
        using LocalPolicy policy = TestModel.Policy("llama", 1, updates: 0);
        policy.Save(folder.Path, withOptimizer: false);
        Reconfigure(folder, "\"num_hidden_layers\": 3", "\"num_hidden_layers\": 1024");
        Reconfigure(folder, "\"intermediate_size\": 40", "\"intermediate_size\": 1048576");
        Should.Throw<InputException>(() => LocalPolicy.Load(folder.Path, 1)).Message.ShouldContain("[1048576, 24]");
    }

    [Fact]
    public void Load_EnormousContext_SameBitsAsAShortOne()
    {
        using TemporaryFolder folder = new();
        using LocalPolicy policy = TestModel.Policy("qwen3", 1);
        policy.Save(folder.Path, withOptimizer: false);
        Reconfigure(folder, "\"max_position_embeddings\": 160", "\"max_position_embeddings\": 16777216");
        using LocalPolicy loaded = LocalPolicy.Load(folder.Path, 1);
        loaded.ContextLength.ShouldBe(1 << 24);
        foreach (int length in (int[])[3, 160, 40])
        {
            int[] tokens = TestModel.Tokens(policy.Config, 1, length);
            TestModel.ShouldBeSameBits(loaded.LastLogits(tokens), policy.LastLogits(tokens), $"logits after {length} tokens");
        }
    }

    [Theory]
    [InlineData("llama", "model.layers.0.self_attn.q_proj.bias", 48)]
    [InlineData("llama", "model.layers.3.input_layernorm.weight", 24)]
    [InlineData("qwen2", "model.layers.0.self_attn.q_norm.weight", 16)]
    [InlineData("llama", "model.layers.0.self_attn.rotary_emb.inv_freq", 5)]
    [InlineData("llama", "model.layers.0.self_attn.rotary_emb.inv_freq", 4)]
    public void Load_TensorTheModelDoesNotUse_RefusedByName(string family, string name, int length)
    {
        using TemporaryFolder folder = new();
        SaveWith(folder, family, name, new float[length]);
        Should.Throw<InputException>(() => LocalPolicy.Load(folder.Path, 1)).Message.ShouldContain($"\"{name}\" has no place");
    }

    [Fact]
    public void Load_StoredHeadThatIsTiedOrDefaultRotation_Loads()
    {
        using TemporaryFolder tied = new(), rotation = new();
        SaveWith(tied, "qwen2", "lm_head.weight", new float[3]);
        LocalPolicy.Load(tied.Path, 1).Dispose();
        // 10000^(−2i/8)
        SaveWith(rotation, "llama", "model.layers.0.self_attn.rotary_emb.inv_freq", [1f, 0.1f, 0.01f, 0.001f]);
        LocalPolicy.Load(rotation.Path, 1).Dispose();
    }

    [Theory]
    [InlineData(-1L)]
    [InlineData(1L << 40)]
    public void Restore_OptimizerWithImpossibleSteps_Refused(long steps)
    {
        using TemporaryFolder folder = new();
        using LocalPolicy policy = TestModel.Policy("llama", 1);
        policy.Save(folder.Path, withOptimizer: true);
        // The steps are the file's first tensor.
        byte[] bytes = File.ReadAllBytes(folder.File("optimizer.safetensors"));
        BitConverter.TryWriteBytes(bytes.AsSpan(8 + BitConverter.ToInt32(bytes)), steps).ShouldBeTrue();
        File.WriteAllBytes(folder.File("optimizer.safetensors"), bytes);
        Should.Throw<InputException>(() => policy.Restore(folder.Path)).Message.ShouldContain($"'steps' is {steps}");
    }

    [Fact]
    public void Create_TokenizerLargerThanVocabulary_Refused()
    {
        ModelConfig config = TestModel.Config("qwen2") with { VocabularySize = 256 };
        InputException error = Should.Throw<InputException>(() => LocalPolicy.Create(config, TestModel.ByteLevel, 1, 1));
        error.Message.ShouldContain("257 ids");
        error.Message.ShouldContain("only 256");
    }

    [Fact]
    public void Create_SameSeed_SameWeightsAndOtherSeedOthers()
    {
        ModelConfig config = TestModel.Config("qwen3");
        int[] tokens = TestModel.Tokens(config, 1, 5);
        float[][] logits = [.. new ulong[] { 1, 1, 2 }.Select(seed =>
        {
            using LocalPolicy policy = LocalPolicy.Create(config, TestModel.ByteLevel, seed, 1);
            return policy.LastLogits(tokens);
        })];
        TestModel.ShouldBeSameBits(logits[1], logits[0], "the same seed");
        logits[2].ShouldNotBe(logits[0]);
    }

    [Theory]
    [InlineData(0, 5, 1, "0 tokens")]
    [InlineData(100, 62, 1, "161 tokens")]
    [InlineData(161, 1, 1, "161 tokens")]
    [InlineData(3, 5, -1, "-1")]
    [InlineData(3, 5, 17, "17")]
    public void ScoreAndAccumulate_BeyondContextOrVocabulary_Refused(int prompt, int completion, int token, string found)
    {
        using LocalPolicy policy = TestModel.Policy("llama", 1, updates: 0);
        int[] tokens = [.. Enumerable.Repeat(1, completion - 1), token];
        Should.Throw<InputException>(() => policy.Score(new int[prompt], [tokens])).Message.ShouldContain(found);
        bool[] mask = [.. tokens.Select(_ => true)];
        TrainingSequence sequence = new(tokens, new double[completion], mask, new float[completion]);
        TrainingBatch batch = new([new TrainingGroup(new int[prompt], [sequence])], new BatchTotals(1, completion, 200));
        Should.Throw<InputException>(() => policy.Accumulate(batch, new WeightedLogProbs())).Message.ShouldContain(found);
    }

    [Fact]
    public void Score_EmptyCompletions_EmptyLogProbs()
    {
        using LocalPolicy policy = TestModel.Policy("llama", 1);
        IReadOnlyList<float[]> scored = policy.Score([1, 2], [[], [3, 4], []]);
        scored.Select(s => s.Length).ShouldBe([0, 2, 0]);
        TestModel.ShouldBeSameBits(scored[1], policy.Score([1, 2], [[3, 4]])[0], "the same without empty ones");
        policy.Score([1, 2], [[]])[0].ShouldBeEmpty();
    }

    [Fact]
    public async Task ScoreAsync_ManyRequests_TheBitsOfEachAlone()
    {
        using LocalPolicy policy = TestModel.Policy("llama", 2);
        ScoreRequest[] requests =
            [new([1, 2], [[3, 4], [5]]), new([1], [TestModel.Tokens(policy.Config, 1, 40), [2]]), new([7, 8, 9], [])];

        IReadOnlyList<IReadOnlyList<float[]>> together =
            await policy.ScoreAsync(requests, temperature: 0.7, TestContext.Current.CancellationToken);

        together.Select(scored => scored.Count).ShouldBe([2, 2, 0]);
        foreach ((ScoreRequest request, IReadOnlyList<float[]> scored) in requests.Zip(together))
        {
            IReadOnlyList<float[]> alone = policy.Score(request.Prompt, request.Completions, 0.7);
            for (int i = 0; i < scored.Count; i++)
            {
                TestModel.ShouldBeSameBits(scored[i], alone[i], $"completion {i}");
            }
        }
    }

    [Fact]
    public async Task ScoreAsync_StoppedWhileARequestIsMade_GoesNoFurther()
    {
        using LocalPolicy policy = TestModel.Policy("llama", 1, updates: 0);
        using CancellationTokenSource source = new();
        StopsAtTheSecond requests = new(source);

        await Should.ThrowAsync<OperationCanceledException>(async () => await policy.ScoreAsync(requests, 1, source.Token));

        requests.Asked.ShouldBe(2);
    }

    [Fact]
    public async Task AccumulateAsync_StoppedBetweenForwardAndBackward_GoesNoFurther()
    {
        using LocalPolicy policy = TestModel.Policy("llama", 1, updates: 0);
        using CancellationTokenSource source = new();

        await Should.ThrowAsync<OperationCanceledException>(async () =>
            await policy.AccumulateAsync(TestModel.Batch(policy.Config, 1), new Stopping(source), new(), source.Token));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void Load_WeightIsNotFinite_NamesTensorAndPlace(float value)
    {
        // Of 24, the second half of whose first vector is the last to be looked at.
        foreach ((string tensor, int place) in new[] { ("model.norm.weight", 0), ("model.norm.weight", 23), ("lm_head.weight", 15) })
        {
            using TemporaryFolder folder = new();
            TestModel.SaveWith(folder, tensor, [.. Enumerable.Repeat(1f, place), value]);
            foreach (Action load in new Action[]
            {
                () => LocalPolicy.Load(folder.Path, 1), () => LocalPolicy.LoadToRead(folder.Path, 1, FrozenType.Bfloat16),
                () => LocalPolicy.Load(folder.Path, 1, lora: new LoraOptions { Rank = 2 }),
            })
            {
                Should.Throw<InputException>(load).Message
                    .ShouldContain($"tensor \"{tensor}\" has {value} at place {place}, counted from 0; weights must be finite numbers.");
            }
        }
    }

    [Fact]
    public void Apply_BeforeAnyGradient_SaysWhatToCall()
    {
        using LocalPolicy policy = TestModel.Policy("llama", 1, updates: 0);
        Should.Throw<InvalidOperationException>(() => policy.Apply(0.1)).Message.ShouldContain("AccumulateAsync");
    }

    private static void Reconfigure(TemporaryFolder folder, string old, string replacement)
    {
        string config = File.ReadAllText(folder.File("config.json"));
        config.ShouldContain(old);
        File.WriteAllText(folder.File("config.json"), config.Replace(old, replacement, StringComparison.Ordinal));
    }

    /// <summary>Saves a policy and adds a tensor to its weights.</summary>
    private static void SaveWith(TemporaryFolder folder, string family, string name, float[] values)
    {
        using LocalPolicy policy = TestModel.Policy(family, 1, updates: 0);
        policy.Save(folder.Path, withOptimizer: false);
        string path = folder.File("model.safetensors"), sound = folder.File("sound.safetensors");
        File.Move(path, sound);
        using SafetensorsFile source = SafetensorsFile.Open(sound);
        SafetensorsEntry[] entries = [.. source.Tensors.Values.Select(t => new SafetensorsEntry(t.Name, t.Type, t.Shape))];
        using SafetensorsWriter file = new(path, [.. entries, new SafetensorsEntry(name, SafetensorsType.F32, values.Length)]);
        foreach (SafetensorsEntry entry in entries)
        {
            float[] weights = new float[entry.Count];
            source.Read(entry.Name, weights);
            file.Write(entry.Name, weights);
        }

        file.Write(name, values);
        file.Commit();
    }

    /// <summary>Two requests; the source is cancelled as the second is taken.</summary>
    private sealed class StopsAtTheSecond(CancellationTokenSource source) : IReadOnlyList<ScoreRequest>
    {
        public int Asked { get; private set; }

        public int Count => 3;

        public ScoreRequest this[int index] => new([1], [[2, 3]]);

        public IEnumerator<ScoreRequest> GetEnumerator()
        {
            for (int i = 0; i < Count; i++)
            {
                if (++Asked == 2)
                {
                    source.Cancel();
                }

                yield return this[i];
            }
        }

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
    }

    private sealed class Stopping(CancellationTokenSource source) : ILoss
    {
        public double Evaluate(in LossGroup group, Span<double> gradient, LossMetrics metrics)
        {
            source.Cancel();
            return 0;
        }
    }

    private static void Continue(LocalPolicy policy, TemporaryFolder folder)
    {
        for (int u = 10; u < 13; u++)
        {
            policy.Accumulate(TestModel.Batch(policy.Config, (ulong)u), new WeightedLogProbs());
            policy.Apply(0.01);
        }

        policy.Save(folder.Path, withOptimizer: true);
    }

    /// <summary>A gradient of 1 everywhere.</summary>
    private sealed class UnitGradient : IStateLoss
    {
        public double Evaluate(int request, ReadOnlySpan<float> states, Span<float> gradient)
        {
            gradient.Fill(1);
            return 0;
        }
    }
}
