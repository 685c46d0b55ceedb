using System.CommandLine;
using System.CommandLine.Parsing;

namespace Stepwise.Cli;

/// <summary>Finds what was given and is empty, as an unset variable of a script leaves it: no option and no argument takes that.</summary>
internal static class EmptyValues
{
    /// <summary>The error, or <see langword="null"/> where every value has a text.</summary>
    public static string? ErrorOf(ParseResult parsed) => parsed.CommandResult.Children
        .Where(result => result.Tokens.Any(token => token.Value.Length == 0))
        .Select(result => result switch
        {
            OptionResult option => option.Option.Name,
            ArgumentResult argument => $"<{argument.Argument.Name}>",
            _ => "a command",
        })
        .Select(name => $"{name} is empty. Give it a value, or leave it out.").FirstOrDefault();
}
