using Stepwise.Answers;
using Stepwise.Judging;
using Stepwise.Options;
using Stepwise.Policies;
using Stepwise.Problems;
using Stepwise.Reasoning;
using Stepwise.Reasoning.Steps;

namespace Stepwise.Tasks.Mathematics;

/// <summary>Problems of mathematics from a file: a question, a reference answer of any form, and maybe a reference solution.</summary>
/// <remarks>
/// Unless the recipe says otherwise, the prompt is a chat of one user message: the question and <see cref="BoxedInstruction"/>. What a model thinks
/// between <c>&lt;think&gt;</c> and <c>&lt;/think&gt;</c> is no answer, and a response that thinks to its end has none. Answers are
/// read and compared by <see cref="MathAnswer"/>; the judge reads numbers, so that it can place errors where the reference answer is one.
/// </remarks>
public class MathTask : ITask
{
    /// <summary>What the prompt adds to the question, unless the recipe says otherwise.</summary>
    public const string BoxedInstruction = @"Please reason step by step, and put your final answer within \boxed{}.";

    private readonly PromptOptions _prompt;
    private readonly StepSplitter _steps;

    /// <summary>Creates the task.</summary>
    /// <param name="options">The settings, of which the task itself needs prompt and steps alone; <see langword="null"/> takes the defaults.</param>
    /// <exception cref="InputException">A setting of the prompt is not allowed.</exception>
    public MathTask(MathOptions? options = null)
        : this((options ?? new()).Prompt, (options ?? new()).Steps)
    {
    }

    private protected MathTask(PromptOptions prompt, StepSplitter steps)
    {
        OptionTree.Check(prompt, "task.");
        (_prompt, _steps) = (prompt, steps);
    }

    /// <inheritdoc/>
    public virtual string Name => "math";

    /// <inheritdoc/>
    public IStepJudge Judge { get; } = new ReferenceJudge();

    /// <summary>A question that is a chat is put as it stands.</summary>
    /// <inheritdoc/>
    public Prompt Prompt(Problem problem) => problem.Messages is { } messages ? _prompt.Of(messages) : _prompt.Of(problem.Question);

    /// <summary>The solution without its annotations.</summary>
    /// <inheritdoc/>
    public string? ReferenceResponse(Problem problem) => problem.Solution is { } solution ? Annotations.Without(solution) : null;

    /// <summary>The different values that the solution derives, then the answer; none where the answer is not one number.</summary>
    /// <inheritdoc/>
    public IReadOnlyList<Milestone> Milestones(Problem problem) =>
        problem.Solution is not null && FinalAnswer.Read(problem.Answer)?.Plain is { } answer ? new ReferenceMilestones(problem, answer).All : [];

    /// <summary>
    /// Compares the final answer with the reference answer as mathematics. Undecided where the reference answer cannot be read, or the comparison
    /// ends at its bounds.
    /// </summary>
    /// <inheritdoc/>
    public virtual ValueTask<Verdict> VerifyAsync(Problem problem, Completion completion, CancellationToken cancellationToken = default)
    {
        MathAnswer reference = MathAnswer.Reference(problem.Answer);
        return new(reference.Unread is { } unread ? new Verdict(Correctness.Undecided, null, Unreadable(problem, unread))
            : Thinking.End(completion.Text) is { } start ? Verdict(problem, reference, completion, start)
            : new Verdict(Correctness.Incorrect, null, completion.Truncated ? "truncated" : "it thinks to its end"));
    }

    /// <summary>Whether the reference answer can be read; of others no answer is decided.</summary>
    /// <inheritdoc/>
    public bool Decides(Problem problem) => WhyUndecided(problem) is null;

    /// <inheritdoc/>
    public virtual string? WhyUndecided(Problem problem) => MathAnswer.Reference(problem.Answer).Unread is { } unread ? Unreadable(problem, unread) : null;

    /// <summary>
    /// The steps of a response as the settings cut it. A response that ended by itself without stating an answer has an empty last step in the
    /// place of the answer line: stopping early is an error of that step, and the stop token belongs to it.
    /// </summary>
    /// <inheritdoc/>
    public IReadOnlyList<ReasoningStep> Steps(string response, bool truncated)
    {
        IReadOnlyList<ReasoningStep> steps = _steps.Split(response, truncated);
        return truncated || ReferenceJudge.IsStated(Stated(response, truncated), steps)
            ? steps
            : [.. steps, new ReasoningStep(response.Length, response.Length, "")];
    }

    /// <summary>The first of the marks by which an answer is stated, see <c>FinalAnswer</c>.</summary>
    /// <inheritdoc/>
    public int? AnswerStart(string response)
    {
        ArgumentNullException.ThrowIfNull(response);
        int? first = null;
        while (Stated(response[..(first ?? response.Length)], truncated: false).StatedAt is { } earlier)
        {
            first = earlier;
        }

        return first;
    }

    /// <summary>What a response states as its answer, as the judge reads it.</summary>
    /// <param name="response">The response.</param>
    /// <param name="truncated">Whether it was cut off.</param>
    private protected virtual Reading Stated(string response, bool truncated) => FinalAnswer.Find(Thinking.Blanked(response), truncated);

    private Verdict Verdict(Problem problem, MathAnswer reference, Completion completion, int start)
    {
        MathAnswer? answer = MathAnswer.Find(completion.Text[start..], completion.Truncated);
        AnswerComparison? comparison = answer is null ? null : MathAnswer.Compare(reference, answer);
        (Correctness correctness, string reason) = comparison?.Outcome switch
        {
            null => (Correctness.Incorrect, completion.Truncated ? "truncated" : "no final answer"),
            Equivalence.Equal => (Correctness.Correct, "the answer is right"),
            Equivalence.Different => (Correctness.Incorrect, $"the answer is {problem.Answer}"),
            _ => (Correctness.Undecided, comparison.Reason),
        };
        return new(correctness, answer?.Text, reason)
        {
            Reading = Agreeing(Stated(completion.Text, completion.Truncated), correctness, FinalAnswer.Read(problem.Answer)),
        };
    }

    /// <summary>
    /// What the judge reads as the answer, right where the verdict says so and wrong where it says that: the judge reads fewer forms, and a
    /// percentage in two ways.
    /// </summary>
    private static Reading Agreeing(Reading reading, Correctness correctness, FinalAnswer? reference)
    {
        bool right = reference is not null && reading.Answer?.Is(reference.Plain) == true;
        return (correctness, right) switch
        {
            (Correctness.Correct, false) when reference is not null =>
                reading with { Answer = reference with { Position = reading.StatedAt ?? reading.Answer?.Position ?? 0 } },
            (Correctness.Incorrect, true) => reading with { Answer = null },
            _ => reading,
        };
    }

    private static string Unreadable(Problem problem, string why) => $"the reference answer {Quoted.Of(problem.Answer)} cannot be read: {why}";
}
