using System.Globalization;
using System.Text.RegularExpressions;

namespace Stepwise.Answers.Mathematics;

/// <summary>Reads a bare answer: first what is an answer as a whole (a choice, a time, a numeral in a base, words), then mathematics.</summary>
internal static partial class AnswerReader
{
    private static readonly string[] BaseNames = "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen".Split(' ');

    /// <summary>Reads an answer.</summary>
    /// <param name="answer">The answer as it is written.</param>
    /// <exception cref="MalformedException">It is no mathematics and no words.</exception>
    /// <exception cref="OutOfBoundsException">It is too long, nested too deeply, or of a kind that is not read.</exception>
    public static AnswerForm Read(string answer)
    {
        string inner = Spelling.Unwrapped(Spelling.Of(answer));
        if (inner.Length == 0)
        {
            throw new MalformedException("the answer is empty");
        }

        string plain = Plain(inner), text = Spaces().Replace(Untyped(plain), " ").Trim();
        return Nothing(plain) ?? Everything(plain) ?? Numeral(text) ?? Clock(text) ?? Choice(text) ?? Words(plain) ?? Mathematics(inner);
    }

    /// <summary>What is read as words, read as mathematics: <c>xy</c> is a product too.</summary>
    public static AnswerForm Mathematics(string text) => MathParser.Read(MathLexer.Read(text));

    /// <summary>A text without what only sets the type, its spaces single.</summary>
    private static string Plain(string text) => Spaces().Replace(Type().Replace(text, " "), " ").Replace(" }", "}", StringComparison.Ordinal).Trim();

    private static NothingForm? Nothing(string plain)
    {
        string words = Bare(plain);
        return NoSolution().IsMatch(words) || plain is "\\emptyset" or "\\varnothing" or "\\{ \\}" or "\\{\\}" or "{}" or "{ }" ? new(NothingForm.NoSolution)
            : Undefined().IsMatch(words) ? new(NothingForm.Undefined)
            : null;
    }

    private static ValueForm? Everything(string plain) => AllReals().IsMatch(Bare(plain)) ? new(new Symbol("set R")) : null;

    private static NumeralForm? Numeral(string plain)
    {
        Match match = Based().Match(plain);
        if (!match.Success)
        {
            return null;
        }

        string name = match.Groups["base"].Value;
        int radix = Array.IndexOf(BaseNames, name.ToLowerInvariant()) + 2;
        radix = radix >= 2 ? radix : int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : 0;
        string digits = match.Groups["digits"].Value.ToUpperInvariant();
        bool written = radix is >= 2 and <= 36 && digits.Any(char.IsAsciiDigit) && digits.All(c => Digit(c) < radix);
        return written ? new(digits.TrimStart('0') is { Length: > 0 } trimmed ? trimmed : "0", radix) : null;
    }

    private static int Digit(char c) => char.IsAsciiDigit(c) ? c - '0' : c - 'A' + 10;

    private static ClockForm? Clock(string plain)
    {
        Match match = Time().Match(plain);
        if (!match.Success)
        {
            return null;
        }

        int hour = int.Parse(match.Groups["hour"].Value, CultureInfo.InvariantCulture);
        int minute = match.Groups["minute"].Success ? int.Parse(match.Groups["minute"].Value, CultureInfo.InvariantCulture) : 0;
        Group half = match.Groups["half"];
        bool? afternoon = half.Success ? half.Value[0] is 'p' or 'P' : null;
        return hour < 24 && minute < 60 && (match.Groups["minute"].Success || half.Success) ? new(hour, minute, afternoon) : null;
    }

    private static ChoiceForm? Choice(string plain)
    {
        Match match = Lettered().Match(plain);
        return match.Success ? new(char.ToUpperInvariant(match.Groups["letter"].Value[0]), match.Length > 1 || plain.Length > 1) : null;
    }

