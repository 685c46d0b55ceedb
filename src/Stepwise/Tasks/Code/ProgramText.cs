using System.Text.RegularExpressions;

namespace Stepwise.Tasks.Code;

/// <summary>Finds the program in a response.</summary>
/// <remarks>
/// In this order: (1) thinking is set apart: the text after the last <c>&lt;/think&gt;</c>, and nothing where <c>&lt;think&gt;</c> is not
/// closed; (2) the last fenced block marked with the language; (3) the last fenced block; (4) the whole text. A block without an end counts
/// where the response ended by itself; of a response that was cut off only a closed block counts, as the rest may be half a program.
/// Fences are lines of three or more backticks, or tildes, and end with a line of as many; each line is looked at once.
/// </remarks>
internal static partial class ProgramText
{
    private const string Open = "<think>", Close = "</think>";

    /// <summary>The program, or <see langword="null"/> where there is none.</summary>
    /// <param name="response">The response.</param>
    /// <param name="truncated">Whether it was cut off by a length limit.</param>
    /// <param name="fences">What blocks of the language are marked with.</param>
    public static string? Find(string response, bool truncated, IReadOnlyList<string> fences)
    {
        int thought = response.LastIndexOf(Close, StringComparison.Ordinal);
        string text = thought >= 0 ? response[(thought + Close.Length)..]
            : response.IndexOf(Open, StringComparison.Ordinal) is >= 0 and int opened ? response[..opened]
            : response;
        List<Block> blocks = [.. Blocks(text).Where(block => block.Closed || !truncated)];
        string? found = blocks.FindLast(block => fences.Contains(block.Mark, StringComparer.OrdinalIgnoreCase))?.Code
            ?? blocks.LastOrDefault()?.Code
            ?? (truncated ? null : text);
        return string.IsNullOrWhiteSpace(found) ? null : found;
    }

    private static IEnumerable<Block> Blocks(string text)
    {
        string? fence = null;
        string mark = "";
        int start = 0;
        for (int at = 0; at < text.Length;)
        {
            int feed = text.IndexOf('\n', at);
            int next = feed < 0 ? text.Length : feed + 1;
            Match match = Fence().Match(text[at..next].TrimEnd());
            if (fence is null && match.Success)
            {
                (fence, mark, start) = (match.Groups["fence"].Value, match.Groups["mark"].Value, next);
            }
            else if (fence is not null && match.Success && match.Groups["rest"].Length == 0
                && match.Groups["fence"].Value.StartsWith(fence, StringComparison.Ordinal))
            {
                yield return new(mark, text[start..at], Closed: true);
                fence = null;
            }

            at = next;
        }

        if (fence is not null)
        {
            yield return new(mark, text[start..], Closed: false);
        }
    }

    [GeneratedRegex(@"^ {0,3}(?<fence>`{3,}|~{3,})(?<rest>[ \t]*(?<mark>[^\s`]*)[^`]*)$", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Fence();

    private sealed record Block(string Mark, string Code, bool Closed);
}
