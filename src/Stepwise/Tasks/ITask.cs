using Stepwise.Judging;
using Stepwise.Policies;
using Stepwise.Problems;

namespace Stepwise.Tasks;

/// <summary>How a kind of problem is put to a policy and checked.</summary>
public interface ITask
{
    /// <summary>The task's name in recipes.</summary>
    string Name { get; }

    /// <summary>The judge that comes with the task: its exact step checker, or one that reads the reference solution.</summary>
    IStepJudge Judge { get; }

    /// <summary>What the policy is asked.</summary>
    /// <param name="problem">The problem.</param>
    Prompt Prompt(Problem problem);

    /// <summary>The reference solution as a model answer (steps and answer line), or <see langword="null"/> where the problem has none.</summary>
    /// <param name="problem">The problem.</param>
    string? ReferenceResponse(Problem problem);

    /// <summary>Whether the response's final answer is right. Looks at the final answer only.</summary>
    /// <param name="problem">The problem.</param>
    /// <param name="completion">The response.</param>
    Verdict Verify(Problem problem, Completion completion);

    /// <summary>The complete steps of a response in order; the answer line is one, a last step that was cut off is not.</summary>
    /// <param name="response">The response's text.</param>
    /// <param name="truncated">Whether the response was cut off by a length limit.</param>
    IReadOnlyList<ReasoningStep> Steps(string response, bool truncated);
}
