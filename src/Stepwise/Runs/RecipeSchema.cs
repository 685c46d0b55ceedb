using Stepwise.Algorithms;

namespace Stepwise.Runs;

/// <summary>Every key a recipe may have. Defaults are those of the options' records; nothing is stated twice.</summary>
public static class RecipeSchema
{
    private const string Generated = "generated";
    private const int Many = 1_000_000_000;

    /// <summary>The keys, in the order in which they apply and in which a resolved recipe lists them.</summary>
    public static IReadOnlyList<RecipeKey> Keys { get; } =
    [
        RecipeKey.Seed("seed", "decides every random number of the run", r => r.Seed, (r, v) => r with { Seed = v }),

        RecipeKey.FilePath("policy.model", "a path", "", "model folder, folder of adapters or GGUF file to start from",
            r => r.Policy.Model, (r, v) => r with { Policy = r.Policy with { Model = v ?? "" } }),
        RecipeKey.Word("policy.weights", "first weights: those stored with the model, or drawn from the seed",
            r => r.Policy.Weights, (r, v) => r with { Policy = r.Policy with { Weights = v } }),

        RecipeKey.Word("task.name", "the kind of problem",
            r => r.Task.Name, (r, v) => r with { Task = r.Task with { Name = v } }),
        RecipeKey.FilePath("task.train", $"a path, or {Generated}", Generated, "training problems as JSON lines, or made by the task",
            r => r.Task.Train, (r, v) => r with { Task = r.Task with { Train = v } }),
        RecipeKey.FilePath("task.test", $"a path, or {Generated}", Generated, "test problems as JSON lines, or made by the task",
            r => r.Task.Test, (r, v) => r with { Task = r.Task with { Test = v } }),
        RecipeKey.Whole("task.trainProblems", "problems", 0, 10_000_000, "how many to generate, or the most to read; 0 reads all",
            r => r.Task.TrainProblems, (r, v) => r with { Task = r.Task with { TrainProblems = v } }),
        RecipeKey.Whole("task.testProblems", "problems", 0, 10_000_000, "how many to generate, or the most to read; 0 reads all",
            r => r.Task.TestProblems, (r, v) => r with { Task = r.Task with { TestProblems = v } }),
        RecipeKey.Whole("task.operations", "operations", 1, 64, "length of a generated chain",
            r => r.Task.Chain.Operations, (r, v) => Chain(r, r.Task.Chain with { Operations = v })),
        RecipeKey.Text("task.operators", "some of + - *, each at most once, in quotes", "operators of a generated chain",
            v => v.Length > 0 && v.All("+-*".Contains) && v.Distinct().Count() == v.Length,
            r => r.Task.Chain.Operators, (r, v) => Chain(r, r.Task.Chain with { Operators = v })),
        RecipeKey.Whole("task.maxStart", "", 0, Many, "largest start value; below the modulus where there is one",
            r => r.Task.Chain.MaxStart, (r, v) => Chain(r, r.Task.Chain with { MaxStart = v })),
        RecipeKey.Whole("task.maxOperand", "", 1, 1_000_000, "largest operand",
            r => r.Task.Chain.MaxOperand, (r, v) => Chain(r, r.Task.Chain with { MaxOperand = v })),
        RecipeKey.Whole("task.modulus", "", 0, Many, "values wrap into [0, modulus), from 2; 0 for plain integers",
            r => r.Task.Chain.Modulus, (r, v) => Chain(r, r.Task.Chain with { Modulus = v })),

        RecipeKey.Word("method.name", "the method; sets the defaults of the other method keys, and named by --set it drops those of another in the file",
            [.. MethodCatalog.Methods.Select(m => m.Defaults.Name)],
            r => r.Method.Name, (r, v) => r with { Method = MethodCatalog.Defaults(v) }),
        RecipeKey.Word("method.judgeScope", "which rollouts the step judge is asked about",
            r => r.Method.JudgeScope, (r, v) => Method(r, r.Method with { JudgeScope = v })),
        RecipeKey.Whole("method.lastJudgedStep", "training steps", 0, Many, "last step at which the judge is asked; 0 for no end",
            r => r.Method.LastJudgedStep ?? 0, (r, v) => Method(r, r.Method with { LastJudgedStep = v == 0 ? null : v })),
        RecipeKey.Word("method.denominator", "RTS divides by the response's steps (the paper) or at least the reference's",
            r => r.Method.Denominator, (r, v) => Method(r, r.Method with { Denominator = v })),
        RecipeKey.Word("method.shaping", "reward of a wrong answer: sigmoid of RTS, or RTS itself",
            r => r.Method.Shaping, (r, v) => Method(r, r.Method with { Shaping = v })),
        RecipeKey.Number("method.beta", "", 0, 1e6, "(", "steepness of the sigmoid",
            r => r.Method.Beta, (r, v) => Method(r, r.Method with { Beta = v })),
        RecipeKey.Number("method.gamma", "", 0, 1e6, "(", "RTS that earns a reward of 1/2",
            r => r.Method.Gamma, (r, v) => Method(r, r.Method with { Gamma = v })),
        RecipeKey.Word("method.credit", "which tokens of a judged response get its credit",
            r => r.Method.Credit, (r, v) => Method(r, r.Method with { Credit = v })),
        RecipeKey.Word("method.advantageScale", "a centred reward is divided by the deviation of its group, of the batch, or not",
            r => r.Method.AdvantageScale, (r, v) => Method(r, r.Method with { AdvantageScale = v })),
        RecipeKey.Word("method.surrogate", "what bounds the importance ratio: a clip range, or a cap on it as a weight",
            r => r.Method.Surrogate, (r, v) => Method(r, r.Method with { Surrogate = v })),
        RecipeKey.Number("method.clipLow", "", 0, 1, "", "importance ratios below 1 minus this are clipped",
            r => r.Method.ClipLow, (r, v) => Method(r, r.Method with { ClipLow = v })),
        RecipeKey.Number("method.clipHigh", "", 0, 1e6, "", "importance ratios above 1 plus this are clipped",
            r => r.Method.ClipHigh, (r, v) => Method(r, r.Method with { ClipHigh = v })),
        RecipeKey.Word("method.ratioLevel", "what the importance ratio compares",
            r => r.Method.RatioLevel, (r, v) => Method(r, r.Method with { RatioLevel = v })),
        RecipeKey.OptionalNumber("method.ratioCap", "", 1, 1e6, "", "the most a ratio counts: where the advantage is negative, or everywhere if truncated",
            r => r.Method.RatioCap, (r, v) => Method(r, r.Method with { RatioCap = v })),
        RecipeKey.OptionalNumber("method.offPolicyThreshold", "nats", 0, 1e6, "", "completions with a negative advantage farther off are left out",
            r => r.Method.OffPolicyThreshold, (r, v) => Method(r, r.Method with { OffPolicyThreshold = v })),
        RecipeKey.Word("method.aggregation", "how token losses are averaged",
            r => r.Method.Aggregation, (r, v) => Method(r, r.Method with { Aggregation = v })),
        RecipeKey.Number("method.klCoefficient", "", 0, 1e6, "", "weight of the KL penalty; 0 needs no reference policy",
            r => r.Method.KlCoefficient, (r, v) => Method(r, r.Method with { KlCoefficient = v })),
        RecipeKey.Word("method.klEstimator", "estimate of the KL divergence",
            r => r.Method.KlEstimator, (r, v) => Method(r, r.Method with { KlEstimator = v })),
        RecipeKey.Flag("method.klWeighted", "multiply the KL estimate by the importance ratio",
            r => r.Method.KlWeighted, (r, v) => Method(r, r.Method with { KlWeighted = v })),
        RecipeKey.Flag("method.dropTruncated", "leave completions cut off by the length limit out of the update",
            r => r.Method.DropTruncated, (r, v) => Method(r, r.Method with { DropTruncated = v })),

        RecipeKey.Whole("training.steps", "training steps", 1, Many, "how long to train",
            r => r.Training.Steps, (r, v) => r with { Training = r.Training with { Steps = v } }),
        RecipeKey.Whole("training.promptsPerStep", "problems", 1, 65_536, "problems per training step",
            r => r.Training.PromptsPerStep, (r, v) => r with { Training = r.Training with { PromptsPerStep = v } }),
        RecipeKey.Whole("training.groupSize", "samples", 2, 4096, "samples per problem",
            r => r.Training.GroupSize, (r, v) => r with { Training = r.Training with { GroupSize = v } }),
        RecipeKey.Whole("training.updatesPerBatch", "optimizer steps", 1, 1024, "updates on each batch; off-policy from the second on",
            r => r.Training.UpdatesPerBatch, (r, v) => r with { Training = r.Training with { UpdatesPerBatch = v } }),
        RecipeKey.Number("training.learningRate", "", 0, 10, "(", "peak learning rate",
            r => r.Training.LearningRate, (r, v) => r with { Training = r.Training with { LearningRate = v } }),
        RecipeKey.Whole("training.warmupSteps", "training steps", 0, Many, "steps over which the learning rate rises to its peak",
            r => r.Training.WarmupSteps, (r, v) => r with { Training = r.Training with { WarmupSteps = v } }),
        RecipeKey.Word("training.schedule", "how the learning rate goes after warm-up",
            r => r.Training.Schedule, (r, v) => r with { Training = r.Training with { Schedule = v } }),
        RecipeKey.Whole("training.microBatchTokens", "tokens", 1, Many, "most tokens run forward and backward at once; bounds memory",
            r => r.Training.MicroBatchTokens, (r, v) => r with { Training = r.Training with { MicroBatchTokens = v } }),

        RecipeKey.Flag("training.recomputeActivations", "compute each layer again in backward: same results, less memory, more time",
            r => r.Training.RecomputeActivations, (r, v) => r with { Training = r.Training with { RecomputeActivations = v } }),

        RecipeKey.Whole("lora.rank", "", 0, 4096, "rank of adapters trained beside frozen weights; 0 trains all weights",
            r => r.Lora.Rank, (r, v) => r with { Lora = r.Lora with { Rank = v } }),
        RecipeKey.Number("lora.alpha", "", 0, 1e6, "(", "adapters are scaled by alpha / rank",
            r => r.Lora.Alpha, (r, v) => r with { Lora = r.Lora with { Alpha = v } }),
        RecipeKey.Words("lora.targets", "the matrices that have adapters",
            r => r.Lora.Targets, (r, v) => r with { Lora = r.Lora with { Targets = v } }),
        RecipeKey.Word("lora.frozen", "how the frozen matrices are stored; bfloat16 for checkpoints in BF16",
            r => r.Lora.Frozen, (r, v) => r with { Lora = r.Lora with { Frozen = v } }),

        RecipeKey.Number("optimizer.beta1", "", 0, 1, ")", "decay of AdamW's first moment",
            r => r.Optimizer.Beta1, (r, v) => r with { Optimizer = r.Optimizer with { Beta1 = v } }),
        RecipeKey.Number("optimizer.beta2", "", 0, 1, ")", "decay of AdamW's second moment",
            r => r.Optimizer.Beta2, (r, v) => r with { Optimizer = r.Optimizer with { Beta2 = v } }),
        RecipeKey.Number("optimizer.epsilon", "", 0, 1, "(", "added to the root of the second moment",
            r => r.Optimizer.Epsilon, (r, v) => r with { Optimizer = r.Optimizer with { Epsilon = v } }),
        RecipeKey.Number("optimizer.weightDecay", "", 0, 100, "", "decoupled weight decay",
            r => r.Optimizer.WeightDecay, (r, v) => r with { Optimizer = r.Optimizer with { WeightDecay = v } }),
        RecipeKey.Number("optimizer.clipNorm", "", 0, 1e9, "", "largest global norm of a gradient; 0 clips nothing",
            r => r.Optimizer.ClipNorm, (r, v) => r with { Optimizer = r.Optimizer with { ClipNorm = v } }),

        RecipeKey.Whole("sampling.maxNewTokens", "tokens", 1, 10_000_000, "most tokens of a completion, the stop token counted",
            r => r.Sampling.MaxNewTokens, (r, v) => r with { Sampling = r.Sampling with { MaxNewTokens = v } }),
        RecipeKey.Number("sampling.temperature", "", 0, 100, "(", "divides the logits",
            r => r.Sampling.Temperature, (r, v) => r with { Sampling = r.Sampling with { Temperature = v } }),
        RecipeKey.Whole("sampling.topK", "tokens", 0, 10_000_000, "keep the k most likely tokens; 0 keeps all",
            r => r.Sampling.TopK, (r, v) => r with { Sampling = r.Sampling with { TopK = v } }),
        RecipeKey.Number("sampling.topP", "", 0, 1, "(", "keep the most likely tokens that together reach this; 1 keeps all",
            r => r.Sampling.TopP, (r, v) => r with { Sampling = r.Sampling with { TopP = v } }),
        RecipeKey.Number("sampling.minP", "", 0, 1, ")", "drop tokens less likely than this share of the best; 0 keeps all",
            r => r.Sampling.MinP, (r, v) => r with { Sampling = r.Sampling with { MinP = v } }),

        RecipeKey.Whole("evaluation.every", "training steps", 0, Many, "steps between evaluations; 0 for before and after only",
            r => r.Evaluation.Every, (r, v) => r with { Evaluation = r.Evaluation with { Every = v } }),
        RecipeKey.Whole("evaluation.problems", "problems", 0, 10_000_000, "most test problems used; 0 uses all",
            r => r.Evaluation.Problems, (r, v) => r with { Evaluation = r.Evaluation with { Problems = v } }),
        RecipeKey.Whole("evaluation.samples", "samples", 1, 4096, "samples per test problem",
            r => r.Evaluation.Samples, (r, v) => r with { Evaluation = r.Evaluation with { Samples = v } }),

        RecipeKey.Whole("checkpoint.every", "training steps", 0, Many, "steps between checkpoints; 0 for one at the end only",
            r => r.CheckpointEvery, (r, v) => r with { CheckpointEvery = v }),
        RecipeKey.Whole("report.showGroupEvery", "training steps", 0, Many, "steps between two groups shown on the console; 0 shows none",
            r => r.ShowGroupEvery, (r, v) => r with { ShowGroupEvery = v }),

        RecipeKey.Whole("sft.batchSize", "solutions", 1, 65_536, "solutions per training step of stepwise sft",
            r => r.Sft.BatchSize, (r, v) => r with { Sft = r.Sft with { BatchSize = v } }),
        RecipeKey.Number("sft.slip", "", 0, 1, "", "probability that a written solution forgets a carry",
            r => r.Sft.Slip, (r, v) => r with { Sft = r.Sft with { Slip = v } }),
    ];

