using Stepwise.Judging;
using Stepwise.Problems;
using Stepwise.Reasoning;

namespace Stepwise.Tasks.Chains;

/// <summary>
/// The exact step checker of <see cref="ChainedArithmetic"/>. Right steps determine the next one, so the first error is the first line
/// that differs from the right response: a wrong value, a skipped or repeated operation, a premature or wrong answer line, a
/// missing answer line, or anything after it. Each right line reaches its milestone; an idle one, where the task allows them, reaches none.
/// </summary>
/// <param name="task">The task, which knows the right lines.</param>
internal sealed class ChainJudge(ChainedArithmetic task) : IStepJudge
{
    /// <inheritdoc/>
    public string Name => "chained-arithmetic";

    /// <summary>Judges each response. A truncated response whose complete steps are right has no error.</summary>
    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<StepJudgement>> JudgeAsync(
        Problem problem, IReadOnlyList<JudgedResponse> responses, CancellationToken cancellationToken = default)
    {
        IReadOnlyList<ChainLine> right = task.RightLines(problem.Question);
        IReadOnlyList<Milestone> milestones = task.Milestones(problem);
        return Judgements.Each(responses, response => Judge(right, new MilestoneCount(milestones), response.Steps), cancellationToken);
    }

    private StepJudgement Judge(IReadOnlyList<ChainLine> right, MilestoneCount reached, IReadOnlyList<ReasoningStep> steps)
    {
        int next = 0;
        for (int step = 1; step <= steps.Count; step++)
        {
            string found = steps[step - 1].Text;
            if (next == right.Count)
            {
                return Error(step, "a step after the answer line");
            }

            if (string.Equals(found, right[next].Text, StringComparison.Ordinal))
            {
                reached.Reach(next++, step);
            }
            else if (!task.IsIdle(found, right[next].Before))
            {
                return Error(step, $"{(found.Length == 0 ? "nothing" : $"\"{found}\"")} where \"{right[next].Text}\" is right");
            }
        }

        string reason = next == right.Count ? "every step is right" : "every complete step is right; the response was cut off";
        return StepJudgement.NoError(steps.Count, reason) with { Progress = reached.End(steps.Count + 1, steps.Count) };

        StepJudgement Error(int step, string reason) =>
            StepJudgement.Error(step, steps.Count, reason) with { Progress = reached.End(step, steps.Count) };
    }
}
