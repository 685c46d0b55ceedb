using Stepwise.Options;

namespace Stepwise.Recipes;

/// <summary>The names that a recipe's keys may have, whatever parts it chooses, and what to say of others.</summary>
internal static class RecipeKeys
{
    /// <summary>The keys that only a comparison's file has.</summary>
    public const string ComparisonBase = "base", ComparisonVariants = "variants";

    private const string FirstPlace = ".1.";

    private static readonly HashSet<string> Names = [.. OptionTree.Names(new Recipe())];

    private static readonly HashSet<string> Lists = [.. OptionTree.Lists(new Recipe())];

    private static readonly HashSet<string> PartLists =
        [.. Names.Select(name => name.Split(FirstPlace)).Where(parts => parts.Length > 1).Select(parts => parts[0])];

    private static readonly HashSet<string> Sections =
        [.. Names.SelectMany(name => Enumerable.Range(0, name.Length).Where(i => name[i] == '.').Select(i => name[..i]))];

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
    public static bool IsKnown(string name) => Names.Contains(OptionWays.AtFirstPlace(name));

    /// <summary>Whether the value of a key may be a list.</summary>
    /// <param name="name">The dotted name.</param>
    public static bool TakesList(string name) => Lists.Contains(OptionWays.AtFirstPlace(name));

    /// <summary>Whether a name is that of a section, the part before a dot.</summary>
    /// <param name="name">The name.</param>
    public static bool IsSection(string name) => Sections.Contains(name);

    /// <summary>Whether a name is that of a list of parts, which have keys each.</summary>
    /// <param name="name">The name.</param>
    public static bool IsPartList(string name) => PartLists.Contains(OptionWays.AtFirstPlace(name));

    /// <summary>What to write in place of a key that is not known: where it has moved to, the nearest, or what there is where none is near.</summary>
    /// <param name="name">The name that was found.</param>
    public static string Instead(string name)
    {
        if (Moved.TryGetValue(name, out string? place))
        {
            return place;
        }

        string nearest = NearestTo(name), section = name.Split('.')[0] + '.';
        int distance = Math.Min(Nearest.Distance(name, nearest), Nearest.Distance(Last(name), Last(nearest)));
        if (distance <= Math.Max(2, Last(name).Length / 3) || Last(nearest).Contains(Last(name), StringComparison.OrdinalIgnoreCase))
        {
            return $"the nearest is {nearest}";
        }

        string[] own = [.. Names.Where(known => known.StartsWith(section, StringComparison.Ordinal)).Select(known => known[section.Length..])];
        return own.Length > 0 ? $"{section[..^1]} has {string.Join(", ", own)}" : "stepwise recipe lists those there are";
    }

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
        Dictionary<string, string> chosen = recipe.Keys.Where(key => key.ChoosesPart)
            .ToDictionary(key => key.Name, key => key.Value, StringComparer.Ordinal);

        // Of every way to the key the first choice that is another here; of the ways that agree longest, the parts they take there.
        (int Depth, string Choice, string Part)[] missed =
        [
            .. OptionWays.To(new Recipe(), name).Select(way =>
            {
                int depth = Array.FindIndex(way, step => !string.Equals(chosen.GetValueOrDefault(step.Choice), step.Part, StringComparison.Ordinal));
                return (depth, way[depth].Choice, way[depth].Part);
            }),
        ];
        int deepest = missed.Max(found => found.Depth);
        ILookup<string, string> parts = missed.Where(found => found.Depth == deepest).Distinct()
            .ToLookup(found => found.Choice, found => found.Part, StringComparer.Ordinal);
        string of = string.Join(", or of ", parts.Select(choice => $"{choice.Key} {string.Join(" or ", choice)}"));
        string here = string.Join(", ", parts.Select(choice => $"{choice.Key} is {chosen[choice.Key]}"));
        IEnumerable<string> keys = recipe.Keys.Where(key => key.Name.StartsWith(section, StringComparison.Ordinal)).Select(key => key.Name[section.Length..]);
        return new InputException(
            $"{value.Where}: {name} is a key of {of}, and {here}. Choose that, or leave the key out; the keys here are {string.Join(", ", keys)}.");
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
