using Stepwise.Policies;
using Stepwise.Problems;
using Stepwise.Reasoning;

namespace Stepwise.Tasks;

/// <summary>A task's verifier, asked about whole completions only; what it throws says of which.</summary>
internal static class Verification
{
    /// <summary>The verdict on a completion; one whose sampling failed is undecided and not shown to the verifier.</summary>
    /// <param name="task">The task.</param>
    /// <param name="problem">The problem.</param>
    /// <param name="completion">The completion.</param>
    /// <param name="sample">Which of the problem's completions it is, for messages.</param>
    /// <exception cref="RunException">The verifier threw.</exception>
    public static Verdict Verdict(ITask task, Problem problem, Completion completion, string sample) =>
        completion.Failed
            ? new(Correctness.Undecided, null, $"sampling failed: {completion.Failure ?? "it was cancelled"}")
            : Guard(task, problem, sample, () => task.Verify(problem, completion));

    /// <summary>Runs a part of a task on a completion.</summary>
    /// <param name="task">The task.</param>
    /// <param name="problem">The problem.</param>
    /// <param name="sample">Which of the problem's completions it is, for messages.</param>
    /// <param name="part">What to run.</param>
    /// <exception cref="RunException">It threw.</exception>
    public static T Guard<T>(ITask task, Problem problem, string sample, Func<T> part)
    {
        try
        {
            return part();
        }
        catch (Exception error)
        {
            throw new RunException(
                $"The verifier of {task.Name} failed on problem {problem.Id}, {sample} ({error.GetType().Name}: {error.Message.TrimEnd('.')}). "
                + "Correct the task, or leave the problem out.", error);
        }
    }
}
