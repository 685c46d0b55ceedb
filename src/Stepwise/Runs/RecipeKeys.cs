using Stepwise.Options;

namespace Stepwise.Runs;

/// <summary>The names that a recipe's keys may have, whatever parts it chooses, and what to say of others.</summary>
internal static class RecipeKeys
{
    private static readonly HashSet<string> Names = [.. OptionTree.Names(new Recipe())];

    private static readonly HashSet<string> Sections =
        [.. Names.Select(name => name.Split('.')).Where(parts => parts.Length > 1).Select(parts => parts[0])];

    // Keys of earlier versions, and what says the same now.
    private static readonly Dictionary<string, string> Moved = new(StringComparer.Ordinal)
    {
        ["method.surrogate"] = "method.loss says it now: clipped, or cispo for truncated",
        ["method.ratioLevel"] = "method.loss says it now: clipped for token, gspo for sequence",
    };

    /// <summary>Whether a recipe may have a key of this name.</summary>
    /// <param name="name">The dotted name.</param>
    public static bool IsKnown(string name) => Names.Contains(name);

    /// <summary>Whether a name is that of a section, the part before the dot.</summary>
    /// <param name="name">The name.</param>
    public static bool IsSection(string name) => Sections.Contains(name);

    /// <summary>What to write in place of a key that is not known: where it has moved to, or the nearest.</summary>
    /// <param name="name">The name that was found.</param>
    public static string Instead(string name) => Moved.GetValueOrDefault(name, $"the nearest is {Nearest(name)}");

    /// <summary>The error for a key that no chosen part has.</summary>
    /// <param name="recipe">The recipe, with its chosen parts.</param>
    /// <param name="name">The key.</param>
    /// <param name="value">What it was given.</param>
    public static InputException NotOf(Recipe recipe, string name, GivenValue value)
    {
        string section = name[..(name.IndexOf('.', StringComparison.Ordinal) + 1)];
        OptionKey[] own = [.. recipe.Keys.Where(key => key.Name.StartsWith(section, StringComparison.Ordinal))];
        string chosen = string.Join(", ", own.Where(key => key.Allowed.Contains(" | ", StringComparison.Ordinal)).Take(4).Select(key => $"{key.Name} {key.Value}"));
        return new InputException(
            $"{value.Where}: {name} belongs to none of the chosen parts ({chosen}). Choose another, or leave it out; the keys here are "
            + $"{string.Join(", ", own.Select(key => key.Name[section.Length..]))}.");
    }

    /// <summary>The known key or section nearest to a text: fewest characters inserted, deleted or replaced, the first of equals.</summary>
    private static string Nearest(string name)
    {
        // A longer text is nearest to nothing; its length must not decide how long an error takes.
        string text = name.Length <= 64 ? name : name[..64];
        return Names.Concat(Sections).MinBy(known => Distance(text, known))!;
    }

    /// <summary>Levenshtein's distance without regard to case.</summary>
    private static int Distance(string left, string right)
    {
        int[] row = [.. Enumerable.Range(0, right.Length + 1)];
        for (int i = 1; i <= left.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= right.Length; j++)
            {
                bool same = char.ToLowerInvariant(left[i - 1]) == char.ToLowerInvariant(right[j - 1]);
                int replaced = diagonal + (same ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, 1 + Math.Min(row[j], row[j - 1]));
            }
        }

        return row[right.Length];
    }
}
