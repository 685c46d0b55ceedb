using System.Globalization;
using Stepwise.Answers;
using Stepwise.Policies;
using Stepwise.Problems;
using Stepwise.Reasoning;

namespace Stepwise.Tasks.Mathematics;

/// <summary>Grade-school word problems in the format of GSM8K: a question, and a solution in prose that ends in a number.</summary>
/// <remarks>
/// Mathematics with a form of file, a prompt and a verifier of its own. Unless the recipe says otherwise, the prompt is a chat of one user
/// message: the question and <see cref="Instruction"/>, which asks for the <c>####</c> line of the reference solutions. Extraction: see
/// <c>FinalAnswer</c>. Source: Cobbe et al. 2021, arXiv 2110.14168.
/// </remarks>
/// <param name="options">The settings, of which the task itself needs prompt and steps alone; <see langword="null"/> takes the defaults.</param>
/// <exception cref="InputException">A setting of the prompt is not allowed.</exception>
public sealed class Gsm8k(Gsm8kOptions? options = null) : MathTask((options ?? new()).Prompt, (options ?? new()).Steps)
{
    /// <summary>What the prompt adds to the question, unless the recipe says otherwise.</summary>
    public const string Instruction =
        "Reason step by step, one step per line. End with a line that holds only the final answer: #### <number>";

    /// <inheritdoc/>
    public override string Name => "gsm8k";

    /// <summary>Reads the public files: one JSON object per line with <c>question</c> and <c>answer</c>.</summary>
    /// <param name="path">The file.</param>
    /// <param name="split">First part of the ids; the second is the line.</param>
    /// <returns>
    /// At least one problem. Its answer is what follows the last <c>####</c>, its solution the answer's whole text with the annotations
    /// <c>&lt;&lt;a=b&gt;&gt;</c>, which the judge reads, and its difficulty their number; it has none without any.
    /// </returns>
    /// <exception cref="InputException">The file or a line of it is not as described; the message names the line.</exception>
    public static IReadOnlyList<Problem> Read(string path, Split split)
    {
        List<Problem> problems = [];
        foreach (FileRecord line in JsonLines.Read(path))
        {
            string solution = line.Text("answer");
            int mark = solution.LastIndexOf(ProblemFields.AnswerMark, StringComparison.Ordinal);
            string answer = mark < 0 ? "" : solution[(mark + ProblemFields.AnswerMark.Length)..].Trim();
            if (answer.Length == 0)
            {
                throw new InputException($"{line.Place}: the field \"answer\" does not end with \"{ProblemFields.AnswerMark} <number>\".");
            }

            string id = string.Create(CultureInfo.InvariantCulture, $"{split}-{line.Number}").ToLowerInvariant();
            int calculations = Annotations.Of(solution).Count(c => c == '\n');
            problems.Add(new Problem(id, line.Text("question"), answer, solution) { Difficulty = calculations == 0 ? null : calculations });
        }

        return problems;
    }

    /// <summary>
    /// Compares the final answer with the reference answer as exact fractions; a percentage counts in either reading. A response that
    /// was cut off before it marked its answer is incorrect. Undecided only if the reference answer is not a number.
    /// </summary>
    /// <inheritdoc/>
    public override ValueTask<Verdict> VerifyAsync(Problem problem, Completion completion, CancellationToken cancellationToken = default)
    {
        if (FinalAnswer.Read(problem.Answer)?.Plain is not { } reference)
        {
            return new(new Verdict(Correctness.Undecided, null, NoNumber(problem)));
        }

        Reading reading = Stated(completion.Text, completion.Truncated);
        Verdict verdict = reading.Answer is not { } answer
            ? new Verdict(Correctness.Incorrect, null, completion.Truncated ? "truncated" : "no final answer")
            : answer.Is(reference)
            ? new Verdict(Correctness.Correct, answer.Text, "the answer is right")
            : new Verdict(Correctness.Incorrect, answer.Text, $"the answer is {problem.Answer}");
        return new(verdict with { Reading = reading });
    }

    /// <inheritdoc/>
    public override string? WhyUndecided(Problem problem) => FinalAnswer.Read(problem.Answer) is null ? NoNumber(problem) : null;

    /// <inheritdoc/>
    private protected override Reading Stated(string response, bool truncated) => FinalAnswer.Find(response, truncated);

    private static string NoNumber(Problem problem) => $"the reference answer \"{problem.Answer}\" is not one number";
}
