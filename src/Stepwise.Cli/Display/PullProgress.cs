using System.Diagnostics;
using Stepwise.Cli.Hub;

namespace Stepwise.Cli.Display;

/// <summary>How far a pull is, and how long it still takes at the mean speed so far.</summary>
internal sealed class PullProgress
{
    private long _started;
    private long _downloaded;

    /// <summary>Bytes that are there.</summary>
    public long Done { get; private set; }

    /// <summary>Bytes of all files.</summary>
    public long Total { get; private set; }

    /// <summary>Bytes per second; 0 before the first came.</summary>
    public double Speed => _downloaded == 0 ? 0 : _downloaded / Math.Max(1e-3, Stopwatch.GetElapsedTime(_started).TotalSeconds);

    /// <summary>The estimate; <see langword="null"/> before the first byte came.</summary>
    public TimeSpan? Left => Speed == 0 ? null : TimeSpan.FromSeconds(Math.Min((Total - Done) / Speed, 1e7));

    public void Plan(IReadOnlyList<HubFile> files) => Total = files.Sum(f => f.Size);

    /// <summary>Counts bytes; the speed is that of those which were downloaded now.</summary>
    public void Add(long bytes, bool downloaded)
    {
        Done += bytes;
        if (downloaded)
        {
            _started = _started == 0 ? Stopwatch.GetTimestamp() : _started;
            _downloaded += bytes;
        }
    }
}
