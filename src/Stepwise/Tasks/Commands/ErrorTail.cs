using System.Text;

namespace Stepwise.Tasks.Commands;

/// <summary>Reads what a program writes to its error output, so that it never waits for a reader, and keeps the end of it.</summary>
internal sealed class ErrorTail
{
    private const int Kept = 1 << 11;

    private readonly Lock _lock = new();
    private byte[] _end = [];

    /// <summary>Begins to read.</summary>
    /// <param name="errors">The program's error output.</param>
    public ErrorTail(Stream errors) => ToEnd = Task.Run(() => ReadAsync(errors));

    /// <summary>Ends with the program's error output.</summary>
    public Task ToEnd { get; }

    /// <summary>The last that was written, as the end of a message; empty where nothing was.</summary>
    public string Last
    {
        get
        {
            lock (_lock)
            {
                string text = Encoding.UTF8.GetString(_end).Trim();
                string last = text[^Math.Min(text.Length, CheckerAnswer.LongestText)..];
                return last.Length == 0 ? "" : $"; the last it wrote to its error output: {Escaped.Line(last, CheckerAnswer.LongestText)}";
            }
        }
    }

    private async Task ReadAsync(Stream errors)
    {
        byte[] buffer = new byte[Kept];
        try
        {
            int read;
            while ((read = await errors.ReadAsync(buffer).ConfigureAwait(false)) > 0)
            {
                lock (_lock)
                {
                    byte[] all = [.. _end, .. buffer.AsSpan(0, read)];
                    _end = all[^Math.Min(all.Length, Kept)..];
                }
            }
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException)
        {
            // The program is gone.
        }
    }
}
