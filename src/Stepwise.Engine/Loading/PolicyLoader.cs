using Stepwise.Engine.Formats;
using Stepwise.Engine.Models;
using Stepwise.Engine.Tokenizers;
using Stepwise.Evaluation.Benchmarks;
using Stepwise.Policies;
using Stepwise.Problems;
using Stepwise.Recipes;
using Stepwise.Runs;

namespace Stepwise.Engine.Loading;

/// <summary>Makes the policies a recipe asks for; the caller disposes of them.</summary>
public static class PolicyLoader
{
    /// <summary>The policy with the recipe's first weights and optimizer.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="threads">Number of threads, at least 1; changes no result.</param>
    /// <exception cref="InputException">The model's files are missing, unsound, of an unsupported family, or do not fit each other.</exception>
    public static IPolicy Load(Recipe recipe, int threads) => recipe.Policy.Weights switch
    {
        PolicyWeights.Random => LocalPolicy.Create(
            recipe.Policy.Model, recipe.Seed, threads, recipe.Optimizer, recipe.Training.RecomputeActivations),
        _ => LocalPolicy.Load(
            recipe.Policy.Model, threads, recipe.Optimizer, recipe.Lora, recipe.Seed, recipe.Training.RecomputeActivations),
    };

    /// <summary>The problems a recipe names, as its policy can take them, see <see cref="Tasks.TaskOptions.DropLongPrompts"/>.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="InputException">As in <see cref="ProblemSets.Load"/>; or the model cannot be read, or no problem is left.</exception>
    public static ProblemSets LoadProblems(Recipe recipe, CancellationToken cancellationToken = default)
    {
        ProblemSets problems = ProblemSets.Load(recipe, cancellationToken);
        if (!recipe.Task.DropLongPrompts)
        {
            return problems;
        }

        (ModelConfig config, BpeTokenizer tokenizer) = Describe(recipe.Policy);
        return problems.WithoutLongPrompts(tokenizer, config.ContextLength, cancellationToken);
    }

    /// <summary>The policy with the recipe's first weights, to be evaluated and not trained.</summary>
    /// <remarks>Adapters of a checkpoint are part of its model; new ones would change nothing, so there are none.</remarks>
    /// <param name="recipe">The recipe.</param>
    /// <param name="problems">Its problems.</param>
    /// <param name="threads">Number of threads, at least 1; changes no result.</param>
    /// <exception cref="InputException">
    /// As in <see cref="Load"/>; or the evaluation needs more memory than there is, or a prompt does not fit.
    /// </exception>
    public static IPolicy LoadToRead(Recipe recipe, ProblemSets problems, int threads) => recipe.Policy.Weights switch
    {
        PolicyWeights.Random => Load(recipe with { Lora = new() }, threads),
        _ => LocalPolicy.LoadToRead(recipe.Policy.Model, threads, check: (config, tokenizer) => MemoryPlan.RequireReading(
            config, FrozenType.Float32, Evaluated(recipe, problems), problems.RequireFit(tokenizer, config.ContextLength),
            recipe.EvaluationSampling.MaxNewTokens, MemoryPlan.Available)),
    };

    /// <summary>The policy with the recipe's first weights, to sample training problems and not to be trained.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="problems">Its problems.</param>
    /// <param name="samples">Samples at once.</param>
    /// <param name="threads">Number of threads, at least 1; changes no result.</param>
    /// <exception cref="InputException">As in <see cref="LoadToRead"/>.</exception>
    public static IPolicy LoadToSample(Recipe recipe, ProblemSets problems, int samples, int threads) => recipe.Policy.Weights switch
    {
        PolicyWeights.Random => Load(recipe with { Lora = new() }, threads),
        _ => LocalPolicy.LoadToRead(recipe.Policy.Model, threads, check: (config, tokenizer) => MemoryPlan.RequireReading(
            config, FrozenType.Float32, samples, problems.RequireFit(tokenizer, config.ContextLength), recipe.Sampling.MaxNewTokens, MemoryPlan.Available)),
    };

