using System.Numerics;
using Stepwise.Options;
using Stepwise.Problems;

namespace Stepwise.Tasks.Chains;

/// <summary>
/// The settings of <see cref="ChainedArithmetic"/>: where its problems come from, and which operations, how many, how large the numbers.
/// </summary>
public sealed record ChainedArithmeticOptions : TaskOptions
{
    private const string Generated = "generated";

    /// <summary>Full path of the training problems (JSON lines); <see langword="null"/> generates them.</summary>
    [PathKey("training problems as JSON lines, or made by the task", None = Generated)]
    public string? Train { get; init; }

    /// <summary>Full path of the test problems (JSON lines); <see langword="null"/> generates them.</summary>
    [PathKey("test problems as JSON lines, or made by the task", None = Generated)]
    public string? Test { get; init; }

    /// <summary>Number of operations of a generated problem, in [1, 64].</summary>
    [Key("length of a generated chain", Unit = "operations", Low = 1, High = 64)]
    public int Operations { get; init; } = 14;

    /// <summary>The operators that a generated problem may use: some of <c>+</c>, <c>-</c>, <c>*</c>, each at most once.</summary>
    [TextKey("operators of a generated chain", "some of + - *, each at most once, in quotes", @"[-+*]{1,3}")]
    public string Operators { get; init; } = "+";

    /// <summary>The largest start value, in [0, 10⁹] and below the modulus where there is one; the smallest is 0.</summary>
    [Key("largest start value; below the modulus where there is one", Low = 0, High = 1e9)]
    public int MaxStart { get; init; } = 99;

    /// <summary>The largest operand, in [1, 10⁶]; the smallest is 1.</summary>
    [Key("largest operand", Low = 1, High = 1_000_000)]
    public int MaxOperand { get; init; } = 9;

    /// <summary>Values wrap like a clock into [0, modulus); in [2, 10⁹], or 0 for plain integers.</summary>
    [Key("values wrap into [0, modulus), from 2; 0 for plain integers", Low = 0, High = 1e9)]
    public int Modulus { get; init; } = 100;

    /// <summary>
    /// Whether a line that restates the value reached, such as <c>45=45</c>, is allowed: idle, not wrong. Problems, prompts and verdicts are the
    /// same either way.
    /// </summary>
    [Key("allow lines that restate the value reached, such as 45=45: idle, not wrong")]
    public bool IdleLines { get; init; }

    /// <summary>Probability that a solution written for supervised fine-tuning forgets a carry; in [0, 1].</summary>
    [Key("probability that a solution written for stepwise sft forgets a carry", Low = 0, High = 1)]
    public double Slip { get; init; }

    /// <summary>Probability that in a solution written for supervised fine-tuning an idle line comes next; in [0, 1).</summary>
    [Key("probability that in a solution written for stepwise sft an idle line comes next", Low = 0, High = 1, BelowHigh = true)]
    public double Idle { get; init; }

    /// <summary>How a chain is put.</summary>
    [Section]
    public PromptOptions Prompt { get; init; } = new() { Template = PromptOptions.Question + "\n" };

    /// <inheritdoc/>
    public override ITask Create() => new ChainedArithmetic(this);

    /// <inheritdoc/>
    public override IReadOnlyList<Problem> Problems(Split split, ulong seed, CancellationToken cancellationToken = default)
    {
        ChainedArithmetic task = new(this);
        if ((split == Split.Train ? Train : Test) is { } path)
        {
            return ProblemFile.Read(path, task.Check).AtMost(Count(split));
        }

        List<Problem> problems = [];
        foreach (Problem problem in task.Drawn(seed, Count(split), split))
        {
            cancellationToken.ThrowIfCancellationRequested();
            problems.Add(problem);
        }

        return problems;
    }

    /// <inheritdoc/>
    public override void Check()
    {
        RequireProblems(nameof(Train), Train, nameof(TrainProblems), TrainProblems);
        RequireProblems(nameof(Test), Test, nameof(TestProblems), TestProblems);
        if (Idle > 0 && !IdleLines)
        {
            throw new OptionException(
                nameof(Idle), " is above 0, and task.idleLines is false, under which an idle line is wrong; set task.idleLines: true.");
        }

        if (Modulus == 1)
        {
            throw new OptionException(nameof(Modulus), " is 1; allowed is from 2, or 0 for plain integers.");
        }

        if (Modulus > 0 && MaxStart >= Modulus)
        {
            throw new OptionException(
                nameof(MaxStart), $" is {MaxStart}; allowed is 0 to {Modulus - 1}, below task.modulus; lower task.maxStart or raise task.modulus.");
        }

        if (Operators.Distinct().Count() != Operators.Length)
        {
            throw new OptionException(nameof(Operators), $" is \"{Operators}\"; allowed is some of + - *, each at most once.");
        }

        BigInteger largest = Operators.Contains('*')
            ? (MaxStart + 1L) * BigInteger.Pow(MaxOperand + 1, Operations)
            : MaxStart + ((long)Operations * MaxOperand);
        if (Modulus == 0 && largest > Chain.MaxValue)
        {
            throw new OptionException(
                nameof(Operations),
                $" {Operations}, task.maxOperand {MaxOperand} and task.maxStart {MaxStart} allow values above {Chain.MaxValue} without a modulus; "
                + "set task.modulus, or lower one of these.");
        }
    }

    private static void RequireProblems(string property, string? path, string countProperty, int count)
    {
        RequireFile(property, path);
        if (path is null && count == 0)
        {
            throw new OptionException(countProperty, $" is 0, and the problems are {Generated}; say how many, at least 1.");
        }
    }
}
