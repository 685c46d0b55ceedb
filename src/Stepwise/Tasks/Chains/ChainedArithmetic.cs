using System.Globalization;
using System.Text;
using Stepwise.Judging;
using Stepwise.Options;
using Stepwise.Policies;
using Stepwise.Problems;
using Stepwise.Reasoning;

namespace Stepwise.Tasks.Chains;

/// <summary>The bundled task: a start value and a chain of operations, solved one operation per line.</summary>
/// <remarks>
/// <para>
/// The question is the chain, applied from left to right without precedence; the prompt is the chain and a line feed, unless the recipe says
/// otherwise; a response is a line per operation and the answer line. With modulus 100:
/// </para>
/// <code>
/// 37+8+61        the prompt, closed by a line feed
/// 37+8=45        a step: value, operator, operand, =, next value
/// 45+61=6        values wrap into [0, modulus); with modulus 0 they are plain integers and may be negative
/// #6             the answer line, the last step; the response ends here
/// </code>
/// <para>
/// Numbers are written without leading zeros, spaces or a plus sign. There is exactly one right response, up to a line feed at its end; with
/// <see cref="ChainedArithmeticOptions.IdleLines"/> also those with lines such as <c>45=45</c> in it, which restate the value reached.
/// </para>
/// </remarks>
public sealed class ChainedArithmetic : ITask
{
    /// <summary>Every character of prompts and responses: what a character-level tokenizer needs.</summary>
    public const string Alphabet = "0123456789+-*=#\n";

    /// <summary>Opens the answer line.</summary>
    public const char AnswerMark = '#';

    private const ulong IdleStream = 0x49646C65;

    // A repeat costs one more draw; a space that yields no new problem in this many draws is as good as used up.
    private const int MaxDrawsPerProblem = 100_000;

    // One problem in this many belongs to the test split.
    private const ulong TestShare = 5;

    private readonly ChainedArithmeticOptions _options;

    /// <summary>Creates the task.</summary>
    /// <param name="options">The settings; <see langword="null"/> takes the defaults.</param>
    /// <exception cref="InputException">An option is out of range.</exception>
    public ChainedArithmetic(ChainedArithmeticOptions? options = null)
    {
        _options = options ?? new ChainedArithmeticOptions();
        OptionTree.Check(_options, "task.");
        Judge = new ChainJudge(this);
    }

    /// <inheritdoc/>
    public string Name => "chained-arithmetic";

    /// <inheritdoc/>
    public IStepJudge Judge { get; }

    /// <summary>
    /// The split a question belongs to: decided by a hash of its text, so no train set shares a problem with any test set.
    /// </summary>
    /// <param name="question">The chain.</param>
    public static Split SplitOf(string question)
    {
        ulong hash = 0;
        foreach (char c in question)
        {
            hash = CounterRandom.Key(hash, c);
        }

        return hash % TestShare == 0 ? Split.Test : Split.Train;
    }

