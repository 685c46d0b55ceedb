using System.Collections.Frozen;

namespace Stepwise.Reasoning.Steps;

/// <summary>
/// A step is a line, or a sentence of a line. A period of a decimal, an abbreviation, an initial or a list's number ends none, nor does any mark in
/// braces or <c>\( … \)</c>; a fenced code block is one step.
/// </summary>
public sealed record Sentences : StepSplitter
{
    private static readonly FrozenSet<string> Abbreviations = new[]
    {
        "mr", "mrs", "ms", "dr", "st", "jr", "sr", "prof", "vs", "e.g", "i.e", "eg", "ie", "etc", "approx", "no", "oz", "lb", "lbs", "ft",
        "min", "hr", "hrs", "a.m", "p.m", "u.s",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    private protected override IEnumerable<int> Ends(string response)
    {
        bool inCode = false;
        foreach (TextLine line in TextLine.Of(response))
        {
            if (inCode && !line.InCode)
            {
                yield return line.Start;
            }

            inCode = line.InCode;
            if (inCode)
            {
                continue;
            }

            foreach (int end in OfLine(response, line))
            {
                yield return end;
            }
        }
    }

    private static IEnumerable<int> OfLine(string text, TextLine line)
    {
        int start = line.Start, content = start, braces = 0;
        bool mathematics = false;
        for (int i = start; i < line.End; i++)
        {
            // Found once a piece: a search at every period would be quadratic.
            content += content == i && text[i] is ' ' or '*' or '#' or '-' ? 1 : 0;
            switch (text[i])
            {
                case '{':
                    braces++;
                    break;
                case '}' when braces > 0:
                    braces--;
                    break;
                case '(' or ')' when i > line.Start && text[i - 1] == '\\':
                    mathematics = text[i] == '(';
                    break;
                case '\n':
                    yield return i + 1;
                    break;
                case ' ' when braces == 0 && !mathematics && EndsSentence(text, start, content, i):
                    yield return i + 1;
                    start = content = i + 1;
                    break;
            }
        }
    }

    /// <summary>
    /// Whether a space, the last of several, ends a sentence: after a mark and closing signs, before something a sentence begins with.
    /// </summary>
    private static bool EndsSentence(string text, int start, int content, int space)
    {
        char next = space + 1 < text.Length ? text[space + 1] : ' ';
        if (text[space] != ' ' || char.IsLower(next) || next is ' ' or '=' or '+' or '\n')
        {
            return false;
        }

        int mark = space - 1;
        while (mark > start && text[mark] == ' ')
        {
            mark--;
        }

        while (mark > start && text[mark] is '"' or '”' or '\'' or ')' or ']' or '*' or '}' or '$')
        {
            mark--;
        }

        if (mark <= start || text[mark] is not ('.' or '!' or '?'))
        {
            return false;
        }

        return text[mark] != '.' || !(IsLabel(text, content, mark) || IsAbbreviation(text, start, mark));
    }

    /// <summary>Whether a period closes the number of a list item, with or without a word before it: <c>2.</c>, <c>Step 2.</c></summary>
    /// <param name="text">The response.</param>
    /// <param name="content">Where the piece begins, bullets and marks of a heading left out.</param>
    /// <param name="period">The period.</param>
    private static bool IsLabel(string text, int content, int period)
    {
        int first = period;
        while (first > content && char.IsAsciiDigit(text[first - 1]))
        {
            first--;
        }

        ReadOnlySpan<char> before = text.AsSpan(content, Math.Max(0, first - content)).TrimEnd(" *#-");
        return first < period && (before.IsEmpty || before.Equals("step", StringComparison.OrdinalIgnoreCase));
    }

    private static bool IsAbbreviation(string text, int start, int period)
    {
        int first = period;
        while (first > start && first > period - 8 && (char.IsLetter(text[first - 1]) || text[first - 1] == '.'))
        {
            first--;
        }

        ReadOnlySpan<char> word = text.AsSpan(first, period - first);
        bool initial = word.Length == 1 && char.IsUpper(word[0]);
        return initial || Abbreviations.GetAlternateLookup<ReadOnlySpan<char>>().Contains(word);
    }
}
