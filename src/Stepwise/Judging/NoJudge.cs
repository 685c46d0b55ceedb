using Stepwise.Problems;
using Stepwise.Reasoning;

namespace Stepwise.Judging;

/// <summary>Stands for the judge where there is none.</summary>
internal sealed class NoJudge : IStepJudge
{
    private readonly string _why;

    private NoJudge(string why) => _why = why;

    /// <summary>Of a task that has none.</summary>
    public static NoJudge Instance { get; } = new("the task has no judge");

    /// <summary>Where none is wanted, whatever the task has.</summary>
    public static NoJudge Chosen { get; } = new("judge.kind is none, so no judge is asked");

    /// <inheritdoc/>
    public string Name => "none";

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<StepJudgement>> JudgeAsync(
        Problem problem, IReadOnlyList<JudgedResponse> responses, CancellationToken cancellationToken = default) =>
        new([.. responses.Select(_ => StepJudgement.None(_why))]);
}