    private static readonly Dictionary<string, RecipeKey> ByName = Keys.ToDictionary(key => key.Name, StringComparer.Ordinal);

    private static readonly HashSet<string> Sections =
        [.. Keys.Select(key => key.Name.Split('.')).Where(parts => parts.Length > 1).Select(parts => parts[0])];

    /// <summary>The key of a name, or <see langword="null"/>.</summary>
    /// <param name="name">The dotted name.</param>
    public static RecipeKey? Find(string name) => ByName.GetValueOrDefault(name);

    /// <summary>Whether a name is that of a section, the part before the dot.</summary>
    internal static bool IsSection(string name) => Sections.Contains(name);

    /// <summary>The known key or section nearest to a text: fewest characters inserted, deleted or replaced, the first of equals.</summary>
    internal static string Nearest(string name)
    {
        // A longer text is nearest to nothing; its length must not decide how long an error takes.
        string text = name.Length <= 64 ? name : name[..64];
        return Keys.Select(key => key.Name).Concat(Sections).MinBy(known => Distance(text, known))!;
    }

    private static Recipe Chain(Recipe recipe, Tasks.ChainedArithmeticOptions chain) =>
        recipe with { Task = recipe.Task with { Chain = chain } };

    private static Recipe Method(Recipe recipe, MethodOptions method) => recipe with { Method = method };

    /// <summary>Levenshtein's distance without regard to case.</summary>
    private static int Distance(string left, string right)
    {
        int[] row = [.. Enumerable.Range(0, right.Length + 1)];
        for (int i = 1; i <= left.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= right.Length; j++)
            {
                bool same = char.ToLowerInvariant(left[i - 1]) == char.ToLowerInvariant(right[j - 1]);
                int replaced = diagonal + (same ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, 1 + Math.Min(row[j], row[j - 1]));
            }
        }

        return row[right.Length];
    }
}
