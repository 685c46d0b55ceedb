using Stepwise.Answers;
using Stepwise.Problems;
using Stepwise.Reasoning;

namespace Stepwise.Judging;

/// <summary>
/// Finds the first wrong step of a solution in prose by exact arithmetic and the reference solution, without a model. Where a wrong answer
/// shows that there is an error, it names the likeliest place; how often that is the right one is measured in docs/judge.md.
/// </summary>
/// <remarks>
/// Every equality of a step is evaluated exactly (<c>16 - 3 - 4 = 9</c>, <c>2 boxes x 12 eggs = 24 eggs</c>, chains, LaTeX); a rounded
/// result counts to its stated decimals. An equality derives a value. The value is <em>supported</em> if the reference solution derives
/// it too, or could in another order of its sums and products, or if such a value was derived from it later: another way to the same
/// result. The final answer is the verifier's; a wrong one counts if it is marked, or is in a last step that concludes
/// (<c>So she has 9</c>), and is supported only by what follows from it. Then, in this order:
/// <list type="number">
/// <item>a false equality: the first unsupported value before it is blamed, else the equality's step is the first error;</item>
/// <item>a right final answer without a false equality before it: no error;</item>
/// <item>a wrong final answer: the first unsupported value is blamed, else the step that first states the answer;</item>
/// <item>no final answer: the first unsupported value is blamed only if a later unsupported one was derived from it or it rests on a foreign
/// number; if every step derives a value and all are supported, a response that was cut off has no error, and one that stopped has one in
/// the place of its answer line;</item>
/// <item>anything else: no judgement.</item>
/// </list>
/// What is blamed need not be the step that derives the value: models go wrong in words before they go wrong in numbers. It is an earlier
/// step that states a <em>foreign</em> number, one that nothing gives (<c>she works 30 days</c>), or the step before, if that ends with
/// the relation, in words or with an unknown, which is solved here (<c>51 = 3x</c>). How far a response came is counted beside that, and
/// goes on past what is blamed in hindsight: <see cref="ReferenceMilestones.Follow"/>.
/// </remarks>
internal sealed class ReferenceJudge : IStepJudge
{
    private static readonly string[] Conclusions = ["Therefore", "Thus", "Hence", "So"];

    /// <inheritdoc/>
    public string Name => "reference";

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<StepJudgement>> JudgeAsync(
        Problem problem, IReadOnlyList<JudgedResponse> responses, CancellationToken cancellationToken = default)
    {
        string none = problem.Solution is null ? "the problem has no reference solution" : $"the reference answer \"{problem.Answer}\" is not one number";
        if (problem.Solution is null || FinalAnswer.Read(problem.Answer)?.Plain is not { } answer)
        {
            return Judgements.Each(responses, _ => StepJudgement.None(none), cancellationToken);
        }

        ReferenceValues reference = new(problem, answer);
        ReferenceMilestones milestones = new(problem, answer);
        return Judgements.Each(responses, response => Judge(reference, milestones, answer, response), cancellationToken);
    }

    /// <summary>Whether a response states an answer: by a mark, or as the number of a last step that concludes.</summary>
    /// <param name="reading">What was read as its answer.</param>
    /// <param name="steps">The response's steps.</param>
    internal static bool IsStated(Reading reading, IReadOnlyList<ReasoningStep> steps) =>
        reading.StatedAt is not null
        || (reading.Answer is { } answer && steps is [.., var last] && answer.Position >= last.Start && Concludes(last.Text));

    private static StepJudgement Judge(ReferenceValues reference, ReferenceMilestones milestones, Rational answer, JudgedResponse response)
    {
        IReadOnlyList<ReasoningStep> steps = response.Steps;
        string[] texts = [.. steps.Select(step => Annotations.Without(step.Text))];
        Derivations derivations = new(reference);
        Equality? wrong = null;
        int step = 0;
        while (wrong is null && step < texts.Length)
        {
            wrong = derivations.Read(++step, texts[step - 1]);
        }

        Reading reading = response.Verdict.Reading;
        int? falseStep = wrong is null ? null : step;
        int? answerStep = IsStated(reading, steps) ? StepAt(steps, reading.Answer?.Position ?? reading.StatedAt!.Value) : null;
        StepJudgement judgement = wrong is null
            ? Judge(reference, derivations, answer, response, texts)
            : False(derivations, wrong, step, texts);
        return judgement with
        {
            Progress = milestones.Follow(reference, derivations, falseStep, answerStep, reading.Answer?.Is(answer) == true, texts),
        };
    }

