namespace Stepwise.Reasoning.Steps;

/// <summary>
/// A step is what stands between <c>&lt;step&gt;</c> and <c>&lt;/step&gt;</c>. What stands outside of them is a step of its own; a response
/// without any is one step.
/// </summary>
public sealed record Tags : StepSplitter
{
    private const string Opening = "<step>", Closing = "</step>";

    private protected override IEnumerable<int> Ends(string response)
    {
        for (int at = response.IndexOf('<'); at >= 0; at = response.IndexOf('<', at + 1))
        {
            if (at > 0 && string.CompareOrdinal(response, at, Opening, 0, Opening.Length) == 0)
            {
                yield return at;
            }
            else if (string.CompareOrdinal(response, at, Closing, 0, Closing.Length) == 0)
            {
                yield return at + Closing.Length;
            }
        }
    }

    private protected override string Content(string text) =>
        text.Replace(Opening, "", StringComparison.Ordinal).Replace(Closing, "", StringComparison.Ordinal).Trim();
}
