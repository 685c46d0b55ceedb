using System.Text.RegularExpressions;

namespace Stepwise.Answers.Mathematics;

/// <summary>Finds the text of the final answer in a response.</summary>
/// <remarks>
/// An answer is stated by a mark:
/// <list type="number">
/// <item><c>\boxed{…}</c>; boxes with only a comma, "and" or "or" between them make a list; one that is not closed holds no answer;</item>
/// <item><c>&lt;answer>…&lt;/answer></c>;</item>
/// <item><c>####</c> and the rest of the line;</item>
/// <item>"answer is", "answer:" and their like, and the rest of the sentence, or what stands in dollars there.</item>
/// </list>
/// The last mark decides, whatever its form; in a response that was cut off, the last whose statement is complete. A number that is taken back
/// (<c>not 18</c>, <c>18 is wrong</c>) is no answer. Without a mark, a response of one line that can be read as an answer is one as a whole; else its
/// last number counts by the rules of <see cref="FinalAnswer"/>, if it was not cut off.
/// </remarks>
internal static partial class Extraction
{
    // What stands behind a mark beyond this is no answer that a reader would look for.
    private const int MaxStatement = Spelling.MaxLength;

    /// <summary>The text of the final answer; <see langword="null"/> where there is none.</summary>
    /// <param name="response">The response.</param>
    /// <param name="truncated">Whether it was cut off.</param>
    public static string? Find(string response, bool truncated)
    {
        MatchCollection marks = Marks().Matches(response);
        for (int i = marks.Count - 1; i >= 0; i--)
        {
            Match mark = marks[i];
            int start = mark.Index + mark.Length;
            (string? text, int end) = mark switch
            {
                _ when mark.Groups["box"].Success => Boxes(response, marks, i),
                _ when mark.Groups["tag"].Success => Tagged(response, start),
                _ when mark.Groups["line"].Success => Line(response, start),
                _ => Phrase(response, start),
            };
            bool heading = mark.Groups["line"].Success && text is not null && end < response.Length && text.TrimStart(' ', '*') is [>= 'A' and <= 'z', ..];
            if ((truncated && end >= response.Length) || string.IsNullOrWhiteSpace(text) && !mark.Groups["box"].Success || heading)
            {
                continue;
            }

            return text is null || IsWithdrawn(text, response, mark.Index) ? null : text;
        }

        return truncated ? null : Unmarked(response);
    }

    private static string? Unmarked(string response)
    {
        string text = response.Trim();
        if (text.Length <= Spelling.MaxLength && (!text.Contains('\n', StringComparison.Ordinal) || text.Contains("\\begin", StringComparison.Ordinal)))
        {
            MathAnswer whole = MathAnswer.Read(text);
            if (whole.Unread is null || !text.Contains(' ', StringComparison.Ordinal))
            {
                return text;
            }
        }

        return FinalAnswer.Find(response, truncated: false).Answer?.Text ?? (text.Length <= Statement.MaxLength && text.Length > 0 ? text : null);
    }

    private static bool IsWithdrawn(string text, string response, int position)
    {
        FinalAnswer? number = FinalAnswer.Read(Spelling.Unwrapped(text));
        return number is not null && Withdrawal.IsOf(number with { Position = position }, response);
    }

    /// <summary>What a box holds, and the boxes joined to it.</summary>
    private static (string? Text, int End) Boxes(string response, MatchCollection marks, int index)
    {
        int start = marks[index].Index + marks[index].Length, close = Close(response, start);
        if (close < 0)
        {
            return (null, response.Length);
        }

        string text = response[start..close];
        for (int i = index - 1, next = marks[index].Index; i >= 0 && marks[i].Groups["box"].Success; i--)
        {
            int open = marks[i].Index + marks[i].Length, end = Close(response, open);
            if (end < 0 || end >= next || !Between().IsMatch(response[(end + 1)..next]))
            {
                break;
            }

            text = $"{response[open..end]}, {text}";
            next = marks[i].Index;
        }

        return (text, close + 1);
    }

    private static int Close(string text, int start)
    {
        int depth = 1;
        for (int i = start; i < Math.Min(text.Length, start + MaxStatement); i++)
        {
            bool escaped = text[i - 1] == '\\';
            depth += text[i] == '{' && !escaped ? 1 : text[i] == '}' && !escaped ? -1 : 0;
            if (depth == 0)
            {
                return i;
            }
        }

        return -1;
    }

    private static (string? Text, int End) Tagged(string response, int start)
    {
        int end = response.IndexOf("</answer>", start, StringComparison.OrdinalIgnoreCase);
        return end < 0 ? (null, response.Length) : (response[start..end], end);
    }

    private static (string? Text, int End) Line(string response, int start)
    {
        int end = response.IndexOf('\n', start);
        end = end < 0 ? response.Length : end;
        return (response[start..end], end);
    }

    /// <summary>The rest of a sentence, on this line or the next; of a sentence that begins with mathematics in dollars, that alone.</summary>
    private static (string? Text, int End) Phrase(string response, int start)
    {
        while (start < response.Length && response[start] is ' ' or '\n' or '\r' or ':' or '*')
        {
            start++;
        }

        int end = start;
        bool dollars = false;
        while (end < response.Length && end - start < MaxStatement && (response[end] != '\n' || dollars) && !(IsSentenceEnd(response, end) && !dollars))
        {
            dollars ^= response[end] == '$' && (end == 0 || response[end - 1] != '\\') && response.IndexOf('$', end + 1) is >= 0;
            end++;
        }

        string text = response[start..end];
        Match reason = Reason().Match(text);
        return (reason.Success ? text[..reason.Index] : text, end);
    }

    /// <summary>A period before white space and a capital, or at the end.</summary>
    private static bool IsSentenceEnd(string text, int index)
    {
        if (text[index] is not ('.' or '!' or '?' or '。'))
        {
            return false;
        }

        int next = index + 1;
        while (next < text.Length && text[next] is ' ' or '*' or '$' or '"')
        {
            next++;
        }

        return next < text.Length && next > index + 1 && char.IsUpper(text[next]) && !(text[index] == '!' && index > 0 && char.IsAsciiDigit(text[index - 1]) && text[index + 1] != ' ')
            && !(char.IsAsciiLetterUpper(text[index - 1]) && index >= 2 && text[index - 2] is ' ' or '(' && text[index] == '.');
    }

    [GeneratedRegex(
        @"(?<line>\#{4,})|(?<box>\\f?box(?:ed)?\s{0,4}\{)|(?<tag><answer>)|\banswer\b[*_]{0,4}(?:\s(?:to|of|for|in)\s[^.,!?\n:=\d]{1,80}?|,\s(?:then|therefore|thus|so),|\s\([^()\n\d]{1,40}\))?\s{0,4}[*_]{0,4}"
        + @"(?:[:=]|\b(?:is|was|equals|(?:should|would|will|must|has\sto)\sbe|becomes|turns\sout\sto\sbe|comes\s(?:out\s)?to)\b)|答案(?:是|为|：|:)",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: -1)]
    private static partial Regex Marks();

    [GeneratedRegex(@"^[\s$,*]*(?:and|or|\\text\{\s?(?:and|or)\s?\})?[\s$,*]*$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: -1)]
    private static partial Regex Between();

    [GeneratedRegex(@",?\s(?:because|since|so|therefore|thus|hence|which|where|given)\s", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: -1)]
    private static partial Regex Reason();
}