    /// <summary>The first error of a response with a false equality.</summary>
    private static StepJudgement False(Derivations derivations, Equality wrong, int step, string[] texts)
    {
        derivations.Support(wrong: null);
        return derivations.FirstUnsupported is { } earlier
            ? Unsupported(derivations, earlier, texts)
            : StepJudgement.Error(step, texts.Length, $"{wrong.Left!.Value} is not {wrong.Right.Value}");
    }

    /// <summary>The first error of a response without a false equality.</summary>
    private static StepJudgement Judge(
        ReferenceValues reference, Derivations derivations, Rational answer, JudgedResponse response, string[] texts)
    {
        IReadOnlyList<ReasoningStep> steps = response.Steps;
        Reading reading = response.Verdict.Reading;
        bool isStated = IsStated(reading, steps);
        FinalAnswer? final = reading.Answer;
        if (final?.Is(answer) == true)
        {
            return StepJudgement.NoError(steps.Count, "the answer is right and no equality is false");
        }

        derivations.Support(isStated ? final : null);
        if (derivations.FirstUnsupported is { } first)
        {
            return isStated || derivations.IsConfident(first)
                ? Unsupported(derivations, first, texts)
                : StepJudgement.None($"{first.Value} is not in the reference solution, but may be right");
        }

        if (isStated)
        {
            int? earlier = final is null || reference.Knows(final.Plain) ? null : derivations.StepOf(final.Plain);
            string reason = final is null ? "what it states as the answer is not one number" : $"the answer {final.Text} is not {answer}";
            return derivations.None
                ? StepJudgement.None("the answer is wrong, and no equality shows where it went wrong")
                : StepJudgement.Error(earlier ?? StepAt(steps, final?.Position ?? reading.StatedAt!.Value), steps.Count, reason);
        }

        // The task puts an empty last step where a response stopped without an answer line.
        bool stopped = texts is [.., ""];
        int written = stopped ? steps.Count - 1 : steps.Count;
        return !derivations.IsConfirmed(written) && (written > 0 || !stopped) ? StepJudgement.None("too little can be checked")
            : stopped ? StepJudgement.Error(steps.Count, steps.Count, "it stopped without an answer line")
            : StepJudgement.NoError(steps.Count, "every step derives a value on the way to the reference solution");
    }

    /// <summary>The step that a character of the response stands in, counted from 1.</summary>
    private static int StepAt(IReadOnlyList<ReasoningStep> steps, int position)
    {
        int step = 1;
        while (step < steps.Count && steps[step - 1].End <= position)
        {
            step++;
        }

        return step;
    }

    /// <summary>
    /// Blames the first unsupported value on its own step; on the step before, if that ends with the relation, in words or with an unknown,
    /// of which this is the solution; or on an earlier one that states a foreign number.
    /// </summary>
    private static StepJudgement Unsupported(Derivations derivations, Derivation first, string[] texts)
    {
        int step = first.Step > 1 && Equality.EndsOpen(texts[first.Step - 2]) ? first.Step - 1 : first.Step;
        return derivations.FirstForeign is { } foreign && foreign < step
            ? StepJudgement.Error(foreign, texts.Length, $"a number that nothing gives, and later {first.Value} is not on the way")
            : StepJudgement.Error(step, texts.Length, $"{first.Value} is not on the way to the reference solution");
    }

    private static bool Concludes(string text) =>
        Array.Exists(Conclusions, word => text.StartsWith(word, StringComparison.OrdinalIgnoreCase));
}
