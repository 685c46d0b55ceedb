using Stepwise.Runs;

namespace Stepwise.Cli.Display;

/// <summary>Shows a run while it goes.</summary>
internal interface IRunDisplay : IRunObserver
{
    /// <summary>Carries the run out with the display around it.</summary>
    Task<RunResult> FollowAsync(Func<Task<RunResult>> run);

    /// <summary>Shows what the run came to.</summary>
    void End(RunResult result);
}
