namespace Stepwise.Reasoning.Steps;

/// <summary>A line of a response.</summary>
/// <param name="Start">First character.</param>
/// <param name="End">One past the last character, the line feed included.</param>
/// <param name="Closed">Whether a line feed ends it.</param>
/// <param name="InCode">Whether it is within a fenced code block, a fence that opens or closes one included.</param>
internal readonly record struct TextLine(int Start, int End, bool Closed, bool InCode)
{
    private const string Fence = "```";

    /// <summary>The lines of a text in order. A fence that is never closed opens no block: a response may stop in the middle of one.</summary>
    public static IEnumerable<TextLine> Of(string text)
    {
        int fences = Ranges(text).Count(line => IsFence(text, line.Start, line.End));
        bool open = false;
        foreach ((int start, int end) in Ranges(text))
        {
            bool fence = IsFence(text, start, end), closes = fence && open;
            fences -= fence ? 1 : 0;
            open = fence ? !open && fences > 0 : open;
            yield return new(start, end, text[end - 1] == '\n', open || closes);
        }
    }

    private static IEnumerable<(int Start, int End)> Ranges(string text)
    {
        for (int start = 0, end; start < text.Length; start = end)
        {
            int feed = text.IndexOf('\n', start);
            end = feed < 0 ? text.Length : feed + 1;
            yield return (start, end);
        }
    }

    private static bool IsFence(string text, int start, int end) => text.AsSpan(start, end - start).TrimStart().StartsWith(Fence, StringComparison.Ordinal);
}
