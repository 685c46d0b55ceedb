using System.CommandLine;
using System.Globalization;
using Stepwise.Runs;

namespace Stepwise.Cli;

/// <summary>The argument and options by which a command is given a recipe.</summary>
/// <param name="bundled">The file under <c>recipes/</c> that is taken where none is named; <see langword="null"/> for the defaults.</param>
internal sealed class RecipeOptions(string? bundled)
{
    public Argument<string?> Path { get; } = new("recipe")
    {
        Description = bundled is null ? "The recipe to show; without one, the defaults." : $"The recipe to run; without one, recipes/{bundled}.",
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
    public Recipe Load(ParseResult parsed, params IEnumerable<string> more) =>
        Recipe.Load(FileOf(parsed)!, [.. Overrides(parsed), .. more], dropped => NoteDropped(parsed, dropped));

    /// <summary>Reads the recipe to look at it.</summary>
    /// <exception cref="InputException">See <see cref="Recipe.LoadUnchecked"/>.</exception>
    public Recipe LoadUnchecked(ParseResult parsed) =>
        Recipe.LoadUnchecked(FileOf(parsed), Overrides(parsed), dropped => NoteDropped(parsed, dropped));

    private static void NoteDropped(ParseResult parsed, IReadOnlyList<string> dropped) => Terminal.Of(parsed).Error.WriteLine(
        $"Note: another method.name than the recipe's drops what the recipe sets for its own: {string.Join(", ", dropped)}.");

    private string? FileOf(ParseResult parsed) => parsed.GetValue(Path) ?? (bundled is null ? null : Bundled(bundled));

    private List<string> Overrides(ParseResult parsed)
    {
        List<string> overrides = [.. parsed.GetValue(Set) ?? []];
        if (parsed.GetValue(Seed) is { } seed)
        {
            overrides.Add($"seed={seed.ToString(CultureInfo.InvariantCulture)}");
        }

        return overrides;
    }

    /// <summary>A recipe of the working directory, or else the one that came with the program.</summary>
    private static string Bundled(string file)
    {
        string here = System.IO.Path.Combine("recipes", file);
        return File.Exists(here) ? here : System.IO.Path.Combine(AppContext.BaseDirectory, here);
    }
}