    private static WordsForm? Words(string plain)
    {
        string words = Bare(plain);
        bool letters = words.Any(char.IsLetter) && words.All(c => char.IsLetter(c) || c is ' ' or '-' or '\'');
        bool mathematics = words.Split(' ', '-').All(word => word.Length < 2 || Notation.PlainWords.ContainsKey(word) || Notation.Functions.ContainsKey(word));
        return letters && !mathematics ? new(words) : null;
    }

    /// <summary>A text without commands that set its type, up to two inside each other.</summary>
    private static string Untyped(string plain) => TextCommand().Replace(TextCommand().Replace(plain, "${text}"), "${text}");

    /// <summary>Words in lower case, without LaTeX around them, marks and articles.</summary>
    private static string Bare(string plain)
    {
        string text = Marks().Replace(Untyped(plain).ToLowerInvariant().Replace('’', '\''), " ");
        return Spaces().Replace(Articles().Replace(text, " "), " ").Trim();
    }

    [GeneratedRegex(@"\\[,;:! ]|~|\\quad|\\displaystyle|\\left(?![a-z])|\\right(?![a-z])", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: -1)]
    private static partial Regex Type();

    [GeneratedRegex(@"\s+", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: -1)]
    private static partial Regex Spaces();

    [GeneratedRegex(@"\\(?:text(?:bf|it|rm|sf|tt|normal)?|mbox|mathrm|mathbf|mathit|hbox|operatorname)\s?\{(?<text>[^{}]*)\}",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: -1)]
    private static partial Regex TextCommand();

    [GeneratedRegex("[\"“”.,!?*`$]", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: -1)]
    private static partial Regex Marks();

    [GeneratedRegex(@"^(?:the|an?)\s", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: -1)]
    private static partial Regex Articles();

    [GeneratedRegex(
        @"^(?:(?:there\s(?:is|are|exists?)\s)?no\s(?:(?:real|such|integer|integral|positive|valid|possible)\s)*(?:solutions?|roots?|numbers?|values?"
            + @"|integers?)(?:\s(?:exists?|of\s\w+))?|none|(?:the\s)?(?:empty|null)\sset|无解)$",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: -1)]
    private static partial Regex NoSolution();

    [GeneratedRegex(@"^(?:(?:the\s|it\s)?(?:limit\s|sum\s|value\s)?(?:does\snot|doesn't|do\snot)\sexist|dne|(?:is\s)?(?:undefined|not\sdefined))$",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: -1)]
    private static partial Regex Undefined();

    [GeneratedRegex(@"^(?:(?:all|any|every)\s)?(?:the\s)?reals?(?:\snumbers?)?$|^\\mathbb\s?\{?r\}?$",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: -1)]
    private static partial Regex AllReals();

    [GeneratedRegex(
        @"^\(?\s?(?<digits>[0-9A-Za-z]{1,60})\s?\)?\s?(?:_\s?\{?\s?\(?\s?(?<base>\d{1,2}|[a-z]{3,8})\s?\)?\s?\}?"
            + @"|,?\s?\(?\s?(?:in\s)?base[\s-](?<base>\d{1,2}|[a-z]{3,8})\s?\)?)$",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: -1)]
    private static partial Regex Based();

    [GeneratedRegex(@"^(?<hour>\d{1,2})(?:\s?:\s?(?<minute>\d\d))?\s?(?<half>[ap]\.?\s?m)?\.?$",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: -1)]
    private static partial Regex Time();

    [GeneratedRegex(
        @"^(?:(?:[Oo]ption|[Cc]hoice)\s)?(?:\(\s?(?<letter>[A-Ja-j])\s?\)(?:$|\s?(?![-+*/=<>^_!(])\S|(?<=[A-J]\s?\))\s-(?!\s))|(?<letter>[A-J])(?:$"
            + @"|\s?[.)](?=\s|$|\\|\$)))",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: -1)]
    private static partial Regex Lettered();
}
