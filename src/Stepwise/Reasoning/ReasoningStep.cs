namespace Stepwise.Reasoning;

/// <summary>A step of reasoning: a range of characters of a response.</summary>
/// <param name="Start">First character.</param>
/// <param name="End">One past the last character, the line break included.</param>
/// <param name="Text">The step without surrounding white space.</param>
public readonly record struct ReasoningStep(int Start, int End, string Text)
{
    /// <summary>The lines of a response, blank ones too; together they cover it, up to a last one that was cut off.</summary>
    /// <param name="response">The response's text.</param>
    /// <param name="truncated">Whether it was cut off by a length limit: then what follows the last line feed is no step.</param>
    public static List<ReasoningStep> Lines(string response, bool truncated)
    {
        List<ReasoningStep> lines = [];
        int start = 0;
        while (start < response.Length)
        {
            int feed = response.IndexOf('\n', start);
            if (feed < 0 && truncated)
            {
                break;
            }

            int end = feed < 0 ? response.Length : feed + 1;
            lines.Add(new ReasoningStep(start, end, response[start..end].Trim()));
            start = end;
        }

        return lines;
    }
}