    /// <summary>Draws different problems of the task's difficulty, with their right solutions.</summary>
    /// <param name="seed">Decides the problems.</param>
    /// <param name="count">How many, at least 1.</param>
    /// <param name="split">The split they belong to, see <see cref="SplitOf"/>; also the first part of the ids.</param>
    /// <exception cref="InputException">There are not enough different problems of this difficulty.</exception>
    public IReadOnlyList<Problem> Generate(ulong seed, int count, Split split)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        return [.. Drawn(seed, count, split)];
    }

    /// <summary>The problems of <see cref="Generate"/>, each drawn when it is asked for.</summary>
    internal IEnumerable<Problem> Drawn(ulong seed, int count, Split split)
    {
        HashSet<string> seen = new(StringComparer.Ordinal);
        ulong draw = 0;
        for (int found = 0; found < count; found++)
        {
            ulong last = draw + MaxDrawsPerProblem;
            string question;
            do
            {
                if (draw == last)
                {
                    (string kind, string key) = split == Split.Test ? ("test", "task.testProblems") : ("training", "task.trainProblems");
                    throw new InputException(
                        $"There are only {Counted.Of(found, $"different {kind} problem")} of {_options.Operations} operations, asked for {count}; lower "
                        + $"{key}, or raise task.operations, task.maxStart or task.maxOperand.");
                }

                question = Draw(CounterRandom.Key(seed, draw++));
            }
            while (SplitOf(question) != split || !seen.Add(question));

            yield return Solved(string.Create(CultureInfo.InvariantCulture, $"{split}-{found}").ToLowerInvariant(), question);
        }
    }

    /// <summary>Checks that a problem read from a file is one of this task; to be handed to <see cref="ProblemFile.Read"/>.</summary>
    /// <param name="problem">The problem.</param>
    /// <exception cref="InputException">
    /// The question is not a chain, or the answer or the solution is not the right one under the task's modulus.
    /// </exception>
    public void Check(Problem problem)
    {
        Problem right = Solved(problem.Id, problem.Question);
        string rule = _options.Modulus == 0 ? "without a modulus" : $"modulo {_options.Modulus}";
        if (!string.Equals(problem.Answer, right.Answer, StringComparison.Ordinal))
        {
            throw new InputException($"the answer of {problem.Question} {rule} is {right.Answer}; found \"{problem.Answer}\".");
        }

        if (problem.Solution is { } solution && !string.Equals(solution.Trim(), right.Solution, StringComparison.Ordinal))
        {
            throw new InputException($"the solution of {problem.Question} {rule} is \"{right.Solution}\"; found \"{solution}\".");
        }
    }

    /// <inheritdoc/>
    public Prompt Prompt(Problem problem) => _options.Prompt.Of(problem.Question);

    /// <inheritdoc/>
    public string ReferenceResponse(Problem problem) => string.Join('\n', RightLines(problem.Question).Select(line => line.Text));

    /// <summary>The lines of the right response, each after the one before; a value that comes again later is another milestone.</summary>
    /// <inheritdoc/>
    public IReadOnlyList<Milestone> Milestones(Problem problem) =>
        [.. RightLines(problem.Question).Select((line, i) => new Milestone(line.Text, i == 0 ? [] : [i - 1]))];

    /// <summary>A solution with the recipe's slips and idle lines, another one for every key.</summary>
    /// <inheritdoc/>
    public string WrittenSolution(Problem problem, ulong key) => WriteSolution(problem, _options.Slip, key, _options.Idle);

    /// <summary>
    /// A fluent solution in which every carry or borrow that is needed is forgotten with a given probability; later steps go on from the
    /// wrong value, and the answer line gives it. Before each line there may be idle ones, which restate the value reached.
    /// </summary>
    /// <param name="problem">The problem.</param>
    /// <param name="slip">The probability of forgetting, in [0, 1]; 0 gives the right solution.</param>
    /// <param name="key">The random stream, see <see cref="CounterRandom"/>.</param>
    /// <param name="idle">The probability that an idle line comes next, in [0, 1): idle / (1 − idle) of them before each line on average.</param>
    /// <exception cref="InputException">The question is not a chain, or its values grow too large.</exception>
    public string WriteSolution(Problem problem, double slip, ulong key, double idle = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(slip, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(slip, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(idle, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(idle, 1);
        Chain chain = Chain.Parse(problem.Question, _options.Modulus);
        ulong idleKey = CounterRandom.Key(key, IdleStream), draw = 0;
        List<string> lines = [];
        foreach (ChainLine line in chain.Lines(new ChainedSlip(chain, slip, key).Apply))
        {
            while (CounterRandom.Uniform(idleKey, draw++) < idle)
            {
                lines.Add(Restated(line.Before));
            }

            lines.Add(line.Text);
        }

        return string.Join('\n', lines);
    }

    /// <summary>
    /// Compares the answer line with the reference answer, character by character: a leading zero is wrong. The answer line is the last
    /// line and opens with <see cref="AnswerMark"/>; a line that the length limit may have cut off does not count.
    /// </summary>
    /// <inheritdoc/>
    public ValueTask<Verdict> VerifyAsync(Problem problem, Completion completion, CancellationToken cancellationToken = default)
    {
        List<ReasoningStep> lines = ReasoningStep.Lines(completion.Text, completion.Truncated);
        string last = lines.Count == 0 ? "" : lines[^1].Text;
        if (last.StartsWith(AnswerMark))
        {
            string answer = last[1..];
            return new(string.Equals(answer, problem.Answer, StringComparison.Ordinal)
                ? new Verdict(Correctness.Correct, answer, "the answer line is right")
                : new Verdict(Correctness.Incorrect, answer, $"the answer is {problem.Answer}"));
        }

        return new(new Verdict(Correctness.Incorrect, null, completion.Truncated ? "truncated" : "the last line is no answer line"));
    }

    /// <summary>
    /// The lines of a response. A response that ended by itself without any answer line has an empty last step in its place, which no
    /// judge can find right: stopping early is an error of that step, and the stop token belongs to it.
    /// </summary>
    /// <inheritdoc/>
    public IReadOnlyList<ReasoningStep> Steps(string response, bool truncated)
    {
        List<ReasoningStep> steps = ReasoningStep.Lines(response, truncated);
        if (!truncated && !steps.Exists(step => step.Text.StartsWith(AnswerMark)))
        {
            steps.Add(new ReasoningStep(response.Length, response.Length, ""));
        }

        return steps;
    }

    /// <summary>The lines of the right response without idle ones.</summary>
    internal IReadOnlyList<ChainLine> RightLines(string question)
    {
        Chain chain = Chain.Parse(question, _options.Modulus);
        return [.. chain.Lines(chain.Apply)];
    }

    /// <summary>Whether a line is idle where a value was reached.</summary>
    internal bool IsIdle(string line, long value) => _options.IdleLines && string.Equals(line, Restated(value), StringComparison.Ordinal);

    private static string Restated(long value) => string.Create(CultureInfo.InvariantCulture, $"{value}={value}");

    private Problem Solved(string id, string question)
    {
        string[] lines = [.. RightLines(question).Select(line => line.Text)];
        return new Problem(id, question, lines[^1][1..], string.Join('\n', lines));
    }

    private string Draw(ulong key)
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"{CounterRandom.Integer(key, 0, _options.MaxStart + 1)}");
        for (int i = 1; i <= _options.Operations; i++)
        {
            char symbol = _options.Operators[CounterRandom.Integer(key, (ulong)(2 * i) - 1, _options.Operators.Length)];
            int operand = 1 + CounterRandom.Integer(key, (ulong)(2 * i), _options.MaxOperand);
            text.Append(CultureInfo.InvariantCulture, $"{symbol}{operand}");
        }

        return text.ToString();
    }
}
