using Stepwise.Judging;
using Stepwise.Problems;
using Stepwise.Reasoning;

namespace Stepwise.Tasks.Chains;

/// <summary>
/// The exact step checker of <see cref="ChainedArithmetic"/>. Right steps determine the next one, so the first error is the first line
/// that differs from the only right response: a wrong value, a skipped or repeated operation, a premature or wrong answer line, a
/// missing answer line, or anything after it.
/// </summary>
/// <param name="task">The task, which knows the right lines.</param>
internal sealed class ChainJudge(ChainedArithmetic task) : IStepJudge
{
    /// <inheritdoc/>
    public string Name => "chained-arithmetic";

    /// <summary>Judges one response. A truncated response whose complete steps are right has no error.</summary>
    /// <inheritdoc/>
    public ValueTask<StepJudgement> JudgeAsync(
        Problem problem, JudgedResponse response, CancellationToken cancellationToken = default)
    {
        IReadOnlyList<ReasoningStep> steps = response.Steps;
        int right = 0;
        foreach (string line in task.RightLines(problem.Question))
        {
            if (right == steps.Count)
            {
                return new(StepJudgement.NoError(steps.Count, "every complete step is right; the response was cut off"));
            }

            string found = steps[right].Text;
            if (!string.Equals(found, line, StringComparison.Ordinal))
            {
                string reason = found.Length == 0 ? $"nothing where \"{line}\" is right" : $"\"{found}\" where \"{line}\" is right";
                return new(StepJudgement.Error(right + 1, steps.Count, reason));
            }

            right++;
        }

        return new(right == steps.Count
            ? StepJudgement.NoError(right, "every step is right")
            : StepJudgement.Error(right + 1, steps.Count, "a step after the answer line"));
    }
}
