using Stepwise.Comparisons;

namespace Stepwise.Cli.Commands;

/// <summary>What became of a planned run.</summary>
/// <param name="Run">The run.</param>
/// <param name="Result">Its result; <see langword="null"/> if it failed.</param>
/// <param name="Earlier">Whether an earlier start of the comparison finished it.</param>
/// <param name="Failure">Why it failed; <see langword="null"/> if it did not.</param>
internal sealed record ComparisonOutcome(PlannedRun Run, ComparedRun? Result, bool Earlier, string? Failure);

/// <summary>Carries out a comparison's runs, several at a time, and keeps each result as soon as it is there.</summary>
/// <param name="folder">Where results are kept; a result found there is not computed again.</param>
/// <param name="parallel">Runs at a time, at least 1; changes no result.</param>
/// <param name="execute">Carries out one run; called from several threads.</param>
internal sealed class CompareRunner(
    CompareFolder folder, int parallel, Func<PlannedRun, CancellationToken, Task<ComparedRun>> execute)
{
    private const int LongestFailure = 500;

    private readonly Lock _lock = new();

    /// <summary>Takes finished runs from the folder and carries out the rest; one that fails, in whatever way, does not stop the others.</summary>
    /// <param name="runs">The runs, in the order in which they are started.</param>
    /// <param name="onOutcome">Told of every run, one at a time; first of those finished earlier.</param>
    /// <param name="cancellationToken">Stops the comparison; finished runs stay in the folder.</param>
    /// <exception cref="InputException">The folder holds results of other settings; nothing was started.</exception>
    /// <exception cref="OperationCanceledException">The comparison was stopped.</exception>
    public async Task RunAsync(
        IReadOnlyList<PlannedRun> runs, Action<ComparisonOutcome> onOutcome, CancellationToken cancellationToken)
    {
        (PlannedRun Run, ComparedRun? Result)[] found = [.. runs.Select(run => (run, folder.Load(run)))];
        foreach ((PlannedRun run, ComparedRun? result) in found.Where(f => f.Result is not null))
        {
            onOutcome(new(run, result, Earlier: true, Failure: null));
        }

        ParallelOptions options = new() { MaxDegreeOfParallelism = parallel, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(found.Where(f => f.Result is null).Select(f => f.Run), options, async (run, token) =>
        {
            ComparisonOutcome outcome = await ExecuteAsync(run, token).ConfigureAwait(false);
            lock (_lock)
            {
                onOutcome(outcome);
            }
        }).ConfigureAwait(false);
    }

    private async Task<ComparisonOutcome> ExecuteAsync(PlannedRun run, CancellationToken cancellationToken)
    {
        try
        {
            ComparedRun result = await execute(run, cancellationToken).ConfigureAwait(false);
            folder.Store(run, result);
            return new(run, result, Earlier: false, Failure: null);
        }
        catch (Exception error) when (error is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            string message = error is InputException or RunException ? error.Message : $"{error.Message} ({error.GetType().Name})";
            return new(run, Result: null, Earlier: false, Escaped.Line(message, LongestFailure));
        }
    }
}
