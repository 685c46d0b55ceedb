namespace Stepwise.Policies;

/// <summary>Counts on from what was done before.</summary>
/// <param name="progress">Told the sum.</param>
/// <param name="before">What was done before.</param>
internal sealed class Offset(IProgress<int> progress, int before) : IProgress<int>
{
    public void Report(int value) => progress.Report(before + value);
}