    /// <summary>A policy that is to answer one prompt.</summary>
    /// <param name="model">A folder in Hugging Face's layout, a folder of adapters in PEFT's, or a GGUF file.</param>
    /// <param name="asked">The prompt.</param>
    /// <param name="maxNewTokens">The most tokens of the answer, at least 1.</param>
    /// <param name="stored">How the weights are held.</param>
    /// <param name="threads">Number of threads, at least 1; changes no result.</param>
    /// <exception cref="InputException">The model cannot be read, or it needs more memory than there is.</exception>
    public static IPolicy LoadToAnswer(string model, Prompt asked, int maxNewTokens, FrozenType stored, int threads) => LocalPolicy.LoadToRead(
        model, threads, stored, (config, tokenizer) => MemoryPlan.RequireReading(
            config, stored, samples: 1, tokenizer.Encode(asked).Length, maxNewTokens, MemoryPlan.Available));

    /// <summary>A policy that is to be evaluated on benchmarks.</summary>
    /// <param name="model">As in <see cref="LoadToAnswer"/>.</param>
    /// <param name="sets">The problems.</param>
    /// <param name="samples">Samples a problem.</param>
    /// <param name="maxNewTokens">The most tokens of a sample, at least 1.</param>
    /// <param name="threads">Number of threads, at least 1; changes no result.</param>
    /// <exception cref="InputException">The model cannot be read, it needs more memory than there is, or a prompt does not fit.</exception>
    public static IPolicy LoadToEvaluate(string model, IReadOnlyList<BenchmarkSet> sets, int samples, int maxNewTokens, int threads) =>
        LocalPolicy.LoadToRead(model, threads, check: (config, tokenizer) => MemoryPlan.RequireReading(
            config, FrozenType.Float32, (int)Math.Min(int.MaxValue, sets.Max(set => set.Problems.Count * (long)samples)),
            sets.Max(set => new ProblemSets(set.Task, [], [.. set.Problems.Select(p => p.Problem)]).RequireFit(tokenizer, config.ContextLength)),
            maxNewTokens, MemoryPlan.Available));

    /// <summary>Loads models that a run needs beside its policy, to be read, such as a judge's.</summary>
    /// <param name="threads">Number of threads, at least 1; changes no result.</param>
    /// <returns>Takes a path as in <see cref="LoadToAnswer"/>; the result is its caller's to dispose.</returns>
    public static Func<string, IPolicy> Opening(int threads) => model => LocalPolicy.LoadToRead(model, threads);

    /// <summary>Whether a policy comes with a chat template.</summary>
    /// <param name="model">As in <see cref="LoadToAnswer"/>.</param>
    /// <exception cref="InputException">The model cannot be read.</exception>
    public static bool HasChatTemplate(string model)
    {
        using IWeightSource source = WeightSource.Open(model);
        return source.ReadTokenizer().Definition.ChatTemplate is not null;
    }

    /// <summary>The memory a recipe's run takes at most; to be asked before <see cref="Load"/> takes any of it.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="problems">Its problems.</param>
    /// <param name="runs">Runs at once that share the machine's memory.</param>
    /// <param name="cancellationToken">Stops looking for the longest prompt.</param>
    /// <exception cref="InputException">
    /// It is more than there is, and the message says what would take less; the model cannot be read; a prompt does not fit its context; the
    /// problems have not what the method draws on, see <see cref="ProblemSets.RequireSources"/>; or sampling is filtered, see
    /// <see cref="Policies.SamplingOptions.RequireUnfiltered"/>.
    /// </exception>
    public static MemoryPlan Plan(Recipe recipe, ProblemSets problems, int runs = 1, CancellationToken cancellationToken = default)
    {
        recipe.Sampling.RequireUnfiltered();
        (ModelConfig config, BpeTokenizer tokenizer) = Describe(recipe.Policy);
        int longestPrompt = problems.RequireFit(tokenizer, config.ContextLength, cancellationToken);
        problems.RequireSources(recipe, tokenizer, config.ContextLength);
        int added = problems.LongestAddition(recipe, tokenizer, config.ContextLength);
        int samples = recipe.Training.PromptsPerStep * recipe.Training.GroupSize;
        return MemoryPlan.Require(
            config, recipe.Lora, recipe.Training.RecomputeActivations,
            new MemoryDemand
            {
                LongestPrompt = Math.Min(longestPrompt + added, config.ContextLength - 1),
                MaxNewTokens = problems.Stored?.RequireFit(tokenizer, problems.Task.Prompt, config.ContextLength) ?? recipe.Sampling.MaxNewTokens,
                GroupSize = recipe.Training.GroupSize,
                Samples = samples,
                EvaluationSamples = Evaluated(recipe, problems),
                EvaluationNewTokens = recipe.EvaluationSampling.MaxNewTokens,
                TrainedSamples = samples,
                MicroBatchTokens = recipe.Training.MicroBatchTokens,
                Reference = recipe.Method.Loss.Needs.HasFlag(LossNeeds.Reference),
                KeptBlocks = recipe.Method.KeptBlocks,
                Judge = recipe.Method.AsksJudge && recipe.Judge.Loads is { } judge ? ConfigOf(judge) : null,
            },
            MemoryPlan.Available / runs);
    }

