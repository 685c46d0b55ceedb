namespace Stepwise.Reasoning.Steps;

/// <summary>A step is a paragraph: what blank lines part. A fenced code block is not parted.</summary>
public sealed record Paragraphs : StepSplitter
{
    private protected override IEnumerable<int> Ends(string response)
    {
        foreach (TextLine line in TextLine.Of(response))
        {
            if (line is { Closed: true, InCode: false } && response.AsSpan(line.Start, line.End - line.Start).IsWhiteSpace())
            {
                yield return line.End;
            }
        }
    }
}
