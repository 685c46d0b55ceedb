using Stepwise.Evaluation;
using Stepwise.Rollouts;
using Stepwise.Runs;
using Stepwise.Training;

namespace Examples;

/// <summary>Prints a line for every training step.</summary>
internal sealed class StepLines : IRunObserver
{
    public ValueTask OnStepAsync(StepReport report, IReadOnlyList<Group> groups, CancellationToken cancellationToken)
    {
        Console.WriteLine(
            $"step {report.Step,2}/{report.Steps}: solved {report.Ledger.SolveRate,6:P1}, groups all wrong {report.Ledger.AllNegativeShare,6:P1}, "
            + $"without signal {report.Ledger.DeadGroupShare,6:P1}");
        return ValueTask.CompletedTask;
    }

    public void OnEvaluation(int step, EvaluationResult result) =>
        Console.WriteLine($"after {step} steps: {result.SolveRate.Estimate:P1} of {result.Samples} samples of each of "
            + $"{result.Problems} held-out problems solved");
}
