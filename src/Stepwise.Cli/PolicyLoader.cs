using Stepwise.Algorithms;
using Stepwise.Engine;
using Stepwise.Runs;

namespace Stepwise.Cli;

/// <summary>Makes the policies a recipe asks for; the caller disposes of them.</summary>
internal static class PolicyLoader
{
    /// <summary>The policy with the recipe's first weights.</summary>
    /// <exception cref="InputException">The recipe's files do not serve.</exception>
    public static LocalPolicy Load(Recipe recipe, int threads) => recipe.Policy.Weights switch
    {
        PolicyWeights.Random => LocalPolicy.Create(
            recipe.Policy.Model, recipe.Seed, threads, recipe.Optimizer, recipe.Training.RecomputeActivations),
        _ => LocalPolicy.Load(
            recipe.Policy.Model, threads, recipe.Optimizer, recipe.Lora, recipe.Seed, recipe.Training.RecomputeActivations),
    };

    /// <summary>The frozen policy of the KL term; <see langword="null"/> where the recipe's loss has none.</summary>
    public static LocalPolicy? LoadReference(Recipe recipe, int threads) =>
        Method.Create(recipe.Method).Loss.NeedsReference ? Load(recipe with { Lora = new() }, threads) : null;
}
