using Spectre.Console;

namespace Stepwise.Cli.Display;

/// <summary>
/// Shows how far a piece of work is and how long it still takes: on a terminal as a bar that goes away with the work, otherwise as a line
/// on the error stream now and then. Work of less than two seconds shows nothing. May be told from any thread.
/// </summary>
/// <param name="terminal">Where it is shown.</param>
/// <param name="name">What is done, as one begins a line.</param>
/// <param name="time">The clock.</param>
internal sealed class WorkDisplay(Terminal terminal, string name, TimeProvider time) : IProgress<int>, IDisposable
{
    private const int BarWidth = 24;

    private static readonly TimeSpan First = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan NextLine = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan NextDrawing = TimeSpan.FromMilliseconds(100);

    private readonly Lock _lock = new();
    private readonly long _started = time.GetTimestamp();
    private LiveRegion? _live;
    private TimeSpan _next = First;

    public WorkDisplay(Terminal terminal, string name)
        : this(terminal, name, TimeProvider.System)
    {
    }

    /// <summary>How much there is to do, for <see cref="Report(int)"/>.</summary>
    public long Total { get; init; }

    /// <summary>So much is done.</summary>
    public void Report(int value) => Report(value, Total);

    /// <summary>So much of so much is done.</summary>
    public void Report(long done, long total)
    {
        lock (_lock)
        {
            TimeSpan elapsed = time.GetElapsedTime(_started);
            if (elapsed < _next || done <= 0 || total <= 0)
            {
                return;
            }

            double left = elapsed.TotalSeconds * (total - done) / done;
            if (terminal.Interactive || _live is not null)
            {
                _next = elapsed + NextDrawing;
                _live ??= new LiveRegion(terminal);
                _live.Draw([Bar(done, total, left)]);
            }
            else
            {
                _next = elapsed + NextLine;
                terminal.Error.WriteLine($"{name}: {done:N0} of {total:N0}, {Figures.Time(left)} left");
            }
        }
    }

    /// <summary>Takes the bar away.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _next = TimeSpan.MaxValue;
            _live?.Draw([]);
            _live?.Close();
            _live = null;
        }
    }

    private Row Bar(long done, long total, double left)
    {
        int filled = (int)Math.Min(BarWidth, BarWidth * (double)done / total);
        return new Row().Add(name + " ", new Style(decoration: Decoration.Bold))
            .Add(new string('━', filled), new Style(Color.Green)).Add(new string('━', BarWidth - filled), new Style(Color.Grey))
            .Add($" {done:N0}/{total:N0}, {Figures.Time(left)} left");
    }
}
