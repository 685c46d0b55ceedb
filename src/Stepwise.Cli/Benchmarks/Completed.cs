namespace Stepwise.Cli.Benchmarks;

/// <summary>Takes the result of a call that does its work before it returns, as those of a local policy do, without allocating.</summary>
internal static class Completed
{
    /// <summary>The result.</summary>
    /// <exception cref="InvalidOperationException">The call has not completed.</exception>
    public static T Result<T>(ValueTask<T> call) =>
        call.IsCompleted ? call.Result : throw new InvalidOperationException("A local policy returned before its work was done.");
}
