using Stepwise.Cli.Hub;

namespace Stepwise.Cli.Display;

/// <summary>Shows a pull while it goes.</summary>
internal interface IPullDisplay : IPullObserver
{
    /// <summary>Carries the pull out with the display around it.</summary>
    Task<PullResult> FollowAsync(Func<Task<PullResult>> pull);

    /// <summary>Shows what the pull came to.</summary>
    void End(PullResult result);
}