    /// <summary>The memory that supervised fine-tuning takes at most; to be asked before <see cref="Load"/> takes any of it.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="problems">Its problems.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="InputException">
    /// It is more than there is, and the message says what would take less; the model cannot be read; or an example does not fit its context.
    /// </exception>
    public static MemoryPlan PlanSupervised(Recipe recipe, ProblemSets problems, CancellationToken cancellationToken = default)
    {
        (ModelConfig config, BpeTokenizer tokenizer) = Describe(recipe.Policy);
        (int prompt, int response) = new SupervisedExamples(recipe, problems).RequireFit(tokenizer, config.ContextLength, cancellationToken);
        return MemoryPlan.Require(
            config, recipe.Lora, recipe.Training.RecomputeActivations,
            new MemoryDemand
            {
                LongestPrompt = prompt,
                MaxNewTokens = response,
                GroupSize = 1,
                Samples = 0,
                TrainedSamples = recipe.Sft.BatchSize,
                MicroBatchTokens = recipe.Training.MicroBatchTokens,
            },
            MemoryPlan.Available);
    }

    /// <summary>The memory that training a judge takes at most, a problem whose solutions are larger than a micro-batch aside.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <exception cref="InputException">It is more than there is, and the message says what would take less; or the model cannot be read.</exception>
    public static MemoryPlan PlanJudge(Recipe recipe) => MemoryPlan.Require(
        Describe(recipe.Policy).Config, recipe.Lora, recipe.Training.RecomputeActivations,
        new MemoryDemand
        {
            LongestPrompt = 1,
            MaxNewTokens = recipe.Training.MicroBatchTokens,
            GroupSize = 1,
            Samples = 0,
            TrainedSamples = 1,
            MicroBatchTokens = recipe.Training.MicroBatchTokens,
        },
        MemoryPlan.Available);

    /// <summary>The frozen policy of the KL term; <see langword="null"/> where the recipe's loss has none.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="policy">The recipe's policy. Where it has adapters, the reference shares its frozen weights and lives no longer.</param>
    /// <param name="threads">Number of threads, at least 1; changes no result.</param>
    /// <exception cref="InputException">As in <see cref="Load"/>; or the recipe's method has a setting out of range.</exception>
    public static IPolicy? LoadReference(Recipe recipe, IPolicy policy, int threads) =>
        !recipe.Method.Loss.Needs.HasFlag(LossNeeds.Reference) ? null
        : recipe.Lora.Rank > 0 ? policy.Require<IWithoutAdapters>("The KL term of a run with adapters").WithoutAdapters()
        : Load(recipe, threads);

    /// <summary>Samples of one evaluation, the greedy ones too.</summary>
    private static int Evaluated(Recipe recipe, ProblemSets problems) =>
        (int)Math.Min(int.MaxValue, (long)problems.Test.Count * (recipe.Evaluation.Samples + 1));

    /// <summary>What a policy is, without its weights.</summary>
    private static ModelConfig ConfigOf(string model)
    {
        using IWeightSource source = WeightSource.Open(model);
        return source.Config;
    }

    private static (ModelConfig Config, BpeTokenizer Tokenizer) Describe(PolicyOptions policy)
    {
        if (policy.Weights == PolicyWeights.Random)
        {
            string config = Path.Combine(policy.Model, HuggingFaceFolder.ConfigName);
            return (ModelConfigFile.Parse(config, ModelConfigFile.ReadWhole(config)), TokenizerFile.Read(policy.Model));
        }

        using IWeightSource source = WeightSource.Open(policy.Model);
        return (source.Config, source.ReadTokenizer());
    }
}
