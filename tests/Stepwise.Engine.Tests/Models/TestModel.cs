using System.Text.Json;
using Stepwise.Engine.Formats;
using Stepwise.Engine.Loading;
using Stepwise.Engine.Models;
using Stepwise.Engine.Tokenizers;
using Stepwise.Policies;

namespace Stepwise.Engine.Tests.Models;

/// <summary>Small random policies of every family, and what is asked of them.</summary>
internal static class TestModel
{
    /// <summary>The families, with sizes that are no multiples of a vector's lanes.</summary>
    public static TheoryData<string> Families => ["llama", "mistral", "qwen2", "qwen2-window", "qwen3", "smollm3"];

    /// <summary>The text of <see cref="CharacterLevel"/>'s tokens; its end token comes after them.</summary>
    public const string Characters = "0123456789+-*= \n";

    public static BpeTokenizer CharacterLevel { get; } = TokenizerFile.CreateCharacterLevel(Characters, "<|end|>");

    /// <summary>One token per byte, and an end token: 257 ids for vocabularies of 300.</summary>
    public static BpeTokenizer ByteLevel { get; } = new(new TokenizerDefinition
    {
        Origin = "byte-level tokenizer",
        Vocabulary = Enumerable.Range(0, 256).ToDictionary(b => ByteAlphabet.Character((byte)b).ToString(), b => b, StringComparer.Ordinal),
        AddedTokens = [new AddedToken(256, "<|end|>", Special: true)],
        StopTokens = [256],
    });

    public static ModelConfig Config(string family) => family switch
    {
        "llama" => new ModelConfig
        {
            Architecture = ModelArchitecture.Llama, Width = 24, FeedForwardWidth = 40, Layers = 3, Heads = 6, KeyValueHeads = 2, HeadSize = 8,
            VocabularySize = 17, ContextLength = 160, InitializerRange = 0.25,
        },
        // The longest prompts leave two panels of keys before the window.
        "mistral" => Config("llama") with
        {
            Architecture = ModelArchitecture.Mistral,
            HeadSize = 12,
            SlidingWindow = 13,
            RopeScaling = new LinearRopeScaling(2),
        },
        "qwen2-window" => Config("qwen2") with
        {
            SlidingWindow = 37,
            LayersWithoutWindow = [0],
            RopeScaling = new YarnRopeScaling(4, 40),
            TiedHead = false,
        },
        "smollm3" => Config("llama") with
        {
            Architecture = ModelArchitecture.SmolLm3,
            LayersWithoutRope = [1],
            TiedHead = true,
            RopeTheta = 500000,
            RopeScaling = new Llama3RopeScaling(4, 1, 4, 40),
        },
        "qwen2" => new ModelConfig
        {
            Architecture = ModelArchitecture.Qwen2, Width = 36, FeedForwardWidth = 56, Layers = 2, Heads = 4, KeyValueHeads = 2,
            HeadSize = 16, VocabularySize = 300, ContextLength = 160, TiedHead = true, InitializerRange = 0.2,
        },
        "qwen3" => new ModelConfig
        {
            Architecture = ModelArchitecture.Qwen3, Width = 40, FeedForwardWidth = 70, Layers = 2, Heads = 3, KeyValueHeads = 1,
            HeadSize = 32, VocabularySize = 300, ContextLength = 160, InitializerRange = 0.2, RmsNormEpsilon = 1e-5,
        },
        _ => throw new ArgumentOutOfRangeException(nameof(family)),
    };

    /// <summary>A policy whose biases and norms have moved away from 0 and 1.</summary>
    public static LocalPolicy Policy(string family, int threads, OptimizerOptions? optimizer = null, int updates = 2)
    {
        ModelConfig config = Config(family);
        LocalPolicy policy = LocalPolicy.Create(config, config.VocabularySize == 17 ? CharacterLevel : ByteLevel, 7, threads, optimizer);
        for (int u = 0; u < updates; u++)
        {
            policy.Accumulate(Batch(config, (ulong)u), new WeightedLogProbs());
            policy.Apply(0.02);
        }

        return policy;
    }

    /// <summary>Saves a small Llama policy with other values at the beginning of one tensor.</summary>
    public static void SaveWith(TemporaryFolder folder, string tensor, IEnumerable<float> values)
    {
        using LocalPolicy policy = Policy("llama", 1, updates: 0);
        policy.Save(folder.Path, withOptimizer: false);
        Overwrite(folder.File(HuggingFaceFolder.WeightsName), tensor, values);
    }

    /// <summary>Replaces the first values of a tensor in a file of F32 tensors.</summary>
    public static void Overwrite(string path, string tensor, IEnumerable<float> values)
    {
        byte[] bytes = File.ReadAllBytes(path);
        int header = BitConverter.ToInt32(bytes);
        using JsonDocument json = JsonDocument.Parse(bytes.AsMemory(8, header));
        int at = 8 + header + json.RootElement.GetProperty(tensor).GetProperty("data_offsets")[0].GetInt32();
        values.SelectMany(BitConverter.GetBytes).ToArray().CopyTo(bytes, at);
        File.WriteAllBytes(path, bytes);
    }

    // A local policy does its work before it returns.
    public static IReadOnlyList<IReadOnlyList<Completion>> Sample(
        this LocalPolicy policy, IReadOnlyList<SampleRequest> requests, SamplingOptions options) =>
        policy.SampleAsync(requests, options).AsTask().GetAwaiter().GetResult();

    public static IReadOnlyList<float[]> Score(
        this LocalPolicy policy, int[] prompt, IReadOnlyList<int[]> completions, double temperature = 1) =>
        policy.ScoreAsync([new ScoreRequest(prompt, completions)], temperature).AsTask().GetAwaiter().GetResult()[0];

