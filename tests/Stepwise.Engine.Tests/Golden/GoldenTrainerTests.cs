using System.Text;
using System.Text.Json;
using Stepwise.Engine.Formats;
using Stepwise.Engine.Loading;
using Stepwise.Judging;
using Stepwise.Methods;
using Stepwise.Methods.Advantages;
using Stepwise.Methods.Losses;
using Stepwise.Methods.Rewards;
using Stepwise.Metrics;
using Stepwise.Policies;
using Stepwise.Problems;
using Stepwise.Reasoning;
using Stepwise.Rollouts;
using Stepwise.Tasks;
using Stepwise.Tests;
using Stepwise.Training;

namespace Stepwise.Engine.Tests.Golden;

/// <summary>Whole GRPO trajectories of TRL's trainer, reproduced by <see cref="Trainer"/> on the given completions and rewards.</summary>
public sealed class GoldenTrainerTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("grpo")]
    [InlineData("dr-grpo")]
    [InlineData("dapo-kl")]
    [InlineData("dapo-two-updates")]
    [InlineData("gspo-two-updates")]
    [InlineData("cispo-two-updates")]
    public async Task RunAsync_GivenCompletions_ReproducesTheReferencesTrajectory(string name)
    {
        string model = SharedFolder.Require("golden", "models", "llama-tied");
        JsonElement file = JsonDocument.Parse(await File.ReadAllTextAsync(
            SharedFolder.Require("golden", "trainer", "trajectories.json"), TestContext.Current.CancellationToken)).RootElement;
        JsonElement run = file.GetProperty("runs").EnumerateArray().Single(r => r.GetProperty("name").ValueEquals(name));
        JsonElement settings = run.GetProperty("settings");
        OptimizerOptions optimizer = new()
        {
            Beta1 = settings.GetProperty("beta1").GetDouble(),
            Beta2 = settings.GetProperty("beta2").GetDouble(),
            Epsilon = settings.GetProperty("adam_epsilon").GetDouble(),
            WeightDecay = settings.GetProperty("weight_decay").GetDouble(),
            ClipNorm = settings.GetProperty("clip_norm").GetDouble(),
        };
        string folder = WithTokenizer(model);
        try
        {
            using LocalPolicy policy = LocalPolicy.Load(folder, 2, optimizer);
            using LocalPolicy reference = LocalPolicy.Load(folder, 1);
            Script script = new(policy, file.GetProperty("steps"));
            Recorder recorder = new();
            Trainer trainer = new(
                script, reference, new ScriptedTask(), script, [new Problem("0", "0", ""), new Problem("1", "1", "")],
                Method(settings, script), new SamplingOptions { MaxNewTokens = file.GetProperty("max_completion_length").GetInt32() },
                new TrainingOptions
                {
                    Steps = file.GetProperty("steps").GetArrayLength(),
                    PromptsPerStep = 2,
                    GroupSize = settings.GetProperty("group_size").GetInt32(),
                    UpdatesPerBatch = settings.GetProperty("updates_per_batch").GetInt32(),
                    LearningRate = settings.GetProperty("learning_rate").GetDouble(),
                },
                seed: 1);
            await trainer.RunAsync(recorder, cancellationToken: TestContext.Current.CancellationToken);
            bool perToken = settings.GetProperty("importance_sampling_level").ValueEquals("token");
            Compare(name, run.GetProperty("updates").EnumerateArray().ToArray(), recorder, perToken);
            CompareWeights(name, policy, folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static Method Method(JsonElement settings, Script script)
    {
        string loss = settings.GetProperty("loss_type").GetString()!;
        double kl = settings.GetProperty("kl_beta").GetDouble();
        bool sequence = settings.GetProperty("importance_sampling_level").ValueEquals("sequence");
        double high = settings.GetProperty("epsilon_high").GetDouble();
        ClippedLoss clipped = sequence ? new Gspo() : new Grpo();
        return new Method
        {
            Name = "golden",
            Reward = script,
            Advantage = new GroupAdvantage
            {
                Scale = settings.GetProperty("scale_rewards").GetString() switch
                {
                    "group" => new GroupDeviation(),
                    "batch" => new BatchDeviation(),
                    _ => new NoScale(),
                },
            },
            Loss = new WithSilent(loss is "cispo" ? new Cispo { RatioCap = high, Aggregation = new TokenMean() } : clipped with
            {
                ClipLow = settings.GetProperty("epsilon").GetDouble(),
                ClipHigh = high,
                Aggregation = loss switch
                {
                    "grpo" => new SequenceMean(),
                    "dr_grpo" => new ConstantLength(),
                    _ => new TokenMean(),
                },

                // The reference multiplies k3 by the importance ratio: the same value on-policy, another gradient.
                Kl = new KlPenalty(kl) { Weighted = true },
            }),
        };
    }

    private void Compare(string name, JsonElement[] expected, Recorder recorder, bool perToken)
    {
        recorder.Updates.Count.ShouldBe(expected.Length);
        for (int u = 0; u < expected.Length; u++)
        {
            (UpdateReport actual, double[] advantages) = recorder.Updates[u];
            JsonElement e = expected[u];
            output.WriteLine(
                $"{name} update {u + 1}: loss {actual.Loss:F7} ({e.GetProperty("loss").GetDouble():F7}), "
                + $"norm {actual.GradientNorm:F5} ({e.GetProperty("gradient_norm").GetDouble():F5}), entropy {actual.Entropy:F5} "
                + $"({e.GetProperty("entropy").GetDouble():F5}), {string.Join(' ', actual.OfLoss)}");
            actual.Loss.ShouldBe(e.GetProperty("loss").GetDouble(), 2e-5);
            actual.GradientNorm.ShouldBe(e.GetProperty("gradient_norm").GetDouble(), 1e-3);
            actual.Entropy.ShouldNotBeNull().ShouldBe(e.GetProperty("entropy").GetDouble(), 1e-4);
            if (perToken && e.GetProperty("clip_low").ValueKind == JsonValueKind.Number)
            {
                // Of a ratio per completion the reference counts completions, and we the tokens in them.
                actual.OfLoss.Find(ClippedLoss.ClippedLowShare).ShouldNotBeNull().ShouldBe(e.GetProperty("clip_low").GetDouble(), 1e-6);
                actual.OfLoss.Find(ClippedLoss.ClippedHighShare).ShouldNotBeNull().ShouldBe(e.GetProperty("clip_high").GetDouble(), 1e-6);
            }

            if (e.GetProperty("kl").ValueKind == JsonValueKind.Number)
            {
                actual.OfLoss.Find(KlPenalty.Kl).ShouldNotBeNull().ShouldBe(e.GetProperty("kl").GetDouble(), 1e-5);
            }

            // The reference shuffles the samples of a batch; the order is not part of the result.
            double[] sorted = [.. e.GetProperty("advantages").EnumerateArray().Select(a => a.GetDouble()).Order()];
            double[] ours = [.. advantages.Order()];
            for (int i = 0; i < sorted.Length; i++)
            {
                ours[i].ShouldBe(sorted[i], 1e-5);
            }
        }
    }

    private void CompareWeights(string name, LocalPolicy policy, string folder)
    {
        string saved = Directory.CreateTempSubdirectory("stepwise").FullName;
        try
        {
            policy.SaveAsync(saved, withOptimizer: false).AsTask().GetAwaiter().GetResult();
            using HuggingFaceFolder weights = new(saved);
            using SafetensorsFile expected = SafetensorsFile.Open(SharedFolder.Require("golden", "trainer", "final-weights.safetensors"));
            double worst = 0;
            foreach (string tensor in weights.Names)
            {
                float[] actual = new float[weights.Shape(tensor).Aggregate(1L, (a, b) => a * b)];
                float[] wanted = new float[actual.Length];
                weights.Read(tensor, actual);
                expected.Read($"{name}.{tensor}", wanted);
                worst = Math.Max(worst, actual.Zip(wanted, (a, b) => Math.Abs((double)a - b)).Max());
            }

            output.WriteLine($"{name}: largest difference of a final weight {worst:E2}");
            worst.ShouldBeLessThan(2e-4);
        }
        finally
        {
            Directory.Delete(saved, recursive: true);
        }
    }

    /// <summary>A copy of the model's folder with a tokenizer, which the golden folder lacks and this test does not use.</summary>
    private static string WithTokenizer(string model)
    {
        string folder = Directory.CreateTempSubdirectory("stepwise").FullName;
        foreach (string file in (string[])["config.json", "model.safetensors"])
        {
            File.Copy(Path.Combine(model, file), Path.Combine(folder, file));
        }

        File.Copy(SharedFolder.Require("tokenizers", "tiny-320", "tokenizer.json"), Path.Combine(folder, "tokenizer.json"));
        return folder;
    }

    /// <summary>A loss that is given the silent completions too, as the reference trains them.</summary>
    private sealed class WithSilent(ILoss inner) : ILoss
    {
        public LossNeeds Needs => inner.Needs | LossNeeds.WholeGroups;

        public double Evaluate(in LossGroup group, Span<double> gradient, LossMetrics metrics) => inner.Evaluate(group, gradient, metrics);
    }

    private sealed class Recorder : ITrainingObserver
    {
        public List<(UpdateReport Update, double[] Advantages)> Updates { get; } = [];

        public ValueTask OnStepAsync(StepReport report, IReadOnlyList<Group> groups, CancellationToken cancellationToken)
        {
            double[] advantages = [.. groups.SelectMany(g => g.Rollouts).Select(r => r.Advantages[0])];
            Updates.AddRange(report.Updates.Select(u => (u, advantages)));
            return ValueTask.CompletedTask;
        }
    }

    private sealed class ScriptedTask : ITask
    {
        public string Name => "scripted";

        public IStepJudge Judge => throw new NotSupportedException();

        public Prompt Prompt(Problem problem) => new TextPrompt(problem.Id);

        public string? ReferenceResponse(Problem problem) => null;

        public ValueTask<Verdict> VerifyAsync(Problem problem, Completion completion, CancellationToken cancellationToken = default) =>
            new(new Verdict(Correctness.Incorrect, null, "scripted"));

        public IReadOnlyList<ReasoningStep> Steps(string response, bool truncated) => [];
    }

    /// <summary>A policy whose completions are given; everything else is the real policy's. Gives the rewards as well.</summary>
    private sealed class Script(LocalPolicy policy, JsonElement steps) : IPolicy, ITokenizer, IRewardShaper, IStepJudge
    {
        private int _step = -1;

        public bool AsksJudge => false;

        public ITokenizer Tokenizer => this;

        public int ContextLength => policy.ContextLength;

        public int VocabularySize => policy.Tokenizer.VocabularySize;

        public IReadOnlyList<int> StopTokens => [2];

        public string Name => "none";

        private JsonElement Next => steps[_step + 1];

        public int[] Encode(string text) => throw new NotSupportedException();

        public int[] Encode(Prompt prompt) => Ints(Next[Index(((TextPrompt)prompt).Text)].GetProperty("prompt"));

        public string Decode(ReadOnlySpan<int> tokens, bool skipSpecial = true) => "";

        public ReadOnlySpan<byte> Bytes(int token, bool skipSpecial = true) => Encoding.UTF8.GetBytes("");

        public async ValueTask<IReadOnlyList<IReadOnlyList<Completion>>> SampleAsync(
            IReadOnlyList<SampleRequest> requests, SamplingOptions options, IProgress<int>? progress = null,
            Action<int, IReadOnlyList<Completion>>? drawn = null, CancellationToken cancellationToken = default)
        {
            List<IReadOnlyList<Completion>> completions = [];
            foreach (SampleRequest request in requests)
            {
                JsonElement group = Next.EnumerateArray().Single(g => Ints(g.GetProperty("prompt")).SequenceEqual(request.Prompt));
                int[][] tokens = [.. group.GetProperty("completions").EnumerateArray().Select(c => Ints(c.GetProperty("tokens")))];
                IReadOnlyList<float[]> logProbs =
                    (await policy.ScoreAsync([new ScoreRequest(request.Prompt, tokens)], options.Temperature, cancellationToken))[0];
                completions.Add([.. tokens.Select((t, i) => new Completion(t, logProbs[i], "", new int[t.Length], FinishReason.Stop))]);
                drawn?.Invoke(completions.Count - 1, completions[^1]);
            }

            _step++;
            return completions;
        }

        public ValueTask<IReadOnlyList<IReadOnlyList<float[]>>> ScoreAsync(
            IReadOnlyList<ScoreRequest> requests, double temperature = 1, CancellationToken cancellationToken = default) =>
            policy.ScoreAsync(requests, temperature, cancellationToken);

        public ValueTask<AccumulateResult> AccumulateAsync(
            TrainingBatch batch, ILoss loss, LossMetrics metrics, CancellationToken cancellationToken = default) =>
            policy.AccumulateAsync(batch, loss, metrics, cancellationToken);

        public ValueTask<ApplyResult> ApplyAsync(double learningRate, CancellationToken cancellationToken = default) =>
            policy.ApplyAsync(learningRate, cancellationToken);

        public ValueTask SaveAsync(string folder, bool withOptimizer, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException();

        public ValueTask LoadAsync(string folder, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public bool WantsJudgement(Group group, Rollout rollout, int step) => false;

        public void Shape(Group group, int step)
        {
            JsonElement[] completions = [.. steps[_step][Index(group.Problem.Id)].GetProperty("completions").EnumerateArray()];
            for (int i = 0; i < completions.Length; i++)
            {
                group.Rollouts[i].Reward = completions[i].GetProperty("reward").GetDouble();
            }
        }

        public ValueTask<IReadOnlyList<StepJudgement>> JudgeAsync(
            Problem problem, IReadOnlyList<JudgedResponse> responses, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException();

        public void Dispose()
        {
        }

        private static int Index(string id) => int.Parse(id, System.Globalization.CultureInfo.InvariantCulture);

        private static int[] Ints(JsonElement array) => [.. array.EnumerateArray().Select(e => e.GetInt32())];
    }
}
