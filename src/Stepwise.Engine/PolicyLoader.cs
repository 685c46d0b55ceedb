using Stepwise.Algorithms;
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
        PolicyWeights.Random => LocalPolicy.Create(recipe.Policy.Model, recipe.Seed, threads, recipe.Optimizer),
        _ => LocalPolicy.Load(recipe.Policy.Model, threads, recipe.Optimizer),
    };

    /// <summary>The frozen policy of the KL term; <see langword="null"/> where the recipe's loss has none.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="threads">Number of threads, at least 1; changes no result.</param>
    /// <exception cref="InputException">As in <see cref="Load"/>; or the recipe's method has a setting out of range.</exception>
    public static LocalPolicy? LoadReference(Recipe recipe, int threads) =>
        Method.Create(recipe.Method).Loss.NeedsReference ? Load(recipe, threads) : null;
}
