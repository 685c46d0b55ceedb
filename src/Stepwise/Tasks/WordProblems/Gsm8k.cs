using System.Globalization;
using Stepwise.Answers;
using Stepwise.Judging;
using Stepwise.Options;
using Stepwise.Policies;
using Stepwise.Problems;
using Stepwise.Reasoning;

namespace Stepwise.Tasks.WordProblems;

/// <summary>Grade-school word problems in the format of GSM8K: a question, and a solution in prose that ends in a number.</summary>
/// <remarks>
/// Unless the recipe says otherwise, the prompt is a chat of one user message: the question and <see cref="Instruction"/>, which asks for the
/// <c>####</c> line of the reference solutions. Extraction: see <c>FinalAnswer</c>. Source: Cobbe et al. 2021, arXiv 2110.14168.
/// </remarks>
/// <param name="options">The settings, of which the task itself needs the prompt alone; <see langword="null"/> takes the defaults.</param>
/// <exception cref="InputException">A setting of the prompt is not allowed.</exception>
public sealed class Gsm8k(Gsm8kOptions? options = null) : ITask
{
    /// <summary>What the prompt adds to the question, unless the recipe says otherwise.</summary>
    public const string Instruction =
        "Reason step by step, one step per line. End with a line that holds only the final answer: #### <number>";

    private const string AnswerMark = "####";

    private readonly PromptOptions _prompt = Checked((options ?? new()).Prompt);

    /// <inheritdoc/>
    public string Name => "gsm8k";

    /// <inheritdoc/>
    public IStepJudge Judge { get; } = new ReferenceJudge();

    /// <summary>Reads the public files: one JSON object per line with <c>question</c> and <c>answer</c>.</summary>
    /// <param name="path">The file.</param>
    /// <param name="split">First part of the ids; the second is the line.</param>
    /// <returns>
    /// At least one problem. Its answer is what follows the last <c>####</c>, its solution the answer's whole text with the annotations
    /// <c>&lt;&lt;a=b&gt;&gt;</c>, which the judge reads.
    /// </returns>
    /// <exception cref="InputException">The file or a line of it is not as described; the message names the line.</exception>
    public static IReadOnlyList<Problem> Read(string path, Split split)
    {
        List<Problem> problems = [];
        foreach (JsonLine line in JsonLines.Read(path))
        {
            string solution = line.Text("answer");
            int mark = solution.LastIndexOf(AnswerMark, StringComparison.Ordinal);
            string answer = mark < 0 ? "" : solution[(mark + AnswerMark.Length)..].Trim();
            if (answer.Length == 0)
            {
                throw new InputException($"{line.Place}: the field \"answer\" does not end with \"{AnswerMark} <number>\".");
            }

            string id = string.Create(CultureInfo.InvariantCulture, $"{split}-{line.Number}").ToLowerInvariant();
            problems.Add(new Problem(id, line.Text("question"), answer, solution));
        }

        return problems;
    }

    /// <inheritdoc/>
    public Prompt Prompt(Problem problem) => _prompt.Of(problem.Question);

    /// <summary>The solution without its annotations.</summary>
    /// <inheritdoc/>
    public string? ReferenceResponse(Problem problem) => problem.Solution is { } solution ? Annotations.Without(solution) : null;

    /// <summary>The different values that the solution derives, then the answer; none where the answer is not one number.</summary>
    /// <inheritdoc/>
    public IReadOnlyList<Milestone> Milestones(Problem problem) =>
        problem.Solution is not null && FinalAnswer.Read(problem.Answer)?.Plain is { } answer ? new ReferenceMilestones(problem, answer).All : [];

    /// <summary>
    /// Compares the final answer with the reference answer as exact fractions; a percentage counts in either reading. A response that
    /// was cut off before it marked its answer is incorrect. Undecided only if the reference answer is not a number.
    /// </summary>
    /// <inheritdoc/>
    public ValueTask<Verdict> VerifyAsync(Problem problem, Completion completion, CancellationToken cancellationToken = default)
    {
        if (FinalAnswer.Read(problem.Answer)?.Plain is not { } reference)
        {
            return new(new Verdict(Correctness.Undecided, null, $"the reference answer \"{problem.Answer}\" is not one number"));
        }

        Reading reading = FinalAnswer.Find(completion.Text, completion.Truncated);
        Verdict verdict = reading.Answer is not { } answer
            ? new Verdict(Correctness.Incorrect, null, completion.Truncated ? "truncated" : "no final answer")
            : answer.Is(reference)
            ? new Verdict(Correctness.Correct, answer.Text, "the answer is right")
            : new Verdict(Correctness.Incorrect, answer.Text, $"the answer is {problem.Answer}");
        return new(verdict with { Reading = reading });
    }

    /// <summary>Whether the reference answer is one number; of others no answer can be decided.</summary>
    /// <inheritdoc/>
    public bool Decides(Problem problem) => FinalAnswer.Read(problem.Answer) is not null;

    /// <summary>
    /// The lines of a response, a line of several sentences split into them. A response that ended by itself without stating an answer has an
    /// empty last step in the place of the answer line: stopping early is an error of that step, and the stop token belongs to it.
    /// </summary>
    /// <inheritdoc/>
    public IReadOnlyList<ReasoningStep> Steps(string response, bool truncated)
    {
        List<ReasoningStep> steps = Sentences.Split(response, truncated);
        if (!truncated && !ReferenceJudge.IsStated(FinalAnswer.Find(response, truncated), steps))
        {
            steps.Add(new ReasoningStep(response.Length, response.Length, ""));
        }

        return steps;
    }

    private static PromptOptions Checked(PromptOptions prompt)
    {
        OptionTree.Check(prompt, "task.");
        return prompt;
    }
}
