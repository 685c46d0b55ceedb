using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;

namespace Stepwise.Cli;

/// <summary>What is wrong with a command line before any command sees it.</summary>
internal static class CommandLineMistakes
{
    private const int LongestToken = 100;
    private const int LongestMessage = 1500;

    /// <summary>A message per mistake; an empty value and unknown words hide those that follow from them.</summary>
    public static IEnumerable<string> Of(ParseResult parsed)
    {
        // Help and version hide every mistake.
        if (parsed.Action is not ParseErrorAction && parsed.Action != parsed.CommandResult.Command.Action)
        {
            return [];
        }

        if (EmptyValues.ErrorOf(parsed) is { } empty)
        {
            return [empty];
        }

        string[] unknown = [.. Unknown(parsed)];
        return unknown.Length > 0 ? unknown
            : parsed.Action is ParseErrorAction ? parsed.Errors.Select(error => Escaped.Line(error.Message, LongestMessage)) : [];
    }

    /// <summary>The parser takes an option it does not know for an argument, where there is room for one.</summary>
    private static IEnumerable<string> Unknown(ParseResult parsed)
    {
        Command command = parsed.CommandResult.Command;
        string[] words = [.. parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(a => a.Tokens).Select(t => t.Value), .. parsed.UnmatchedTokens];
        string[] options = [.. words.Where(word => word.StartsWith('-'))];
        if (options.Length > 0)
        {
            return options.Select(option => Unknown("option", option, command.Options.Select(o => o.Name).DefaultIfEmpty("--help")));
        }

        return parsed.UnmatchedTokens.Select(word => command.Subcommands.Count > 0
            ? Unknown("command", word, command.Subcommands.Select(c => c.Name))
            : $"{Escaped.Line(word, LongestToken)} is one word too many.");
    }

    private static string Unknown(string kind, string word, IEnumerable<string> known)
    {
        string[] near = Nearest.Likely(word, known);
        return $"There is no {kind} {Escaped.Line(word, LongestToken)}"
            + (near.Length > 0 ? $"; the nearest is {string.Join(" or ", near)}." : $"; there are {string.Join(", ", known)}.");
    }
}
