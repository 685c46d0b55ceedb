using System.Diagnostics;
using Stepwise.Cli.Hub;

namespace Stepwise.Cli.Display;

/// <summary>A pull as lines: one per file, and while a large one goes on one every few seconds.</summary>
internal sealed class PlainPullDisplay(PullRequest request, TextWriter output) : IPullDisplay
{
    private const int LongestName = 100;

    private static readonly TimeSpan Every = TimeSpan.FromSeconds(5);

    private readonly PullProgress _progress = new();
    private bool _planned;
    private long _written = Stopwatch.GetTimestamp();

    public Task<PullResult> FollowAsync(Func<Task<PullResult>> pull) => pull();

    public void OnPlan(string commit, IReadOnlyList<HubFile> files)
    {
        _progress.Plan(files);
        if (!_planned)
        {
            _planned = true;
            Write($"{request.Repository} at {request.Revision} is commit {commit}.");
        }
    }

    public void OnBytes(HubFile file, long bytes, bool downloaded)
    {
        _progress.Add(bytes, downloaded);
        if (Stopwatch.GetElapsedTime(_written) >= Every && _progress.Left is { } left)
        {
            Write(
                $"  {Shown(file)}: {Figures.Bytes(_progress.Done)} of {Figures.Bytes(_progress.Total)} in all, {Figures.Bytes(_progress.Speed)}/s, "
                + $"{Figures.Time(left)} left");
        }
    }

    public void OnFile(HubFile file) => Write($"{Shown(file),-28} {Figures.Bytes(file.Size),9}  {file.Checksum.Value[..12]}");

    public void End(PullResult result) => Write(result.Downloaded
        ? $"Wrote {request.Folder}: {result.Record.Files.Count} files, {Figures.Bytes(result.Record.Files.Sum(f => f.Size))}."
        : $"{request.Folder} holds {request.Repository} at {result.Record.Commit} already; nothing was downloaded.");

    private static string Shown(HubFile file) => Escaped.Line(file.Name, LongestName);

    private void Write(string line)
    {
        _written = Stopwatch.GetTimestamp();
        output.WriteLine(line);
        output.Flush();
    }
}
