namespace Stepwise.Cli.Tests;

/// <summary>Stops the program when it prints a text, as Ctrl-C at that moment would.</summary>
internal sealed class StopAt(CancellationTokenSource stop, string text) : StringWriter
{
    public override void WriteLine(string? value)
    {
        base.WriteLine(value);
        if (value?.Contains(text, StringComparison.Ordinal) == true)
        {
            stop.Cancel();
        }
    }
}
