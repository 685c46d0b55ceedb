using Stepwise.Judging;
using Stepwise.Policies;
using Stepwise.Problems;
using Stepwise.Reasoning;
using Stepwise.Tasks;

namespace Examples;

/// <summary>Addition that forgets every carry, 37+8=35: a line per addend, then the result as #35.</summary>
internal sealed class CarrylessAddition : ITask, IStepJudge
{
    public string Name => "carryless-addition";

    public IStepJudge Judge => this;

    public Prompt Prompt(Problem problem) => new TextPrompt(problem.Question + "\n");

    public string? ReferenceResponse(Problem problem) => problem.Solution;

    public ValueTask<Verdict> VerifyAsync(Problem problem, Completion completion, CancellationToken cancellationToken = default)
    {
        string last = completion.Text.TrimEnd().Split('\n')[^1];
        return ValueTask.FromResult(string.Equals(last, $"#{problem.Answer}", StringComparison.Ordinal)
            ? new Verdict(Correctness.Correct, last, "the last line is right")
            : new Verdict(Correctness.Incorrect, last, $"the last line should be #{problem.Answer}"));
    }

    public ValueTask<IReadOnlyList<StepJudgement>> JudgeAsync(
        Problem problem, IReadOnlyList<JudgedResponse> responses, CancellationToken cancellationToken = default) =>
        Judgements.Each(responses, response => JudgeLines(response.Steps, problem.Solution!.Split('\n')), cancellationToken);

    private static StepJudgement JudgeLines(IReadOnlyList<ReasoningStep> steps, string[] right)
    {
        int sound = steps.TakeWhile((step, i) => i < right.Length && string.Equals(step.Text, right[i], StringComparison.Ordinal)).Count();
        return sound < steps.Count
            ? StepJudgement.Error(sound + 1, steps.Count, $"\"{steps[sound].Text}\" is wrong")
            : StepJudgement.NoError(sound, "every step is right");
    }
}
