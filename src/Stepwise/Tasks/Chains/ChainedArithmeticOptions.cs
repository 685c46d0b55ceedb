using System.Numerics;
using Stepwise.Options;

namespace Stepwise.Tasks.Chains;

/// <summary>The difficulty of <see cref="ChainedArithmetic"/>: which operations, how many, how large the numbers.</summary>
public sealed record ChainedArithmeticOptions : IChecked
{
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

    /// <inheritdoc/>
    public void Check()
    {
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
}
