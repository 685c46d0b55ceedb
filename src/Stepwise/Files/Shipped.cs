
namespace Stepwise.Files;

/// <summary>What comes with the program, in folders beside it: recipes and policies that are found by name from any working directory.</summary>
public static class Shipped
{
    private const string Recipes = "recipes";
    private const string Models = "models";
    private const string Extension = ".yaml";

    /// <summary>The names of the recipes, in order.</summary>
    public static IReadOnlyList<string> RecipeNames { get; } = Names(Recipes, Directory.GetFiles, "*" + Extension);

    /// <summary>The names of the policies, in order.</summary>
    public static IReadOnlyList<string> ModelNames { get; } = Names(Models, Directory.GetDirectories, "*");

    /// <summary>The file of a recipe: the one of that name, with or without its extension, or else the one that came with the program.</summary>
    /// <param name="name">For example <c>mine.yaml</c>, <c>easier</c> or <c>recipes/easier.yaml</c>.</param>
    /// <returns>The file; <see langword="null"/> where there is neither.</returns>
    public static string? FindRecipe(string name)
    {
        string bare = Bare(name, Recipes), file = bare.EndsWith(Extension, StringComparison.Ordinal) ? bare : bare + Extension;
        string there = Path.Combine(Recipes, file);
        bool isName = Path.GetFileName(file).Length == file.Length;
        string[] places = isName ? [name, name + Extension, there, Path.Combine(AppContext.BaseDirectory, there)] : [name, name + Extension];
        return Array.Find(places, File.Exists);
    }

    /// <summary>As <see cref="FindRecipe"/>.</summary>
    /// <param name="name">The name.</param>
    /// <exception cref="InputException">There is none; the message lists those that came with the program.</exception>
    public static string Recipe(string name) => FindRecipe(name) ?? throw new InputException(Directory.Exists(name)
        ? $"{name}: is a folder, and a recipe is a file; "
            + (RunLayout.IsRun(name) ? $"that of this run is {Path.Combine(name, RunLayout.RecipeName)}." : "a model is named by policy.model or --model.")
        : $"{name}: no such recipe: there is no file of that name. With the program come {string.Join(", ", RecipeNames)}"
            + $"{(RecipeNames.Count > 0 ? $"; the nearest is {Nearest.Of(Bare(name, Recipes), RecipeNames)}" : "")}.");

    /// <summary>The folder of a policy that came with the program; <see langword="null"/> where none has that name.</summary>
    /// <param name="name">For example <c>starter</c> or <c>models/starter</c>.</param>
    public static string? Model(string name)
    {
        string bare = Bare(name, Models);
        return ModelNames.Contains(bare, StringComparer.Ordinal) ? Path.Combine(AppContext.BaseDirectory, Models, bare) : null;
    }

    private static string Bare(string name, string folder) =>
        name.StartsWith(folder + '/', StringComparison.Ordinal) || name.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal)
            ? name[(folder.Length + 1)..]
            : name;

    private static string[] Names(string folder, Func<string, string, string[]> list, string pattern)
    {
        string path = Path.Combine(AppContext.BaseDirectory, folder);
        return Directory.Exists(path)
            ? [.. list(path, pattern).Select(found => Path.GetFileName(found)!.Replace(Extension, "", StringComparison.Ordinal)).Order(StringComparer.Ordinal)]
            : [];
    }
}
