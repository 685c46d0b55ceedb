namespace Stepwise.Reasoning.Steps;

/// <summary>A step is a line.</summary>
public sealed record Lines : StepSplitter
{
    private protected override IEnumerable<int> Ends(string response)
    {
        for (int feed = response.IndexOf('\n'); feed >= 0; feed = response.IndexOf('\n', feed + 1))
        {
            yield return feed + 1;
        }
    }
}
