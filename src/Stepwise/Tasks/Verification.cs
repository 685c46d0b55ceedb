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
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="RunException">The verifier threw.</exception>
    public static async ValueTask<Verdict> VerdictAsync(
        ITask task, Problem problem, Completion completion, string sample, CancellationToken cancellationToken)
    {
        if (completion.Failed)
        {
            return new(Correctness.Undecided, null, $"sampling failed: {completion.Failure ?? "it was cancelled"}");
        }

        try
        {
            return await task.VerifyAsync(problem, completion, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (!(error is OperationCanceledException && cancellationToken.IsCancellationRequested))
        {
            throw Failure(task, problem, sample, error);
        }
    }

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
            throw Failure(task, problem, sample, error);
        }
    }

    private static RunException Failure(ITask task, Problem problem, string sample, Exception error) => new(
        $"The verifier of {task.Name} failed on problem {problem.Id}, {sample} ({error.GetType().Name}: {error.Message.TrimEnd('.')}). "
        + "Correct the task, or leave the problem out.", error);
}
