using System.CommandLine;
using System.Globalization;
using Stepwise.Files;
using Stepwise.Recipes;

namespace Stepwise.Cli;

/// <summary>The argument and options by which a command is given a recipe.</summary>
/// <param name="shipped">The name of the recipe that is taken where none is named; <see langword="null"/> for the defaults.</param>
/// <param name="otherwise">What <paramref name="shipped"/> stands for, for people, where it is <see langword="null"/>.</param>
internal sealed class RecipeOptions(string? shipped, string otherwise = "the defaults")
{
    private const int LongestNote = 1500;

    public Argument<string?> Path { get; } = new("recipe")
    {
        Description = $"The recipe: a file, or the name of one that comes with the program; without one, {shipped ?? otherwise}.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    public Option<string[]> Set { get; } = new("--set")
    {
        Description = "A recipe key with another value, for example training.steps=50; may be given several times (stepwise recipe lists the keys).",
        HelpName = "key=value",
        Arity = ArgumentArity.OneOrMore,
    };

    public Option<ulong?> Seed { get; } = CommonOptions.Seed("The seed, as recipe key seed.");

    /// <summary>Whether the command line names a recipe or changes one.</summary>
    public bool IsGiven(ParseResult parsed) =>
        parsed.GetResult(Path) is { Tokens.Count: > 0 } || parsed.GetResult(Set) is not null || parsed.GetResult(Seed) is not null;

    /// <summary>Reads the recipe.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="more">Texts <c>key=value</c> that other options stand for.</param>
    /// <exception cref="InputException">See <see cref="Recipe.Load"/>.</exception>
    public Recipe Load(ParseResult parsed, params IEnumerable<string> more) => Load(parsed, FileOf(parsed)!, more);

    /// <summary>Reads another recipe as the command line changes it.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="file">The recipe.</param>
    /// <param name="more">As in <see cref="Load(ParseResult, IEnumerable{string})"/>.</param>
    /// <exception cref="InputException">See <see cref="Recipe.Load"/>.</exception>
    public Recipe Load(ParseResult parsed, string file, params IEnumerable<string> more) =>
        Recipe.Load(file, [.. Overrides(parsed), .. more], dropped => NoteDropped(parsed, dropped), note => Note(parsed, note));

    /// <summary>Reads the recipe to look at it.</summary>
    /// <exception cref="InputException">See <see cref="Recipe.LoadUnchecked"/>.</exception>
    /// <param name="parsed">The command line.</param>
    /// <param name="more">As in <see cref="Load(ParseResult, IEnumerable{string})"/>.</param>
    public Recipe LoadUnchecked(ParseResult parsed, params IEnumerable<string> more) =>
        Recipe.LoadUnchecked(FileOf(parsed), [.. Overrides(parsed), .. more], dropped => NoteDropped(parsed, dropped));

    /// <summary>Tells the user what was chosen for them.</summary>
    public static void Note(ParseResult parsed, string note) => Terminal.Of(parsed).Error.WriteLine($"Note: {Escaped.Line(note, LongestNote)}");

    private static void NoteDropped(ParseResult parsed, IReadOnlyList<string> dropped) =>
        Note(parsed, $"another method or task than the recipe's drops what the recipe sets for its own: {string.Join(", ", dropped)}.");

    private string? FileOf(ParseResult parsed) => (parsed.GetValue(Path) ?? shipped) is { } name ? Shipped.Recipe(name) : null;

    private List<string> Overrides(ParseResult parsed)
    {
        List<string> overrides = [.. parsed.GetValue(Set) ?? []];
        if (parsed.GetValue(Seed) is { } seed)
        {
            overrides.Add($"seed={seed.ToString(CultureInfo.InvariantCulture)}");
        }

        return overrides;
    }
}
