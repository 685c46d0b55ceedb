using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;

namespace Stepwise.Cli;

/// <summary>What is wrong with a command line before any command sees it.</summary>
internal static class CommandLineMistakes
{
    private const int LongestToken = 100;

    /// <summary>A message per mistake; empty values and unknown words hide those that follow from them.</summary>
    public static IEnumerable<string> Of(ParseResult parsed)
    {
        // Help and version hide every mistake.
        if (parsed.Action is not ParseErrorAction && parsed.Action != parsed.CommandResult.Command.Action)
        {
            return [];
        }

        string[] empty = [.. Empty(parsed.CommandResult)];
        if (empty.Length > 0)
        {
            return empty;
        }

        string[] unknown = [.. Unknown(parsed)];
        return unknown.Length > 0 ? unknown : parsed.Action is ParseErrorAction ? parsed.Errors.Select(error => error.Message) : [];
    }

    private static IEnumerable<string> Empty(CommandResult command) => command.Children
        .Where(given => given.Tokens.Any(token => token.Value.Length == 0))
        .Select(given => given switch
        {
            OptionResult { Option: var option } => $"{option.Name} is empty; give {Value(option.HelpName)}, or leave it out.",
            ArgumentResult { Argument: var argument } => $"The {argument.Name} is empty; give {Value(argument.HelpName)}.",
            _ => "",
        });

    private static string Value(string? helpName) => helpName is null ? "a value" : $"a value ({helpName})";

    /// <summary>The parser takes an option it does not know for an argument, where there is room for one.</summary>
    private static IEnumerable<string> Unknown(ParseResult parsed)
    {
        Command command = parsed.CommandResult.Command;
        string[] words = [.. parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(a => a.Tokens).Select(t => t.Value), .. parsed.UnmatchedTokens];
        string[] options = [.. words.Where(word => word.StartsWith('-'))];
        if (options.Length > 0)
        {
            return options.Select(option => Unknown("option", option, command.Options.Select(o => o.Name)));
        }

        return parsed.UnmatchedTokens.Select(word => command.Subcommands.Count > 0
            ? Unknown("command", word, command.Subcommands.Select(c => c.Name))
            : $"{Shown(word)} is one word too many.");
    }

    private static string Unknown(string kind, string word, IEnumerable<string> known)
    {
        string nearest = Spelling.Nearest(word, known);
        return Spelling.IsNear(word, nearest)
            ? $"There is no {kind} {Shown(word)}; the nearest is {nearest}."
            : $"There is no {kind} {Shown(word)}.";
    }

    private static string Shown(string word) => Escaped.Line(word, LongestToken);
}
