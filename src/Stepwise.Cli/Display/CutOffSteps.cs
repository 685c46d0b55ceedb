using Stepwise.Training;

namespace Stepwise.Cli.Display;

/// <summary>Notices training steps most of whose samples are cut off: they may have signal all the same, and teach to ramble.</summary>
internal sealed class CutOffSteps
{
    /// <summary>Such steps in a row that are worth a word.</summary>
    private const int Enough = 3;

    private int _steps;

    /// <summary>Takes a step.</summary>
    /// <returns>A warning after three such steps in a row, one until fewer are cut off; otherwise <see langword="null"/>.</returns>
    public string? OnStep(StepReport report)
    {
        _steps = report.Ledger.CutOffShare > 0.5 ? _steps + 1 : 0;
        return _steps == Enough && report.Ledger.SignalTokens > 0
            ? $"More than half of the samples of training steps {report.Step - Enough + 1} to {report.Step} were cut off: raise sampling.maxNewTokens, "
                + "or see what the samples say (the table rollouts of the run's store)."
            : null;
    }
}
