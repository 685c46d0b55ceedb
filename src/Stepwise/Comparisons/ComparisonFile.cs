using Stepwise.Options;
using Stepwise.Recipes;
using YamlDotNet.Core;

namespace Stepwise.Comparisons;

/// <summary>A comparison's file as it is written.</summary>
internal sealed class ComparisonFile
{
    private static readonly string[] Keys = [RecipeKeys.ComparisonBase, "seeds", "set", RecipeKeys.ComparisonVariants];

    /// <summary>The base recipe's path, as given.</summary>
    public string Base { get; private set; } = "";

    /// <summary>Number of seeds, if given.</summary>
    public int? Seeds { get; private set; }

    /// <summary>What every variant sets.</summary>
    public Dictionary<string, GivenValue> Set { get; } = new(StringComparer.Ordinal);

    /// <summary>What each variant sets, in the file's order.</summary>
    public List<(string Name, Dictionary<string, GivenValue> Values)> Variants { get; } = [];

    /// <summary>Whether a file is one of a comparison and not a recipe, by its keys.</summary>
    /// <exception cref="InputException">It cannot be read, or is not YAML.</exception>
    public static bool IsOne(string path)
    {
        bool found = false;
        RecipeReader.ReadDocument(RecipeReader.ReadText(path), path, parser => RecipeReader.ReadEntries(parser, path, "", (key, _) =>
        {
            found |= Keys.Contains(key, StringComparer.Ordinal);
            parser.SkipThisAndNestedEvents();
        }));
        return found;
    }

    public static ComparisonFile Read(string path)
    {
        ComparisonFile file = new();
        string folder = Recipe.FolderOf(path);
        HashSet<string> found = new(StringComparer.Ordinal);
        string yaml = RecipeReader.ReadText(path);
        RecipeReader.ReadDocument(yaml, path, parser => RecipeReader.ReadEntries(parser, path, "", (key, where) =>
        {
            if (!Keys.Contains(key, StringComparer.Ordinal))
            {
                throw new InputException(
                    $"{where}: a comparison has no key {Escaped.Line(key, 80)}; it has {string.Join(", ", Keys)}. "
                    + "Recipe keys stand under set.");
            }

            if (!found.Add(key))
            {
                throw new InputException($"{where}: {key} is given a second time.");
            }

            file.ReadValue(parser, path, folder, key, where);
        }));
        return file.Base.Length > 0
            ? file
            : throw new InputException($"{path}: base is not set; name the recipe that the variants change.");
    }

    private void ReadValue(IParser parser, string path, string folder, string key, string where)
    {
        switch (key)
        {
            case RecipeKeys.ComparisonBase:
                string text = RecipeReader.ReadScalar(parser, path, key);
                Base = text.Any(char.IsControl)
                    ? throw new InputException($"{where}: base is no path: {Escaped.Line(text, 80)}.")
                    : text;
                break;
            case "seeds":
                const int most = ComparisonPlan.MaxSeeds;
                Seeds = int.TryParse(RecipeReader.ReadScalar(parser, path, key), out int seeds) && seeds is >= 1 and <= most
                    ? seeds
                    : throw new InputException($"{where}: seeds is how many, a whole number from 1 to {most}.");
                break;
            case "set":
                RecipeReader.ReadMapping(parser, path, folder, "", Set);
                break;
            default:
                RecipeReader.ReadEntries(parser, path, key, (name, at) => ReadVariant(parser, path, folder, name, at));
                break;
        }
    }

    private void ReadVariant(IParser parser, string path, string folder, string name, string where)
    {
        if (!ComparisonPlan.IsName(name) || Variants.Exists(v => string.Equals(v.Name, name, StringComparison.OrdinalIgnoreCase)))
        {
            throw new InputException(
                $"{where}: variant {Escaped.Line(name, 80)}: a name is unique, of at most 64 letters, digits, hyphens, underscores and dots.");
        }

        Dictionary<string, GivenValue> values = new(StringComparer.Ordinal);
        RecipeReader.ReadMapping(parser, path, folder, "", values);
        Variants.Add((name, values));
    }
}
