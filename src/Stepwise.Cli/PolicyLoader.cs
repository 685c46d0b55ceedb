using Stepwise.Algorithms;
using Stepwise.Engine;
using Stepwise.Runs;

namespace Stepwise.Cli;

/// <summary>Makes the policies a recipe asks for; the caller disposes of them.</summary>
internal static class PolicyLoader
{
    /// <summary>The policy with the recipe's first weights.</summary>
    public static LocalPolicy Load(Recipe recipe, int threads) => recipe.Policy.Weights switch
    {
        PolicyWeights.Random => LocalPolicy.Create(recipe.Policy.Model, recipe.Seed, threads, recipe.Optimizer),
        _ => LocalPolicy.Load(recipe.Policy.Model, threads, recipe.Optimizer),
    };

    /// <summary>The frozen policy of the KL term; <see langword="null"/> where the recipe's loss has none.</summary>
    public static LocalPolicy? LoadReference(Recipe recipe, int threads) =>
        Method.Create(recipe.Method).Loss.NeedsReference ? Load(recipe, threads) : null;
}
