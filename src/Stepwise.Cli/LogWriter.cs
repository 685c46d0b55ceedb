using System.Text;

namespace Stepwise.Cli;

/// <summary>A log that may fail (a full disk, a terminal that is gone) without ending the work that it tells of.</summary>
/// <param name="inner">Where it is written.</param>
/// <param name="error">Told of the first failure; <see langword="null"/> for nobody.</param>
internal sealed class LogWriter(TextWriter inner, TextWriter? error) : TextWriter
{
    private bool _told;

    public override Encoding Encoding => inner.Encoding;

    public override void Write(char value) => Try(() => inner.Write(value));

    public override void Write(char[] buffer, int index, int count) => Try(() => inner.Write(buffer, index, count));

    public override void Write(string? value) => Try(() => inner.Write(value));

    public override void WriteLine() => Try(inner.WriteLine);

    public override void WriteLine(string? value) => Try(() => inner.WriteLine(value));

    public override void Flush() => Try(inner.Flush);

    private void Try(Action write)
    {
        try
        {
            write();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            if (!_told)
            {
                _told = true;
                error?.WriteLine($"Warning: the output cannot be written ({failure.Message.TrimEnd('.')}). The run goes on without it.");
            }
        }
    }
}
