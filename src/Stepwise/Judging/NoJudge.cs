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
    public ValueTask<IReadOnlyList<StepJudgement>> JudgeAsync(
        Problem problem, IReadOnlyList<JudgedResponse> responses, CancellationToken cancellationToken = default) =>
        new([.. responses.Select(_ => StepJudgement.None("the task has no judge"))]);
}
