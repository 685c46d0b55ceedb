using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace Stepwise.Answers;

/// <summary>Explicit statements of a final answer.</summary>
internal static partial class Statement
{
    /// <summary>Characters after a mark that are looked at: more is no answer a reader would look for.</summary>
    public const int MaxLength = 200;

    private enum Form
    {
        Line,
        Box,
        Phrase,
    }

    /// <param name="Form">What kind of mark.</param>
    /// <param name="Start">Its first character.</param>
    /// <param name="End">One past its last character: what it marks begins here.</param>
    /// <param name="Denied">Whether it says what the answer is not.</param>
    /// <param name="Titled">Whether it is a title before the answer (<c>Answer:</c>).</param>
    private readonly record struct Mark(Form Form, int Start, int End, bool Denied, bool Titled);

    /// <summary>The last statement of a text, or <see langword="null"/> if there is none.</summary>
    /// <param name="text">The text.</param>
    /// <param name="truncated">Whether it was cut off: then a statement that reaches to its end is none.</param>
    public static Reading? Last(string text, bool truncated)
    {
        List<Mark> marks = Marks(text);
        List<FinalAnswer> denied = [];
        for (int i = marks.Count - 1; i >= 0; i--)
        {
            Mark mark = marks[i];
            (Stated stated, bool isDenied) = mark.Form switch
            {
                Form.Line => (Line(text, marks, i), false),
                Form.Box => Box(text, marks, i),
                _ => Phrase(text, mark),
            };
            if (!stated.HasNumber || (truncated && (stated.End < 0 || stated.End == text.Length)))
            {
                continue;
            }

            if (!isDenied)
            {
                bool stands = stated.Answer is { } answer && !denied.Exists(other => answer.Is(other.Plain));
                return new Reading(stands ? stated.Answer : null, mark.Start);
            }

            if (stated.Answer is { } wrong)
            {
                denied.Add(wrong);
            }
        }

        return null;
    }

    /// <summary>
    /// The marks of a statement: <c>line</c>, <c>box</c>, <c>tag</c> (which only mathematical answers have), or a phrase, perhaps a <c>title</c> or one
    /// that says <c>no</c>.
    /// </summary>
    [GeneratedRegex(
        @"(?<line>\#{4,})|(?<box>\\f?box(?:ed)?\s{0,4}\{)|(?<tag><answer>)|答案(?:是|为|：|:)"
        + @"|(?<!\b(?:if|whether|suppose|assume|unless|wrong|incorrect|previous|original)\s(?:(?:the|my|our)\s)?(?:(?:final|correct|right)\s)?)"
        + @"\banswer\b[*_]{0,4}(?:\s{1,4}(?:to|of|for|in)\s[^.,!?\n:=\d]{1,80}?"
        + @"|,\s(?:then|therefore|thus|so),|\s\([^()\n\d]{1,40}\))?\s{0,4}[*_]{0,4}"
        + @"(?:(?<title>[:=])|\b(?<no>isn['’]t|wasn['’]t|is\snot|was\snot|can['’]t\sbe|cannot\sbe|(?:should|would)\snot\sbe)\b"
        + @"|\b(?:is|was|equals|(?:should|would|will|must|has\sto)\sbe|becomes|turns\sout\sto\sbe|comes\s(?:out\s)?to)\b)",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: -1)]
    public static partial Regex MarkForms();

    private static List<Mark> Marks(string text)
    {
        List<Mark> marks = [];
        foreach (Match match in MarkForms().Matches(text).Cast<Match>().Where(match => !match.Groups["tag"].Success))
        {
            Form form = match.Groups["line"].Success ? Form.Line : match.Groups["box"].Success ? Form.Box : Form.Phrase;
            marks.Add(new Mark(form, match.Index, match.Index + match.Length, match.Groups["no"].Success, match.Groups["title"].Success));
        }

        return marks;
    }

