using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Stepwise.Files;
using Stepwise.Problems;

namespace Stepwise.Recipes;

/// <summary>
/// What a recipe's files hold in place of where they lie: a moved model is the same policy, a changed one is another.
/// </summary>
internal static class RecipeContents
{
    private const string Model = "policy.model";
    private const string Train = "task.train";
    private const string Test = "task.test";

    /// <summary>The recipe with SHA-256 sums for paths; it is for digests and cannot run.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="problems">Its problems; they stand for the files that a recipe with an own task does not name.</param>
    /// <param name="parts">Receives the sum of each part that the digest is made from, by the part's name, or <see langword="null"/>.</param>
    /// <exception cref="InputException">A file it names cannot be read.</exception>
    public static Recipe Of(Recipe recipe, ProblemSets problems, IDictionary<string, string>? parts = null)
    {
        Recipe contents = Of(recipe, parts);
        return recipe.Task.Name != TaskName.Own ? contents : contents with
        {
            Task = contents.Task with { Train = Sum(Train, problems.Train, parts), Test = Sum(Test, problems.Test, parts) },
        };
    }

    /// <inheritdoc cref="Of(Recipe, ProblemSets, IDictionary{string, string})"/>
    public static Recipe Of(Recipe recipe, IDictionary<string, string>? parts = null)
    {
        if (parts is not null)
        {
            Recipe settings = recipe with { Policy = recipe.Policy with { Model = "" }, Task = recipe.Task with { Train = null, Test = null } };
            parts["recipe.yaml"] = settings.Digest;
        }

        return recipe with
        {
            Policy = recipe.Policy with { Model = Sum(Model, recipe.Policy.Model, parts) },
            Task = recipe.Task with
            {
                Train = recipe.Task.Train is { } train ? Sum(Train, train, parts) : null,
                Test = recipe.Task.Test is { } test ? Sum(Test, test, parts) : null,
            },
        };
    }

    private static string Sum(string part, IReadOnlyList<Problem> problems, IDictionary<string, string>? parts)
    {
        string sum = Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(problems)));
        parts?[part] = sum;
        return sum;
    }

    /// <summary>SHA-256 of a file, or of those of a model's folder by name.</summary>
    private static string Sum(string part, string path, IDictionary<string, string>? parts)
    {
        try
        {
            if (!Directory.Exists(path))
            {
                using FileStream stream = RegularFile.OpenRead(path);
                string sum = Convert.ToHexStringLower(SHA256.HashData(stream));
                parts?[part] = sum;
                return sum;
            }

            IEnumerable<string> files = ModelFiles.Of(path).Select(file => $"{file.Name} {Sum($"{part}/{file.Name}", file.Path, parts)}\n");
            return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(files))));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: cannot be read ({error.Message.TrimEnd('.')}).", error);
        }
    }
}
