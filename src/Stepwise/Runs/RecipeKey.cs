using System.Globalization;
using System.Text.Json;

namespace Stepwise.Runs;

/// <summary>One key of a recipe: its name, unit, range, default and help, and how it is read and written.</summary>
public sealed class RecipeKey
{
    private const string None = "none";

    private readonly Func<Recipe, string> read;
    private readonly Func<Recipe, RecipeValue, Recipe?> write;

    private RecipeKey(
        string name, string unit, string allowed, string help, Func<Recipe, string> read, Func<Recipe, RecipeValue, Recipe?> write)
    {
        Name = name;
        Unit = unit;
        Allowed = allowed;
        Help = help;
        this.read = read;
        this.write = write;
        Default = read(new Recipe());
    }

    /// <summary>The dotted name.</summary>
    public string Name { get; }

    /// <summary>The unit; empty for a plain number or a word.</summary>
    public string Unit { get; }

    /// <summary>The values that are allowed, for people.</summary>
    public string Allowed { get; }

    /// <summary>The default as it is written in a recipe; empty where the key must be given.</summary>
    public string Default { get; }

    /// <summary>What it is, in one line.</summary>
    public string Help { get; }

    /// <summary>Whether its value is a path.</summary>
    internal bool IsPath { get; private init; }

    /// <summary>The value of the key in a recipe, as YAML.</summary>
    /// <param name="recipe">The recipe.</param>
    public string Show(Recipe recipe) => read(recipe);

    /// <summary>The recipe with this key set.</summary>
    /// <exception cref="InputException">The value is not allowed.</exception>
    internal Recipe Apply(Recipe recipe, RecipeValue value) =>
        write(recipe, value) ?? throw new InputException(
            $"{value.Where}: {Name} is {Quoted.Of(value.Text)}; allowed is {Allowed}"
            + (Unit.Length > 0 ? $" ({Unit})." : "."));

    internal static RecipeKey Whole(
        string name, string unit, int low, int high, string help, Func<Recipe, int> get, Func<Recipe, int, Recipe> set) =>
        new(name, unit, $"a whole number from {low} to {high}", help, r => get(r).ToString(CultureInfo.InvariantCulture), (r, v) =>
            int.TryParse(v.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int n) && n >= low && n <= high
                ? set(r, n)
                : null);

    internal static RecipeKey Seed(string name, string help, Func<Recipe, ulong> get, Func<Recipe, ulong, Recipe> set) =>
        new(name, "", $"a whole number from 0 to {ulong.MaxValue}", help, r => get(r).ToString(CultureInfo.InvariantCulture), (r, v) =>
            ulong.TryParse(v.Text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong n) ? set(r, n) : null);

    /// <summary>A number in a range; <paramref name="open"/> holds a bracket <c>(</c> or <c>)</c> for each end that is excluded.</summary>
    internal static RecipeKey Number(
        string name, string unit, double low, double high, string open, string help, Func<Recipe, double> get,
        Func<Recipe, double, Recipe> set)
    {
        Range range = new(low, high, open);
        return new(name, unit, range.Text, help, r => Number(get(r)), (r, v) => range.Read(v.Text) is { } n ? set(r, n) : null);
    }

    /// <summary>A number in a range, or the word <c>none</c>.</summary>
    internal static RecipeKey OptionalNumber(
        string name, string unit, double low, double high, string open, string help, Func<Recipe, double?> get,
        Func<Recipe, double?, Recipe> set)
    {
        Range range = new(low, high, open);
        return new(name, unit, $"{range.Text}, or {None}", help, r => get(r) is { } n ? Number(n) : None, (r, v) =>
            v.Text is None ? set(r, null) : range.Read(v.Text) is { } n ? set(r, n) : null);
    }

    internal static RecipeKey Flag(string name, string help, Func<Recipe, bool> get, Func<Recipe, bool, Recipe> set) =>
        new(name, "", "true or false", help, r => get(r) ? "true" : "false", (r, v) => v.Text switch
        {
            "true" => set(r, true),
            "false" => set(r, false),
            _ => null,
        });

