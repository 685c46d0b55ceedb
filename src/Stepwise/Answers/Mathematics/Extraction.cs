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

    // Some 60,000 tokens: only the end of a longer response is looked at.
    private const int MaxResponse = 1 << 18;

    private const int MaxBoxes = 20;

    /// <summary>The text of the final answer; <see langword="null"/> where there is none.</summary>
    /// <param name="response">The response.</param>
    /// <param name="truncated">Whether it was cut off.</param>
    public static string? Find(string response, bool truncated)
    {
        response = response.Length > MaxResponse ? response[^MaxResponse..] : response;
        Reading number = FinalAnswer.Find(response, truncated);
        MatchCollection marks = Statement.MarkForms().Matches(response);
        for (int i = marks.Count - 1; i >= 0; i--)
        {
            bool decided = number.StatedAt == marks[i].Index;
            Stated stated = Read(response, marks, i);
            bool open = truncated && !stated.Closed && !decided;
            if (open || IsHeading(stated, number, marks[i], response)
                || (string.IsNullOrWhiteSpace(stated.Text) && stated.Form is not (Form.Box or Form.Boxes)))
            {
                continue;
            }

            bool denied = marks[i].Groups["no"].Success || stated.Text?.TrimStart().StartsWith("not ", StringComparison.OrdinalIgnoreCase) == true;
            return stated.Text is not { } text || denied ? number.Answer?.Text : Settled(text, number, decided, stated, response, marks[i].Index);
        }

        return truncated ? null : Unmarked(response, number);
    }

    /// <param name="Text">What is stated.</param>
    /// <param name="Closed">Whether it ends before the response does.</param>
    /// <param name="Form">The mark's form.</param>
    private readonly record struct Stated(string? Text, bool Closed, Form Form);

    private enum Form
    {
        Box,
        Boxes,
        Tag,
        Line,
        Phrase,
    }

    private static Stated Read(string response, MatchCollection marks, int index)
    {
        Match mark = marks[index];
        int start = mark.Index + mark.Length;
        return mark switch
        {
            _ when mark.Groups["box"].Success => Boxes(response, marks, index),
            _ when mark.Groups["tag"].Success => Tagged(response, start),
            _ when mark.Groups["line"].Success => Line(response, start),
            _ => Phrase(response, start),
        };
    }

    /// <summary>A marked line that is a heading, or a phrase that only comments on an answer that was stated before.</summary>
    private static bool IsHeading(Stated stated, Reading number, Match mark, string response)
    {
        bool before = number.StatedAt is { } at && at < mark.Index;
        return stated switch
        {
            { Form: Form.Line, Text: { } line } => number.StatedAt != mark.Index && ((before && line.Any(char.IsAsciiDigit))
                || (Heading().IsMatch(line) && !response.AsSpan(mark.Index + mark.Length + line.Length).IsWhiteSpace())),
            { Form: Form.Phrase, Text: { } phrase } => Comment().IsMatch(phrase) || (before && MathAnswer.Read(phrase) is { IsWords: true }),
            _ => false,
        };
    }

    /// <summary>
    /// What is stated, if it can be read; else the number that it states by the rules of <see cref="FinalAnswer"/>. These rules alone say
    /// whether a plain number in a box is the answer, for what stands beside it: <c>2\boxed{9}</c>, <c>not \boxed{9}</c>.
    /// </summary>
    private static string? Settled(string text, Reading number, bool decided, Stated stated, string response, int position)
    {
        bool read = MathAnswer.Read(text).Unread is null;
        if (stated.Form == Form.Box && FinalAnswer.Read(text) is not null)
        {
            return decided && read && number.Answer is not null ? text : number.Answer?.Text;
        }

        return read ? IsWithdrawn(text, response, position) ? null : text : decided ? number.Answer?.Text ?? text : text;
    }

    private static string? Unmarked(string response, Reading number)
    {
        string text = response.Trim();
        bool single = text.Length <= Spelling.MaxLength
            && (!text.Contains('\n', StringComparison.Ordinal) || text.Contains("\\begin", StringComparison.Ordinal));
        return single && MathAnswer.Read(text).Unread is null ? text
            : number.Answer?.Text ?? (text.Length is > 0 and <= Statement.MaxLength ? text : null);
    }

    private static bool IsWithdrawn(string text, string response, int position)
    {
        FinalAnswer? number = FinalAnswer.Read(Spelling.Unwrapped(text));
        return number is not null && Withdrawal.IsOf(number with { Position = position }, response);
    }

    /// <summary>What a box holds, and the boxes joined to it.</summary>
    private static Stated Boxes(string response, MatchCollection marks, int index)
    {
        int start = marks[index].Index + marks[index].Length, close = Braces.Close(response, start, MaxStatement);
        if (close < 0)
        {
            return new(null, Closed: false, Form.Box);
        }

        Form form = Form.Box;
        string text = response[start..close];
        for (int i = index - 1, next = marks[index].Index; i >= Math.Max(0, index - MaxBoxes) && marks[i].Groups["box"].Success; i--)
        {
            int open = marks[i].Index + marks[i].Length, end = Braces.Close(response, open, MaxStatement);
            if (end < 0 || end >= next || !Between().IsMatch(response[(end + 1)..next]))
            {
                break;
            }

            text = $"{response[open..end]}, {text}";
            (next, form) = (marks[i].Index, Form.Boxes);
        }

        return new(text, Closed: true, form);
    }

    private static Stated Tagged(string response, int start)
    {
        int end = response.IndexOf("</answer>", start, StringComparison.OrdinalIgnoreCase);
        return end < 0 ? new(null, Closed: false, Form.Tag) : new(response[start..end], Closed: true, Form.Tag);
    }

    private static Stated Line(string response, int start)
    {
        int end = response.IndexOf('\n', start);
        return end < 0 ? new(response[start..], Closed: false, Form.Line) : new(response[start..end], Closed: true, Form.Line);
    }

    /// <summary>The rest of a sentence, on this line or the next; of a sentence that begins with mathematics in dollars, that alone.</summary>
    private static Stated Phrase(string response, int start)
    {
        while (start < response.Length && response[start] is ' ' or '\n' or '\r' or ':' or '*')
        {
            start++;
        }

        // In braces, dollars, \( \) and \[ \] neither a line nor a period ends it.
        int end = start, depth = 0;
        bool dollars = false;
        for (; end < response.Length && end - start < MaxStatement; end++)
        {
            char c = response[end];
            bool escaped = end > 0 && response[end - 1] == '\\';
            if (!dollars && depth == 0 && (c == '\n' || IsSentenceEnd(response, end)))
            {
                break;
            }

            if (c == '$' && !escaped)
            {
                end += end + 1 < response.Length && response[end + 1] == '$' ? 1 : 0;
                dollars = !dollars && response.IndexOf('$', end + 1) >= 0;
            }

            depth += c == '{' || (escaped && c is '(' or '[') ? 1 : c == '}' || (escaped && c is ')' or ']') ? -1 : 0;
            depth = Math.Max(0, depth);
        }

        end = Math.Min(end, response.Length);
        if (end < response.Length && response[end] == '?')
        {
            return new(null, Closed: true, Form.Phrase);
        }

        string text = response[start..end];
        Match reason = Reason().Match(text);
        return new(reason.Success ? text[..reason.Index] : text, end < response.Length, Form.Phrase);
    }

    /// <summary>A period or exclamation mark before white space, closing marks aside; not behind the letter of a choice.</summary>
    private static bool IsSentenceEnd(string text, int index)
    {
        if (text[index] is not ('.' or '!' or '?' or '。') || (text[index] == '.' && index > 0 && char.IsAsciiLetterUpper(text[index - 1])
            && (index == 1 || text[index - 2] is ' ' or '(')))
        {
            return false;
        }

        int next = index + 1;
        while (next < text.Length && text[next] is '*' or '"' or '!')
        {
            next++;
        }

        if (next == text.Length || text[index] == '。' || !char.IsWhiteSpace(text[next]))
        {
            return next == text.Length ? text[index] != '.' : text[index] == '。';
        }

        // A factorial goes on in a small letter or a sign.
        ReadOnlySpan<char> rest = text.AsSpan(next).TrimStart();
        return text[index] != '!' || rest.IsEmpty || char.IsUpper(rest[0]);
    }

    [GeneratedRegex(@"^[\s$,*]*(?:and|or|\\text\{\s?(?:and|or)\s?\})?[\s$,*]*$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: -1)]
    private static partial Regex Between();

    [GeneratedRegex(@"^[\s*_]*(?:\d{1,2}[.)]\s[a-z]|[a-z]{2})", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: -1)]
    private static partial Regex Heading();

    [GeneratedRegex(@"^\W*(?:(?:is|it|that|be|so|very|also|as|the)\s)*(?:correct|right|wrong|incorrect|final|clear|below|above|known|given|obvious"
        + @"|unique|simple|simply|true)\W*$",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: -1)]
    private static partial Regex Comment();

    [GeneratedRegex(@",?\s(?:because|since|so|therefore|thus|hence|which|where|given)\s", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: -1)]
    private static partial Regex Reason();
}
