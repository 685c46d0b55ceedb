using Stepwise.Policies;
using Stepwise.Problems;
using Stepwise.Reasoning;
using Stepwise.Tasks;

namespace Stepwise.Tests.Training;

/// <summary>1 is right, a question mark undecided.</summary>
internal sealed class DigitTask : ITask
{
    public string Name => "digit";

    public Prompt Prompt(Problem problem) => new TextPrompt(problem.Question);

    public ValueTask<Verdict> VerifyAsync(Problem problem, Completion completion, CancellationToken cancellationToken = default)
    {
        completion.Failed.ShouldBeFalse("what failed is not shown to the verifier");
        string last = completion.Text.Split('\n')[^1];
        Correctness correctness = last switch { "1" => Correctness.Correct, "?" => Correctness.Undecided, _ => Correctness.Incorrect };
        return ValueTask.FromResult(new Verdict(correctness, last, ""));
    }
}
