using System.Collections.Frozen;
using Stepwise.Reasoning;

namespace Stepwise.Tasks.Mathematics;

/// <summary>Splits a response in prose into steps: lines, and sentences within a line.</summary>
internal static class Sentences
{
    private static readonly FrozenSet<string> Abbreviations = new[]
    {
        "mr", "mrs", "ms", "dr", "st", "jr", "sr", "prof", "vs", "e.g", "i.e", "eg", "ie", "etc", "approx", "no", "oz", "lb", "lbs", "ft",
        "min", "hr", "hrs", "a.m", "p.m", "u.s",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>The steps of a response in order; together they cover it, up to a last one that was cut off.</summary>
    /// <param name="response">The response.</param>
    /// <param name="truncated">Whether it was cut off: then what follows the last end of a line or sentence is no step.</param>
    public static List<ReasoningStep> Split(string response, bool truncated)
    {
        List<ReasoningStep> steps = [];
        int start = 0, content = 0;
        for (int i = 0; i < response.Length; i++)
        {
            // Found once a piece: a search at every period would be quadratic.
            content += content == i && response[i] is ' ' or '*' or '#' or '-' ? 1 : 0;
            if (response[i] == '\n' || EndsSentence(response, start, content, i))
            {
                Add(steps, response, start, i + 1);
                start = content = i + 1;
            }
        }

        if (!truncated && start < response.Length)
        {
            Add(steps, response, start, response.Length);
        }

        return steps;
    }

    /// <summary>Adds a piece, or appends it to the step before if it holds neither letter nor digit.</summary>
    private static void Add(List<ReasoningStep> steps, string response, int start, int end)
    {
        bool empty = !response.AsSpan(start, end - start).ContainsAnyLetterOrDigit();
        if (empty && steps.Count > 0)
        {
            steps[^1] = steps[^1] with { End = end };
        }
        else if (!empty)
        {
            // Blank pieces before the first step belong to it.
            steps.Add(new ReasoningStep(steps.Count == 0 ? 0 : start, end, response[start..end].Trim()));
        }
    }

    private static bool ContainsAnyLetterOrDigit(this ReadOnlySpan<char> text)
    {
        foreach (char c in text)
        {
            if (char.IsLetterOrDigit(c))
            {
                return true;
            }
        }

        return false;
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