    private static Stated Read(string text, int start, int end, Setting setting)
    {
        List<Token> tokens = Lexer.Read(text, start, end);
        return StatedNumber.Read(text, CollectionsMarshal.AsSpan(tokens), setting);
    }

    private static int Limit(string text, int start) => Math.Min(text.Length, start + MaxLength);

    /// <summary>The rest of a line; of a heading nothing.</summary>
    private static Stated Line(string text, List<Mark> marks, int index)
    {
        int start = marks[index].End, feed = text.IndexOf('\n', start, Limit(text, start) - start);
        int end = feed < 0 ? Limit(text, start) : feed;
        if (IsHeading(text, marks, index, end))
        {
            return default;
        }

        Stated stated = Read(text, start, end, Setting.Marked);
        return stated.End < 0 && end < text.Length ? stated with { End = end } : stated;
    }

    /// <summary>A line that begins with a letter, or with the next number of a list, is a heading if more text follows.</summary>
    private static bool IsHeading(string text, List<Mark> marks, int index, int end)
    {
        bool more = !text.AsSpan(end).IsWhiteSpace();
        int first = marks[index].End;
        while (first < end && !char.IsLetterOrDigit(text[first]) && text[first] is ' ' or '*' or '_' or '"')
        {
            first++;
        }

        if (first == end || !more)
        {
            return first == end;
        }

        int number = ListNumber(text, first);
        int before = index > 0 && marks[index - 1].Form == Form.Line ? ListNumber(text, marks[index - 1].End) : 0;
        return char.IsLetter(text[first]) || (number > 0 && number == before + 1);
    }

    /// <summary>The number of a list item (<c>2. Add</c>), or 0.</summary>
    private static int ListNumber(string text, int start)
    {
        ReadOnlySpan<char> item = text.AsSpan(start, Math.Min(16, text.Length - start)).TrimStart(" *_");
        int digits = item.IndexOfAnyExceptInRange('0', '9');
        bool label = digits is 1 or 2 && item.Length > digits + 2 && item[digits] is '.' or ')' && item[digits + 1] == ' '
            && char.IsLetter(item[digits + 2]);
        return label ? int.Parse(item[..digits], System.Globalization.CultureInfo.InvariantCulture) : 0;
    }

    /// <summary>What a box holds; what stands beside it counts where it offers other numbers, changes this one or denies it.</summary>
    private static (Stated Stated, bool Denied) Box(string text, List<Mark> marks, int index)
    {
        Mark mark = marks[index];
        int close = Close(text, mark.End);
        if (close < 0)
        {
            return (new Stated(null, HasNumber: true, mark.End + MaxLength < text.Length ? mark.End : -1), false);
        }

        Mark? before = index > 0 && marks[index - 1].End + MaxLength >= mark.Start ? marks[index - 1] : null;
        List<Token> lead = Lexer.Read(text, before?.End ?? Math.Max(0, mark.Start - MaxLength), mark.Start);
        bool alone = !Joins(text, close + 1) && !Changes(text, lead, mark.Start) && before switch
        {
            { Form: Form.Box, End: var start } => Close(text, start) is var end && (end < 0 || !Offers(text, end + 1, mark.Start)),
            { } => !Offers(lead),
            null => true,
        };
        Stated box = Read(text, mark.End, close, Setting.Marked) with { HasNumber = true, End = mark.End };
        bool denied = (before is { Denied: true } && IsSentence(lead)) || (lead is [.., var last] && IsDenial(text, last));
        return (alone ? box : box with { Answer = null }, denied);
    }

    private static bool IsSentence(List<Token> tokens) => !tokens.Exists(token => token.Kind is TokenKind.Stop or TokenKind.Line);

    private static bool IsDenial(string text, Token token) => token.Kind == TokenKind.Word && Vocabulary.IsDenial(Words(text, token));

    private static ReadOnlySpan<char> Words(string text, Token token) => text.AsSpan(token.Start, token.End - token.Start);

