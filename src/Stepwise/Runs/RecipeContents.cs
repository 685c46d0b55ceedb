using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Stepwise.Problems;

namespace Stepwise.Runs;

/// <summary>
/// What a recipe's files hold in place of where they lie: a moved model is the same policy, a changed one is another.
/// </summary>
internal static class RecipeContents
{
    /// <summary>The recipe with SHA-256 sums for paths; it is for digests and cannot run.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="problems">Its problems; they stand for the files that a recipe with an own task does not name.</param>
    /// <exception cref="InputException">A file it names cannot be read.</exception>
    public static Recipe Of(Recipe recipe, ProblemSets problems)
    {
        Recipe contents = Of(recipe);
        return recipe.Task.Name == TaskName.Own
            ? contents with { Task = contents.Task with { Train = Sum(problems.Train), Test = Sum(problems.Test) } }
            : contents;
    }

    /// <inheritdoc cref="Of(Recipe, ProblemSets)"/>
    public static Recipe Of(Recipe recipe) => recipe with
    {
        Policy = recipe.Policy with { Model = Sum(recipe.Policy.Model) },
        Task = recipe.Task with
        {
            Train = recipe.Task.Train is { } train ? Sum(train) : null,
            Test = recipe.Task.Test is { } test ? Sum(test) : null,
        },
    };

    private static string Sum(IReadOnlyList<Problem> problems) =>
        Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(problems)));

    /// <summary>SHA-256 of a file, or of a folder's files by name; a page (.md) beside them is no part of the model.</summary>
    private static string Sum(string path)
    {
        try
        {
            if (File.Exists(path))
            {
                using FileStream stream = File.OpenRead(path);
                return Convert.ToHexStringLower(SHA256.HashData(stream));
            }

            IEnumerable<string> files = Directory.GetFiles(path)
                .Where(file => Path.GetExtension(file) is not ".md").Order(StringComparer.Ordinal)
                .Select(file => $"{Path.GetFileName(file)} {Sum(file)}\n");
            return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(files))));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: cannot be read ({error.Message.TrimEnd('.')}).", error);
        }
    }
}
