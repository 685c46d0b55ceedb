using Spectre.Console;
using Stepwise.Cli.Hub;

namespace Stepwise.Cli.Display;

/// <summary>A pull on a terminal: a bar with size, speed and time left.</summary>
internal sealed class TerminalPullDisplay(PullRequest request, IAnsiConsole console) : IPullDisplay
{
    private ProgressTask? _bar;

    public Task<PullResult> FollowAsync(Func<Task<PullResult>> pull) => console.Progress()
        .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new DownloadedColumn(), new TransferSpeedColumn(), new RemainingTimeColumn())
        .StartAsync(context =>
        {
            _bar = context.AddTask(Markup.Escape(request.Repository), maxValue: 1).IsIndeterminate();
            return pull();
        });

    public void OnPlan(string commit, IReadOnlyList<HubFile> files)
    {
        if (_bar is not null)
        {
            _bar.IsIndeterminate = false;
            _bar.MaxValue = Math.Max(1, files.Sum(f => f.Size));
        }
    }

    public void OnBytes(HubFile file, long bytes, bool downloaded)
    {
        if (_bar is not null)
        {
            _bar.Description = Markup.Escape(file.Name);
            _bar.Increment(bytes);
        }
    }

    public void OnFile(HubFile file)
    {
    }

    public void End(PullResult result) => new PlainPullDisplay(request, console.Profile.Out.Writer).End(result);
}
