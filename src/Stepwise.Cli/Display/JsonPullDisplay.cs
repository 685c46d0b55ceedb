using Stepwise.Cli.Hub;

namespace Stepwise.Cli.Display;

/// <summary>A pull as JSON: an object per file, and one at the end.</summary>
internal sealed class JsonPullDisplay(PullRequest request, TextWriter output) : IPullDisplay
{
    private long _downloaded;

    public Task<PullResult> FollowAsync(Func<Task<PullResult>> pull) => pull();

    public void OnPlan(string commit, IReadOnlyList<HubFile> files) => JsonLine.Write(output, new
    {
        @event = "plan",
        request.Repository,
        request.Revision,
        commit,
        Files = files.Select(f => new { f.Name, f.Size }),
    });

    public void OnBytes(HubFile file, long bytes, bool downloaded) => _downloaded += downloaded ? bytes : 0;

    public void OnFile(HubFile file) => JsonLine.Write(output, new { @event = "file", file.Name, file.Size, Checksum = file.Checksum.Value });

    public void End(PullResult result) => JsonLine.Write(output, new
    {
        @event = "end",
        result.Record.Repository,
        result.Record.Commit,
        Folder = request.Folder,
        DownloadedBytes = _downloaded,
    });
}
