using System.CommandLine;
using Stepwise.Files;

namespace Stepwise.Cli;

/// <summary>How every command is given a policy.</summary>
internal static class ModelOptions
{
    private const string Description = $"{PolicyPath.Allowed}; or starter, which comes with the program";

    /// <summary>The argument.</summary>
    public static Argument<string> Argument() => new("model") { Description = Sentence("The policy"), HelpName = "model" };

    /// <summary>The option; not given where <paramref name="fallback"/> says what is taken then.</summary>
    public static Option<string?> Option(string? fallback = null) => new("--model")
    {
        Description = Sentence(fallback is null ? "The policy" : $"The policy (default: {fallback})"),
        HelpName = "model",
        Required = fallback is null,
    };

    /// <summary>What to load the policy from.</summary>
    /// <exception cref="InputException">See <see cref="PolicyPath.Resolve(string, Action{string}?)"/>.</exception>
    public static string Resolve(ParseResult parsed, string name) => PolicyPath.Resolve(name, note => RecipeOptions.Note(parsed, note));

    private static string Sentence(string opening) => $"{opening}: {Description}.";
}
