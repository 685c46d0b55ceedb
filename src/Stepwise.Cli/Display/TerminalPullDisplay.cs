using System.Diagnostics;
using Spectre.Console;
using Stepwise.Cli.Hub;

namespace Stepwise.Cli.Display;

/// <summary>A pull on a terminal: a row with size, speed and time left.</summary>
internal sealed class TerminalPullDisplay(PullRequest request, Terminal terminal) : IPullDisplay
{
    private const int BarWidth = 20;
    private const int LongestName = 100;

    private static readonly TimeSpan Refresh = TimeSpan.FromMilliseconds(100);

    private readonly PullProgress _progress = new();
    private LiveRegion? _live;
    private long _drawn;

    public async Task<PullResult> FollowAsync(Func<Task<PullResult>> pull)
    {
        _live = new(terminal);
        try
        {
            return await pull().ConfigureAwait(false);
        }
        finally
        {
            _live.Draw([]);
            _live.Close();
        }
    }

    public void OnPlan(string commit, IReadOnlyList<HubFile> files) => _progress.Plan(files);

    public void OnBytes(HubFile file, long bytes, bool downloaded)
    {
        _progress.Add(bytes, downloaded);
        if (Stopwatch.GetElapsedTime(_drawn) >= Refresh)
        {
            _drawn = Stopwatch.GetTimestamp();
            _live?.Draw([Bar(file.Name)]);
        }
    }

    public void OnFile(HubFile file)
    {
    }

    public void End(PullResult result) => new PlainPullDisplay(request, terminal.Output).End(result);

    /// <summary>What may be long stands last.</summary>
    private Row Bar(string file)
    {
        int filled = (int)Math.Clamp(BarWidth * (double)_progress.Done / Math.Max(1, _progress.Total), 0, BarWidth);
        string left = _progress.Left is { } time ? $", {Figures.Bytes(_progress.Speed)}/s, {Figures.Time(time)} left" : "";
        return new Row()
            .Add(new string('━', filled), new Style(Color.Green)).Add(new string('━', BarWidth - filled), new Style(Color.Grey))
            .Add($" {Figures.Bytes(_progress.Done)}/{Figures.Bytes(_progress.Total)}{left}  {Escaped.Line(file, LongestName)}");
    }
}
