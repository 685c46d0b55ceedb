using Stepwise.Judging;
using Stepwise.Problems;
using Stepwise.Reasoning;

namespace Stepwise.Tasks.Commands;

/// <summary>The judge of a program that names the first wrong step beside its verdict: it reads that, and asks nothing itself.</summary>
internal sealed class CommandJudge : IStepJudge
{
    /// <inheritdoc/>
    public string Name => "command";

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<StepJudgement>> JudgeAsync(
        Problem problem, IReadOnlyList<JudgedResponse> responses, CancellationToken cancellationToken = default) =>
        Judgements.Each(responses, Of, cancellationToken);

    private static StepJudgement Of(JudgedResponse response)
    {
        (int steps, string reason) = (response.Steps.Count, response.Verdict.Reason);
        return response.Verdict.FirstWrongStep switch
        {
            null => StepJudgement.None("the program names no first wrong step"),
            0 => StepJudgement.NoError(steps, reason),
            { } step when step <= steps => StepJudgement.Error(step, steps, reason),
            { } step => StepJudgement.None($"the program names step {step}, and the response has {Counted.Of(steps, "step")}"),
        };
    }
}
