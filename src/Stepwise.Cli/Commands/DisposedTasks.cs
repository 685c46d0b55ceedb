using Stepwise.Evaluation.Benchmarks;

namespace Stepwise.Cli.Commands;

/// <summary>Ends what the tasks of benchmarks hold, such as a program that verifies.</summary>
/// <param name="sets">The benchmarks.</param>
internal sealed class DisposedTasks(BenchmarkSet[] sets) : IDisposable
{
    public void Dispose() => Array.ForEach(sets, set => (set.Task as IDisposable)?.Dispose());
}