    /// <summary>One of a few words: the members of an enumeration in lower case with hyphens.</summary>
    internal static RecipeKey Word<T>(string name, string help, Func<Recipe, T> get, Func<Recipe, T, Recipe> set)
        where T : struct, Enum =>
        Word(name, help, [.. Enum.GetValues<T>().Select(Hyphenated)], r => Hyphenated(get(r)), (r, word) =>
            set(r, Enum.GetValues<T>().First(member => string.Equals(Hyphenated(member), word, StringComparison.Ordinal))));

    internal static RecipeKey Word(
        string name, string help, IReadOnlyList<string> words, Func<Recipe, string> get, Func<Recipe, string, Recipe> set) =>
        new(name, "", string.Join(" | ", words), help, get, (r, v) =>
            words.Contains(v.Text, StringComparer.Ordinal) ? set(r, v.Text) : null);

    /// <summary>One or more of the members of an enumeration of flags, in snake case with blanks between them; each at most once.</summary>
    internal static RecipeKey Words<T>(string name, string help, Func<Recipe, T> get, Func<Recipe, T, Recipe> set)
        where T : struct, Enum
    {
        (string Word, int Flag)[] known = [.. Enum.GetValues<T>()
            .Select(member => (JsonNamingPolicy.SnakeCaseLower.ConvertName(member.ToString()), Convert.ToInt32(member, CultureInfo.InvariantCulture)))
            .Where(member => int.IsPow2(member.Item2))];
        return new(
            name, "", $"some of {string.Join(' ', known.Select(k => k.Word))}, with blanks between them", help,
            r => string.Join(' ', known.Where(k => get(r).HasFlag((T)Enum.ToObject(typeof(T), k.Flag))).Select(k => k.Word)),
            (r, v) =>
            {
                string[] words = v.Text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                return words.Length > 0 && words.Distinct(StringComparer.Ordinal).Count() == words.Length
                    && words.All(w => known.Any(k => string.Equals(k.Word, w, StringComparison.Ordinal)))
                    ? set(r, (T)Enum.ToObject(typeof(T), known.Where(k => words.Contains(k.Word, StringComparer.Ordinal)).Sum(k => k.Flag)))
                    : null;
            });
    }

    internal static RecipeKey Text(
        string name, string allowed, string help, Func<string, bool> isAllowed, Func<Recipe, string> get,
        Func<Recipe, string, Recipe> set) =>
        new(name, "", allowed, help, r => YamlText(get(r)), (r, v) => isAllowed(v.Text) ? set(r, v.Text) : null);

    /// <summary>
    /// A path, held in full; the word <paramref name="none"/> stands for no path and is empty where one must be given. Where names stand
    /// for paths too, <paramref name="locate"/> knows them.
    /// </summary>
    internal static RecipeKey FilePath(
        string name, string allowed, string none, string help, Func<Recipe, string?> get, Func<Recipe, string?, Recipe> set,
        Func<string, string, string>? locate = null) =>
        new(name, "", allowed, help, r => get(r) is { Length: > 0 } path ? YamlText(path) : none, (r, v) =>
            v.Text.Length == 0 || v.Text.Any(IsLineBreaking) ? null
            : string.Equals(v.Text, none, StringComparison.Ordinal) ? set(r, null)
            : set(r, (locate ?? Path.GetFullPath)(v.Text, v.Folder)))
        {
            IsPath = true,
        };

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private static string Hyphenated<T>(T member)
        where T : struct, Enum => JsonNamingPolicy.KebabCaseLower.ConvertName(member.ToString());

    private static string YamlText(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    /// <summary>Whether a character cannot stand in one line of YAML.</summary>
    private static bool IsLineBreaking(char c) =>
        char.IsControl(c) || char.GetUnicodeCategory(c) is UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;

    /// <summary>A range of numbers; <paramref name="Open"/> holds a bracket for each end that is excluded.</summary>
    private readonly record struct Range(double Low, double High, string Open)
    {
        private bool LowOpen => Open.Contains('(', StringComparison.Ordinal);

        private bool HighOpen => Open.Contains(')', StringComparison.Ordinal);

        public string Text => $"a number {(LowOpen ? "above" : "from")} {Number(Low)} {(HighOpen ? "to below" : "to")} {Number(High)}";

        public double? Read(string text) =>
            double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double n)
            && (LowOpen ? n > Low : n >= Low) && (HighOpen ? n < High : n <= High)
                ? n + 0.0 // −0 is 0.
                : null;
    }
}