    /// <summary>Whether a sign or word right before a box changes what it holds: <c>2\boxed{9}</c>, <c>x > \boxed{9}</c>.</summary>
    private static bool Changes(string text, List<Token> lead, int start) => lead is [.., var last] && last.Kind switch
    {
        TokenKind.Minus or TokenKind.Plus => true,
        TokenKind.Number or TokenKind.Letter => last.End == start,
        TokenKind.Close => last.End == start && text[last.Start] == '}',
        TokenKind.Word => Vocabulary.IsBefore(Words(text, last)),
        _ => last.IsOperator || Words(text, last) is ">" or "<" or "≥" or "≤" or "≠" or "±" or "√" or "|"
            or "\\ge" or "\\geq" or "\\le" or "\\leq" or "\\ne" or "\\neq" or "\\gt" or "\\lt" or "\\pm",
    };

    /// <summary>Whether a sentence that leads to a box offers another number, other than by a calculation of it.</summary>
    private static bool Offers(List<Token> lead) =>
        IsSentence(lead) && lead.Exists(token => token.Kind is TokenKind.Number || token.IsUnknown)
        && lead[^1].Kind is not (TokenKind.Equal or TokenKind.Approximate);

    /// <summary>The brace that closes a box.</summary>
    private static int Close(string text, int start) => Braces.Close(text, start, MaxLength);

    /// <summary>Whether only a comma or a word that adds an alternative stands between two boxes.</summary>
    private static bool Offers(string text, int start, int end) =>
        Lexer.Read(text, start, end).TrueForAll(token => token.Kind is TokenKind.Comma || IsJoiner(text, token));

    /// <summary>Whether another number or an operation follows a box at once: <c>\boxed{5} or 6</c>.</summary>
    private static bool Joins(string text, int start)
    {
        bool joined = false;
        foreach (Token token in Lexer.Read(text, start, Limit(text, start)))
        {
            if (token.Kind is TokenKind.Plus || token.IsOperator)
            {
                return true;
            }

            if (token.Kind is not (TokenKind.Open or TokenKind.Close))
            {
                if (token.Kind is not (TokenKind.Comma or TokenKind.Minus) && !IsJoiner(text, token))
                {
                    return joined && token.Kind is TokenKind.Number or TokenKind.Fraction or TokenKind.Letter;
                }

                joined = true;
            }
        }

        return false;
    }

    private static bool IsJoiner(string text, Token token) => Words(text, token) is "or" or "and";

    /// <summary>The rest of a sentence, which may begin on a later line; after an item's dash there it is doubtful what is a sign.</summary>
    private static (Stated Stated, bool Denied) Phrase(string text, Mark mark)
    {
        int limit = Limit(text, mark.End);
        List<Token> tokens = Lexer.Read(text, mark.End, limit);
        int lead = tokens.FindIndex(token => token.Kind is not (TokenKind.Line or TokenKind.Colon));
        bool below = lead > 0 && tokens[lead - 1].Kind == TokenKind.Line;
        tokens.RemoveRange(0, Math.Max(0, lead));
        bool denied = mark.Denied;
        int first = 0;
        if (denied || (tokens is [var word, ..] && IsDenial(text, word)))
        {
            first = denied ? 0 : 1;
            int but = tokens.FindIndex(first, token => Words(text, token) is "but");
            denied = but < 0;
            first = denied ? first : but + 1;
        }

        Stated stated = StatedNumber.Read(text, CollectionsMarshal.AsSpan(tokens)[first..], Setting.Prose);
        bool bullet = tokens is [{ Kind: TokenKind.Minus }, { Spaced: true }, ..] && below;
        bool goesOn = mark.Titled && tokens is [{ Kind: TokenKind.Word }, ..] && stated.Answer is { } answer
            && text.AsSpan(answer.Position + answer.Text.Length).ContainsAnyInRange('0', '9');
        stated = stated.End < 0 && limit < text.Length ? stated with { End = limit } : stated;
        return (bullet || goesOn ? stated with { Answer = null } : stated, denied);
    }
}
