using System.Collections.Concurrent;
using System.Diagnostics;

namespace Stepwise.Sandboxing;

/// <summary>Starts processes from one thread that lasts: a process that is to die with its parent dies with the thread that started it.</summary>
internal static class Launcher
{
    private static readonly Lazy<BlockingCollection<Action>> Starts = new(Begin);

    /// <summary>Starts a process.</summary>
    /// <exception cref="System.ComponentModel.Win32Exception">It cannot be started.</exception>
    public static Task<Process> StartAsync(ProcessStartInfo info)
    {
        TaskCompletionSource<Process> started = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Starts.Value.Add(() =>
        {
            try
            {
                started.SetResult(Process.Start(info)!);
            }
            catch (Exception error)
            {
                started.SetException(error);
            }
        });
        return started.Task;
    }

    private static BlockingCollection<Action> Begin()
    {
        BlockingCollection<Action> starts = [];
        new Thread(() =>
        {
            foreach (Action start in starts.GetConsumingEnumerable())
            {
                start();
            }
        })
        { IsBackground = true, Name = "sandboxes" }.Start();
        return starts;
    }
}
