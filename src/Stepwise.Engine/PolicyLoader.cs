using Stepwise.Algorithms;
using Stepwise.Engine.Formats;
using Stepwise.Runs;

namespace Stepwise.Engine;

/// <summary>Makes the policies a recipe asks for; the caller disposes of them.</summary>
public static class PolicyLoader
{
    /// <summary>The policy with the recipe's first weights and optimizer.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="threads">Number of threads, at least 1; changes no result.</param>
    /// <exception cref="InputException">The model's files are missing, unsound, of an unsupported family, or do not fit each other.</exception>
    public static LocalPolicy Load(Recipe recipe, int threads) => recipe.Policy.Weights switch
    {
        PolicyWeights.Random => LocalPolicy.Create(
            recipe.Policy.Model, recipe.Seed, threads, recipe.Optimizer, recipe.Training.RecomputeActivations),
        _ => LocalPolicy.Load(
            recipe.Policy.Model, threads, recipe.Optimizer, recipe.Lora, recipe.Seed, recipe.Training.RecomputeActivations),
    };

    /// <summary>The memory a recipe's run takes at most.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="config">Its policy's shape.</param>
    /// <param name="problems">Its problems.</param>
    /// <param name="longestPrompt">Tokens of the longest prompt.</param>
    /// <exception cref="InputException">It is more than there is; the message says what would take less.</exception>
    public static MemoryPlan Plan(Recipe recipe, ModelConfig config, ProblemSets problems, int longestPrompt)
    {
        int samples = recipe.Training.PromptsPerStep * recipe.Training.GroupSize;
        return MemoryPlan.Require(
            config, recipe.Lora, recipe.Training.RecomputeActivations,
            new MemoryDemand
            {
                LongestPrompt = longestPrompt,
                MaxNewTokens = recipe.Sampling.MaxNewTokens,
                GroupSize = recipe.Training.GroupSize,
                Samples = (int)Math.Min(int.MaxValue, Math.Max(samples, (long)problems.Test.Count * (recipe.Evaluation.Samples + 1))),
                TrainedSamples = samples,
                MicroBatchTokens = recipe.Training.MicroBatchTokens,
                Reference = Method.Create(recipe.Method).Loss.NeedsReference,
            },
            MemoryPlan.Available);
    }

    /// <summary>The frozen policy of the KL term; <see langword="null"/> where the recipe's loss has none.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="threads">Number of threads, at least 1; changes no result.</param>
    /// <exception cref="InputException">As in <see cref="Load"/>; or the recipe's method has a setting out of range.</exception>
    public static LocalPolicy? LoadReference(Recipe recipe, int threads) =>
        Method.Create(recipe.Method).Loss.NeedsReference ? Load(recipe with { Lora = new() }, threads) : null;
}
