namespace Stepwise.Reasoning.Steps;

/// <summary>
/// A step begins at a line <c>Step n:</c>, also as a heading or in bold (<c>### Step 2</c>, <c>**Step 2.**</c>). What stands before the first is a
/// step of its own; a response without any is one step.
/// </summary>
public sealed record Markers : StepSplitter
{
    private const string Word = "step";

    private protected override IEnumerable<int> Ends(string response)
    {
        foreach (TextLine line in TextLine.Of(response))
        {
            if (line is { Start: > 0, InCode: false } && IsMarker(response.AsSpan(line.Start, line.End - line.Start)))
            {
                yield return line.Start;
            }
        }
    }

    private static bool IsMarker(ReadOnlySpan<char> line)
    {
        ReadOnlySpan<char> text = line.TrimStart(" \t#*_-");
        if (!text.StartsWith(Word, StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        ReadOnlySpan<char> number = text[Word.Length..].TrimStart(' '), rest = number.TrimStart("0123456789");
        int digits = number.Length - rest.Length;
        rest = rest.Trim();
        return text[Word.Length..] is [' ', ..] && digits is > 0 and < 6
            && (rest.IsEmpty || rest[0] is ':' or '.' or ')' or '(' or '*' or '_' or '-' or '–' or '—');
    }
}
