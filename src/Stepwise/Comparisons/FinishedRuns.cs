using Stepwise.Files;
using Stepwise.Recipes;
using Stepwise.Runs;

namespace Stepwise.Comparisons;

/// <summary>Finished runs as variants of a comparison: as they are, by their stored evaluations.</summary>
internal static class FinishedRuns
{
    /// <summary>Adds a run to the variants: to the one of the same settings, or as one of its own, named by its folder.</summary>
    /// <exception cref="InputException">It is not finished, not whole, or there is one of the same settings and seed already.</exception>
    public static void Add(List<ComparisonVariant> variants, string path)
    {
        RunFolder folder = RunFolder.Open(path);
        if (!File.Exists(folder.In(RunReport.Name)))
        {
            throw new InputException(
                $"{path}: this run is not finished, it has no {RunReport.Name}. Go on with it by stepwise train --resume {path}, or compare its "
                + $"recipe anew: {Path.Combine(path, RunLayout.RecipeName)}.");
        }

        Recipe recipe = Recipe.LoadUnchecked(folder.RecipePath);
        int same = variants.FindIndex(v => v.Finished.Count > 0 && string.Equals(Settings(v.Recipe), Settings(recipe), StringComparison.Ordinal));
        ComparisonVariant variant = same < 0 ? new(recipe.Name, recipe) : variants[same];
        if (variant.Finished.Any(run => run.Seed == recipe.Seed))
        {
            throw new InputException($"{path}: a run of the same settings and seed {recipe.Seed} is given already. Leave one out.");
        }

        variant = variant with { Finished = [.. variant.Finished, new(variant.Name, recipe.Seed, Seconds: 0, StoredEvaluations.Read(folder))] };
        if (same < 0)
        {
            variants.Add(variant);
        }
        else
        {
            variants[same] = variant;
        }
    }

    private static string Settings(Recipe recipe) => (recipe with { Seed = 0 }).ToYaml();
}
