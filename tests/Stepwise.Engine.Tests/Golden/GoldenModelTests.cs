using System.Text.Json;
using Stepwise.Engine.Formats;
using Stepwise.Engine.Kernels;
using Stepwise.Engine.Models;
using Stepwise.Engine.Optimizers;
using Stepwise.Engine.Sampling;
using Stepwise.Policies;
using Stepwise.Tests;

namespace Stepwise.Engine.Tests.Golden;

/// <summary>Logits, log-probabilities, gradients and optimizer steps of tiny checkpoints against PyTorch and transformers.</summary>
/// <remarks>
/// The states of the 16-bit folders were computed by a model that had been cast to 16 bits and back, the frequencies of its rotary embedding
/// with it; a checkpoint that is loaded keeps them in fp32, as the engine does. These comparisons therefore round them alike, and print how
/// far the model is as it loads; its greedy continuations are compared as it loads.
/// </remarks>
public sealed class GoldenModelTests(ITestOutputHelper output)
{
    /// <summary>The golden families.</summary>
    public static TheoryData<string> Families =>
        ["llama-tied", "llama3-scaled-rope", "mistral-window", "qwen2-tied", "qwen2-yarn", "qwen3", "qwen3-tied-bf16", "smollm3"];

    [Theory]
    [MemberData(nameof(Families))]
    public void Forward_GoldenSequences_GivesTheReferencesLogitsAndLogProbs(string family)
    {
        using Golden golden = new(family);
        foreach (int i in Enumerable.Range(0, golden.Sequences))
        {
            int[] tokens = golden.Tokens(i);
            double logits = MaxDifference(golden.Logits(tokens), golden.Floats($"logits.{i}"));
            float[] logProbs = new float[tokens.Length - 1], entropies = new float[tokens.Length - 1];
            golden.Pass.Score(new PackedBatch([tokens[0]], [tokens[1..]]), 1, logProbs, entropies, TestContext.Current.CancellationToken);
            double logProb = MaxDifference(logProbs, golden.Floats($"logprobs.{i}"));
            double entropy = MaxDifference(entropies, golden.Floats($"entropies.{i}").AsSpan(0, entropies.Length));
            output.WriteLine($"{family} sequence {i}: logits {logits:E2}, log-probs {logProb:E2}, entropies {entropy:E2}");
            logits.ShouldBeLessThan(1e-4);
            logProb.ShouldBeLessThan(1e-5);
            entropy.ShouldBeLessThan(1e-4);
        }

        if (golden.Rounded)
        {
            using Golden loaded = new(family, asLoaded: true);
            double worst = Enumerable.Range(0, golden.Sequences)
                .Max(i => MaxDifference(loaded.Logits(loaded.Tokens(i)), golden.Floats($"logits.{i}")));
            output.WriteLine($"{family} with frequencies in fp32: logits {worst:E2}");
            worst.ShouldBeInRange(1e-4, 0.05);
        }
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Backward_WeightedLoss_GivesTheReferencesGradients(string family)
    {
        using Golden golden = new(family);
        using AdamWOptimizer optimizer = golden.Optimizer(1);
        int[] promptLengths = Integers(golden.Json.GetProperty("prompt_lengths"));
        double loss = golden.Accumulate(optimizer, promptLengths, weighted: true);
        loss.ShouldBe(golden.Json.GetProperty("weighted_loss").GetDouble(), 1e-5);
        foreach (Parameter parameter in golden.Decoder.Weights.Layout.All)
        {
            float[] expected = golden.Floats("grad." + parameter.Name);
            double scale = expected.Max(Math.Abs);
            double error = MaxDifference(optimizer.Gradient.Span.Slice((int)parameter.Offset, (int)parameter.Count), expected) / scale;
            output.WriteLine($"{family} {parameter.Name}: {error:E2} of the largest entry {scale:E2}");
            error.ShouldBeLessThan(1e-4, parameter.Name);
        }
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Training_TenSteps_GivesTheReferencesLossesAndWeights(string family)
    {
        using Golden golden = new(family);
        JsonElement settings = golden.Json.GetProperty("adamw");
        settings.GetProperty("decayed").GetString().ShouldBe("all tensors");
        using AdamWOptimizer optimizer = golden.Optimizer(settings.GetProperty("clip_norm").GetDouble(), settings, decayAll: true);
        int[] promptLengths = Integers(golden.Json.GetProperty("prompt_lengths"));
        double[] losses = settings.GetProperty("losses").EnumerateArray().Select(e => e.GetDouble()).ToArray();
        double[] norms = settings.GetProperty("gradient_norms").EnumerateArray().Select(e => e.GetDouble()).ToArray();
        for (int step = 0; step < losses.Length; step++)
        {
            double loss = golden.Accumulate(optimizer, promptLengths, weighted: false);
            ApplyResult applied = golden.Apply(optimizer, settings.GetProperty("lr").GetDouble());
            output.WriteLine($"{family} step {step + 1}: loss {loss:F6} ({losses[step]:F6}), norm {applied.GradientNorm:F5} ({norms[step]:F5})");
            loss.ShouldBe(losses[step], 1e-4);
            applied.GradientNorm.ShouldBe(norms[step], 1e-2);
        }

        // Adam divides a gradient that is rounding noise by its own size, so single weights may part by a whole step; their bulk may not.

        foreach (Parameter parameter in golden.Decoder.Weights.Layout.All)
        {
            float[] expected = golden.Floats("trained." + parameter.Name);
            Span<float> actual = golden.Decoder.Weights.Values.Span.Slice((int)parameter.Offset, (int)parameter.Count);
            double error = Distance(actual, expected) / Math.Sqrt(expected.Length);
            output.WriteLine($"{family} {parameter.Name} after ten steps: root mean square difference {error:E2}");
            error.ShouldBeLessThan(2e-4, parameter.Name);
        }
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Sample_Greedily_GivesTheReferencesContinuations(string family)
    {
        using Golden golden = new(family, asLoaded: true);
        Sampler sampler = new(golden.Decoder, TokenizerFile.Read(SharedFolder.Require("tokenizers", "tiny-320")));
        foreach (JsonElement greedy in golden.Json.GetProperty("greedy").EnumerateArray())
        {
            int[] prompt = Integers(greedy.GetProperty("prompt")), expected = Integers(greedy.GetProperty("continuation"));
            SamplingOptions options = new() { Temperature = 0, MaxNewTokens = expected.Length, StopTokens = [] };
            Completion completion = sampler.Sample([new SampleRequest(prompt, [0])], options, progress: null, drawn: null, CancellationToken.None)[0][0];
            output.WriteLine($"{family}: {expected.Length} tokens after {prompt.Length}, smallest gap {greedy.GetProperty("smallest_gap")}");
            completion.Tokens.ShouldBe(expected);
        }
    }

    private static int[] Integers(JsonElement list) => [.. list.EnumerateArray().Select(e => e.GetInt32())];

    private static double Distance(ReadOnlySpan<float> actual, ReadOnlySpan<float> expected)
    {
        double squares = 0;
        for (int i = 0; i < actual.Length; i++)
        {
            double difference = (double)actual[i] - expected[i];
            squares += difference * difference;
        }

        return Math.Sqrt(squares);
    }

    private static double MaxDifference(ReadOnlySpan<float> actual, ReadOnlySpan<float> expected)
    {
        actual.Length.ShouldBe(expected.Length);
        double largest = 0;
        for (int i = 0; i < actual.Length; i++)
        {
            largest = Math.Max(largest, Math.Abs((double)actual[i] - expected[i]));
        }

        return largest;
    }

    /// <summary>A golden folder, loaded.</summary>
    private sealed unsafe class Golden : IDisposable
    {
        private readonly SafetensorsFile _states;
        private readonly Workers _workers = new(2);

        public Golden(string family, bool asLoaded = false)
        {
            string folder = SharedFolder.Require("golden", "models", family);
            Json = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "golden.json"))).RootElement;
            _states = SafetensorsFile.Open(Path.Combine(folder, "golden.safetensors"));
            using HuggingFaceFolder source = new(folder);
            ModelConfig config = source.Config;
            using JsonDocument file = JsonDocument.Parse(source.ConfigJson);
            JsonElement type = file.RootElement.TryGetProperty("dtype", out JsonElement dtype) ? dtype : file.RootElement.GetProperty("torch_dtype");
            Rounded = !type.ValueEquals("float32");
            if (Rounded && !asLoaded)
            {
                config = config with { RopeScaling = new RoundedFrequencies(config.RopeScaling, type.ValueEquals("bfloat16")) };
            }

            DecoderWeights weights = new(config, _workers);
            weights.Load(source);
            Decoder = new Decoder(weights, _workers);
            Pass = new TrainingPass(Decoder);
        }

        /// <summary>Whether the states were computed with frequencies rounded to the file's 16-bit type.</summary>
        public bool Rounded { get; }

        public JsonElement Json { get; }

        public Decoder Decoder { get; }

        public TrainingPass Pass { get; }

        public int Sequences => Json.GetProperty("sequences").GetArrayLength();

        public int[] Tokens(int i)
        {
            int[] tokens = new int[_states.Tensor($"tokens.{i}").Count];
            _states.ReadExact<int>($"tokens.{i}", tokens);
            return tokens;
        }

        public float[] Floats(string name)
        {
            float[] values = new float[_states.Tensor(name).Count];
            _states.Read(name, values);
            return values;
        }

        public float[] Logits(int[] tokens)
        {
            float[] logits = new float[tokens.Length * Decoder.Config.VocabularySize];
            fixed (float* address = logits)
            {
                Pass.Logits(PackedBatch.OfPrompts([tokens]), address);
            }

            return logits;
        }

        public AdamWOptimizer Optimizer(double clipNorm, JsonElement? settings = null, bool decayAll = false) => new(
            Decoder.Weights.Layout,
            settings is { } s
                ? new OptimizerOptions
                {
                    Beta1 = s.GetProperty("beta1").GetDouble(),
                    Beta2 = s.GetProperty("beta2").GetDouble(),
                    Epsilon = s.GetProperty("eps").GetDouble(),
                    WeightDecay = s.GetProperty("weight_decay").GetDouble(),
                    ClipNorm = clipNorm,
                }
                : new OptimizerOptions { ClipNorm = clipNorm },
            _workers,
            decayAll ? _ => true : null);

        /// <summary>L = −Σ w ℓ / trained tokens, by way of the surrogate with advantages w on-policy: its gradient is −w / tokens.</summary>
        public double Accumulate(AdamWOptimizer optimizer, int[] promptLengths, bool weighted)
        {
            List<TrainingGroup> groups = [];
            for (int i = 0; i < Sequences; i++)
            {
                int[] tokens = Tokens(i);
                int[] completion = tokens[promptLengths[i]..];
                double[] advantages = weighted
                    ? [.. Floats($"weights.{i}").Select(w => (double)w)]
                    : [.. Enumerable.Repeat(1.0, completion.Length)];
                bool[] mask = [.. Enumerable.Repeat(element: true, completion.Length)];
                groups.Add(new TrainingGroup(
                    tokens[..promptLengths[i]], [new TrainingSequence(completion, advantages, mask, new float[completion.Length])]));
            }

            long trained = groups.Sum(g => (long)g.Sequences[0].Tokens.Length);
            TrainingBatch batch = new(groups, new BatchTotals(Sequences, trained, 256));
            return Pass.Accumulate(batch, new WeightedLogProbs(), new LossMetrics(), optimizer.Gradient.Pointer).Loss;
        }

        public ApplyResult Apply(AdamWOptimizer optimizer, double learningRate)
        {
            ApplyResult applied = optimizer.Step(Decoder.Weights.Values.Pointer, learningRate);
            Decoder.Weights.Pack();
            return applied;
        }

        public void Dispose()
        {
            Pass.Dispose();
            Decoder.Dispose();
            Decoder.Weights.Dispose();
            _states.Dispose();
            _workers.Dispose();
        }
    }

    /// <summary>A scaling whose frequencies went through 16 bits.</summary>
    private sealed record RoundedFrequencies(RopeScaling Exact, bool BFloat) : RopeScaling(Exact)
    {
        public override float[] InverseFrequencies(int headSize, double theta) =>
            [.. Exact.InverseFrequencies(headSize, theta).Select(f => BFloat ? ThroughBF16(f) : (float)(Half)f)];

        private static float ThroughBF16(float value)
        {
            uint bits = BitConverter.SingleToUInt32Bits(value);
            return BitConverter.UInt32BitsToSingle((bits + 0x7FFF + ((bits >> 16) & 1)) & 0xFFFF0000);
        }
    }

    /// <summary>L = −Σ A ℓ / tokens.</summary>
    private sealed class WeightedLogProbs : ILoss
    {
                public double Evaluate(in LossGroup group, Span<double> gradient, LossMetrics metrics)
        {
            double loss = 0;
            for (int t = 0; t < gradient.Length; t++)
            {
                loss -= group.Advantages[t] * group.LogProbs[t] / group.Totals.Tokens;
                gradient[t] = -group.Advantages[t] / group.Totals.Tokens;
            }

            return loss;
        }
    }
}
