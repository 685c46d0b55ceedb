using Stepwise.Policies;
using Stepwise.Problems;
using Stepwise.Reasoning;
using Stepwise.Tasks;

namespace Stepwise.Tests.Tasks;

/// <summary>Completions of given texts, for tests that need no tokens, and verdicts of tasks that wait for nothing.</summary>
internal static class Complete
{
    public static Completion Text(string text) => new([], [], text, [], FinishReason.Stop);

    public static Completion Truncated(string text) => new([], [], text, [], FinishReason.Length);

    public static Verdict Verify(this ITask task, Problem problem, Completion completion)
    {
        Task<Verdict> verdict = task.VerifyAsync(problem, completion, CancellationToken.None).AsTask();
        verdict.IsCompletedSuccessfully.ShouldBeTrue();
        return verdict.Result;
    }
}
