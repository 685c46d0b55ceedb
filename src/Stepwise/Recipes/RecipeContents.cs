using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Stepwise.Files;
using Stepwise.Options;
using Stepwise.Problems;

namespace Stepwise.Recipes;

/// <summary>
/// What a recipe's files hold in place of where they lie: a moved model is the same policy, a changed one is another.
/// </summary>
internal static class RecipeContents
{
    /// <summary>The recipe with SHA-256 sums for paths; it is for digests and cannot run.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="parts">Receives the sum of each part that the digest is made from, by the part's name, or <see langword="null"/>.</param>
    /// <exception cref="InputException">A file it names cannot be read.</exception>
    public static Recipe Of(Recipe recipe, IDictionary<string, string>? parts = null)
    {
        parts?["recipe.yaml"] = OptionTree.WithPaths(recipe, (_, _) => "").Digest;
        return OptionTree.WithPaths(recipe, (key, path) => Sum(key, path, parts));
    }

    /// <summary>
    /// SHA-256 of all that a run is made from: the recipe with its model, and the problems, whether they were read, generated or made by a
    /// program.
    /// </summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="problems">Its problems.</param>
    /// <param name="parts">Receives the sum of each part, by the part's name, or <see langword="null"/>.</param>
    /// <exception cref="InputException">A file of the model cannot be read.</exception>
    public static string Digest(Recipe recipe, ProblemSets problems, IDictionary<string, string>? parts = null)
    {
        Recipe unread = recipe with { Task = OptionTree.WithPaths(recipe.Task, (_, _) => "") };
        string[] sums = [Of(unread, parts).Digest, Sum("the training set", problems.Train, parts), Sum("the test set", problems.Test, parts)];
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', sums))));
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
