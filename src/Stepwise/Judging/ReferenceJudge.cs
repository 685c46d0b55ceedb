using Stepwise.Judging.Arithmetic;
using Stepwise.Problems;
using Stepwise.Tasks;

namespace Stepwise.Judging;

/// <summary>x</summary>
public sealed class ReferenceJudge : IStepJudge
{
    /// <inheritdoc/>
    public string Name => "reference";

    /// <inheritdoc/>
    public ValueTask<StepJudgement> JudgeAsync(
        Problem problem, IReadOnlyList<ReasoningStep> steps, CancellationToken cancellationToken = default) => new(Judge(problem, steps));

    private static StepJudgement Judge(Problem problem, IReadOnlyList<ReasoningStep> steps)
    {
        for (int i = 0; i < steps.Count; i++)
        {
            foreach (Equality e in Equality.Find(Gsm8k.WithoutAnnotations(steps[i].Text)))
            {
                if (e.Truth == Truth.Wrong)
                {
                    return StepJudgement.Error(i + 1, steps.Count, $"{e.Left.Value} = {e.Right.Value} is false");
                }
            }
        }

        return StepJudgement.None("x");
    }
}