    public static AccumulateResult Accumulate(this LocalPolicy policy, TrainingBatch batch, ILoss loss) =>
        policy.AccumulateAsync(batch, loss, new()).AsTask().GetAwaiter().GetResult();

    public static ApplyResult Apply(this LocalPolicy policy, double learningRate) =>
        policy.ApplyAsync(learningRate).AsTask().GetAwaiter().GetResult();

    public static void Save(this LocalPolicy policy, string folder, bool withOptimizer) =>
        policy.SaveAsync(folder, withOptimizer).AsTask().GetAwaiter().GetResult();

    public static void Restore(this LocalPolicy policy, string folder) =>
        policy.LoadAsync(folder).AsTask().GetAwaiter().GetResult();

    public static int[] Tokens(ModelConfig config, ulong key, int length) =>
        [.. Enumerable.Range(0, length).Select(t => CounterRandom.Integer(key, (ulong)t, config.VocabularySize))];

    public static ulong[] Keys(ulong seed, int count) => [.. Enumerable.Range(0, count).Select(i => CounterRandom.Key(seed, (ulong)i))];

    /// <summary>Ragged groups with random advantages and masked tokens: inside, at the end, and one completion that is masked throughout.</summary>
    public static TrainingBatch Batch(ModelConfig config, ulong seed)
    {
        int[][] lengths = [[9, 1, 21, 7], [2], [24, 5, 17]];
        int[] prompts = [13, 1, 18];
        List<TrainingGroup> groups = [];
        for (int g = 0; g < lengths.Length; g++)
        {
            ulong key = CounterRandom.Key(seed, (ulong)g);
            List<TrainingSequence> sequences = [];
            for (int i = 0; i < lengths[g].Length; i++)
            {
                ulong stream = CounterRandom.Key(key, (ulong)i + 1);
                int[] tokens = Tokens(config, stream, lengths[g][i]);
                bool allMasked = g == 2 && i == 1;
                bool[] mask = [.. tokens.Select((_, t) => !allMasked && (t % 5 != 3) && (i == 0 || t < 15))];
                double[] advantages = [.. tokens.Select((_, t) => CounterRandom.Normal(stream, 1000 + (ulong)t))];
                sequences.Add(new TrainingSequence(tokens, advantages, mask, new float[tokens.Length]));
            }

            groups.Add(new TrainingGroup(Tokens(config, key, prompts[g]), sequences));
        }

        long trained = groups.Sum(g => g.Sequences.Sum(s => s.Mask.LongCount(m => m)));
        return new TrainingBatch(groups, new BatchTotals(groups.Sum(g => g.Sequences.Count), trained, 40));
    }

    /// <summary>
    /// Groups whose sequences begin with prefixes: equal ones, different ones and none; trained, masked and trained in part; all of a
    /// completion; longer than a panel of keys; and one of a completion that is masked throughout.
    /// </summary>
    public static TrainingBatch PrefixBatch(ModelConfig config, ulong seed)
    {
        (int Length, int Prefix, int Kind)[][] groups =
        [
            [(20, 6, 0), (18, 6, 0), (9, 0, 0), (21, 11, 1), (7, 6, 0), (15, 6, 2)],
            [(5, 5, 0), (12, 5, 0)],
            [(50, 35, 0), (41, 35, 0), (40, 35, 0)],
        ];
        int[] prompts = [13, 1, 18];
        List<TrainingGroup> all = [];
        for (int g = 0; g < groups.Length; g++)
        {
            ulong key = CounterRandom.Key(seed, (ulong)g);
            List<TrainingSequence> sequences = [];
            foreach ((int i, (int length, int prefix, int kind)) in groups[g].Index())
            {
                ulong stream = CounterRandom.Key(key, (ulong)i + 1);
                int[] tokens = [.. Tokens(config, CounterRandom.Key(key, 100 + (ulong)kind), prefix), .. Tokens(config, stream, length - prefix)];
                bool[] mask = [.. tokens.Select((_, t) => (g, i) != (2, 2) && t % 5 != 3 && (t >= prefix || i % 2 == 0 || t == 1))];
                double[] advantages = [.. tokens.Select((_, t) => CounterRandom.Normal(stream, 1000 + (ulong)t))];
                sequences.Add(new TrainingSequence(tokens, advantages, mask, new float[length]) { PrefixTokens = prefix });
            }

            all.Add(new TrainingGroup(Tokens(config, key, prompts[g]), sequences));
        }

        long trained = all.Sum(g => g.Sequences.Sum(s => s.Mask.LongCount(m => m)));
        return new TrainingBatch(all, new BatchTotals(all.Sum(g => g.Sequences.Count), trained, 50));
    }

    /// <summary>The same bits, or the first place where they are not.</summary>
    public static void ShouldBeSameBits(ReadOnlySpan<float> actual, ReadOnlySpan<float> expected, string what)
    {
        actual.Length.ShouldBe(expected.Length, what);
        for (int i = 0; i < actual.Length; i++)
        {
            if (BitConverter.SingleToInt32Bits(actual[i]) != BitConverter.SingleToInt32Bits(expected[i]))
            {
                Assert.Fail($"{what}: number {i} of {actual.Length}, {actual[i]:R} and {expected[i]:R}, are not the same bits.");
            }
        }
    }

    public static void ShouldBeSame(Completion actual, Completion expected, string what)
    {
        actual.Tokens.ShouldBe(expected.Tokens, what);
        ShouldBeSameBits(actual.LogProbs, expected.LogProbs, what);
        (actual.Text, actual.Finish, actual.PrefixTokens).ShouldBe((expected.Text, expected.Finish, expected.PrefixTokens), what);
        actual.TextEnds.ShouldBe(expected.TextEnds, what);
    }
}
