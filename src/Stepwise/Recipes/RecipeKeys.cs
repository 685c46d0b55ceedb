using Stepwise.Options;

namespace Stepwise.Recipes;

/// <summary>The names that a recipe's keys may have, whatever parts it chooses, and what to say of others.</summary>
internal static class RecipeKeys
{
    /// <summary>The keys that only a comparison's file has.</summary>
    public const string ComparisonBase = "base", ComparisonVariants = "variants";

    private static readonly HashSet<string> Names = [.. OptionTree.Names(new Recipe())];

    private static readonly HashSet<string> Lists = [.. OptionTree.Lists(new Recipe())];

    private static readonly HashSet<string> Sections =
        [.. Names.Select(name => name.Split('.')).Where(parts => parts.Length > 1).Select(parts => parts[0])];

    // Keys of earlier versions, and what says the same now.
    private static readonly Dictionary<string, string> Moved = new(StringComparer.Ordinal)
    {
        ["method.surrogate"] = "it is method.loss now: clipped for clipped, cispo for truncated",
        ["method.ratioLevel"] = "it is method.loss now: clipped for token, gspo for sequence",
        ["sft.slip"] = "it is task.slip now, of task.name chained-arithmetic",
        ["sft.idle"] = "it is task.idle now, of task.name chained-arithmetic",
    };

    /// <summary>Whether a recipe may have a key of this name.</summary>
    /// <param name="name">The dotted name.</param>
    public static bool IsKnown(string name) => Names.Contains(name);

    /// <summary>Whether the value of a key may be a list.</summary>
    /// <param name="name">The dotted name.</param>
    public static bool TakesList(string name) => Lists.Contains(name);

    /// <summary>Whether a name is that of a section, the part before the dot.</summary>
    /// <param name="name">The name.</param>
    public static bool IsSection(string name) => Sections.Contains(name);

    /// <summary>What to write in place of a key that is not known: where it has moved to, or the nearest.</summary>
    /// <param name="name">The name that was found.</param>
    public static string Instead(string name) => Moved.GetValueOrDefault(name, $"the nearest is {NearestTo(name)}");

    /// <summary>Whether one of some keys chooses a part in the section of a key, so that the key may belong to the part it replaced.</summary>
    /// <param name="recipe">The recipe, with its chosen parts.</param>
    /// <param name="name">The key.</param>
    /// <param name="given">The keys that may choose.</param>
    public static bool ChoosesPartBeside(Recipe recipe, string name, IEnumerable<string> given)
    {
        string section = name[..(name.IndexOf('.', StringComparison.Ordinal) + 1)];
        return recipe.Keys.Where(key => key.ChoosesPart && key.Name.StartsWith(section, StringComparison.Ordinal))
            .Any(key => given.Contains(key.Name, StringComparer.Ordinal));
    }

    /// <summary>The error for a key that no chosen part has.</summary>
    /// <param name="recipe">The recipe, with its chosen parts.</param>
    /// <param name="name">The key.</param>
    /// <param name="value">What it was given.</param>
    public static InputException NotOf(Recipe recipe, string name, GivenValue value)
    {
        string section = name[..(name.IndexOf('.', StringComparison.Ordinal) + 1)];
        OptionKey[] own = [.. recipe.Keys.Where(key => key.Name.StartsWith(section, StringComparison.Ordinal))];
        string chosen = string.Join(", ", own.Where(key => key.ChoosesPart).Select(key => $"{key.Name} {key.Value}"));
        return new InputException(
            $"{value.Where}: {name} belongs to none of the chosen parts ({chosen}). Choose another, or leave it out; the keys here are "
            + $"{string.Join(", ", own.Select(key => key.Name[section.Length..]))}.");
    }

    /// <summary>The first key of a section.</summary>
    /// <param name="section">The section.</param>
    public static string FirstOf(string section) => Names.First(name => name.StartsWith(section + '.', StringComparison.Ordinal));

    /// <summary>The known key or section nearest to a text, which may be the last part of a key alone, or have another section before it.</summary>
    private static string NearestTo(string text) => Names.Concat(Sections).MinBy(name => (
        text.Contains('.', StringComparison.Ordinal) && name.StartsWith(text[..(text.IndexOf('.', StringComparison.Ordinal) + 1)], StringComparison.Ordinal)
            && Last(name).Contains(Last(text), StringComparison.OrdinalIgnoreCase) ? 0 : 1,
        Math.Min(Nearest.Distance(text, name), Nearest.Distance(Last(text), Last(name)) + (text.Contains('.', StringComparison.Ordinal) ? 1 : 0)),
        Nearest.Distance(text, name)))!;

    private static string Last(string name) => name[(name.LastIndexOf('.') + 1)..];
}
