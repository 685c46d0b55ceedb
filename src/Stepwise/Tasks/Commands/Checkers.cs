using System.Collections.Concurrent;
using Stepwise.Reasoning;

namespace Stepwise.Tasks.Commands;

/// <summary>The processes of a program that verifies: started when they are needed, started again where one failed.</summary>
/// <param name="options">The command, and how many processes there may be.</param>
/// <param name="time">Whose seconds the time limit is in.</param>
internal sealed class Checkers(CommandTaskOptions options, TimeProvider time) : IDisposable
{
    /// <summary>How often in a row the program may fail to answer before the run ends: one that never works is not to go through a whole run.</summary>
    public const int MostFailures = 20;

    private readonly IReadOnlyList<string> _words = options.Words;
    private readonly TimeSpan _limit = TimeSpan.FromSeconds(options.TimeLimit);
    private readonly SemaphoreSlim _free = new(options.Workers);
    private readonly ConcurrentStack<CheckerProcess> _idle = new();
    private volatile bool _ended;
    private long _asked;
    private int _failures;

    /// <summary>Asks a process that is free.</summary>
    /// <param name="request">The request's line without its line feed, given its id: a counter, so that a late answer is known as one.</param>
    /// <param name="cancellationToken">Ends the process that was asked.</param>
    /// <returns>The verdict; undecided where there is no answer.</returns>
    /// <exception cref="RunException">The program cannot be started, or has failed time after time.</exception>
    public async Task<Verdict> AskAsync(Func<long, byte[]> request, CancellationToken cancellationToken)
    {
        await _free.WaitAsync(cancellationToken).ConfigureAwait(false);
        CheckerProcess? process = null;
        try
        {
            process = Take();
            long id = Interlocked.Increment(ref _asked);
            CheckerAnswer answer = await process.AskAsync(id, request(id), _limit, time, cancellationToken).ConfigureAwait(false);
            _idle.Push(process);
            process = null;
            if (answer.Id == id)
            {
                Volatile.Write(ref _failures, 0);
                return answer.Verdict;
            }

            return answer.Id is { } other
                ? CheckerAnswer.Undecided($"the program answered request {other}, and was asked {id}")
                : answer.Verdict;
        }
        catch (CheckerFailedException failure)
        {
            return Interlocked.Increment(ref _failures) <= MostFailures
                ? CheckerAnswer.Undecided(failure.Message)
                : throw new RunException(
                    $"task.command failed {MostFailures + 1} times in a row, the last time because {failure.Message}. Correct the program; the run's "
                    + "checkpoint goes on from here.", failure);
        }
        finally
        {
            process?.Dispose();
            _free.Release();
            if (_ended)
            {
                EndIdle();
            }
        }
    }

    /// <summary>Ends the processes that are free; one that is asked ends after its answer.</summary>
    public void Dispose()
    {
        _ended = true;
        EndIdle();
    }

    private void EndIdle()
    {
        while (_idle.TryPop(out CheckerProcess? process))
        {
            process.Dispose();
        }
    }

    /// <summary>A process that waits, or a new one; one that ended while it waited is forgotten.</summary>
    private CheckerProcess Take()
    {
        while (_idle.TryPop(out CheckerProcess? process))
        {
            if (!process.HasExited)
            {
                return process;
            }

            process.Dispose();
        }

        return CheckerProcess.Start(_words, options.Folder);
    }
}
