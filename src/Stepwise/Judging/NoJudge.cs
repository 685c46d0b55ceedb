using Stepwise.Problems;
using Stepwise.Reasoning;

namespace Stepwise.Judging;

/// <summary>Stands for the judge of a task that has none.</summary>
internal sealed class NoJudge : IStepJudge
{
    private NoJudge()
    {
    }

    public static NoJudge Instance { get; } = new();

    /// <inheritdoc/>
    public string Name => "none";

    /// <inheritdoc/>
    public ValueTask<StepJudgement> JudgeAsync(
        Problem problem, JudgedResponse response, CancellationToken cancellationToken = default) =>
        new(StepJudgement.None("the task has no judge"));
}
