using System.Numerics;

namespace Stepwise.Tasks;

/// <summary>The difficulty of <see cref="ChainedArithmetic"/>: which operations, how many, how large the numbers.</summary>
public sealed record ChainedArithmeticOptions
{
    /// <summary>Number of operations of a generated problem, in [1, 64].</summary>
    public int Operations { get; init; } = 14;

    /// <summary>The operators that a generated problem may use: some of <c>+</c>, <c>-</c>, <c>*</c>, each at most once.</summary>
    public string Operators { get; init; } = "+";

    /// <summary>The largest start value, in [0, 10⁹] and below the modulus where there is one; the smallest is 0.</summary>
    public int MaxStart { get; init; } = 99;

    /// <summary>The largest operand, in [1, 10⁶]; the smallest is 1.</summary>
    public int MaxOperand { get; init; } = 9;

    /// <summary>Values wrap like a clock into [0, modulus); in [2, 10⁹], or 0 for plain integers.</summary>
    public int Modulus { get; init; } = 100;

    /// <summary>Checks every range; messages name the keys of a recipe.</summary>
    /// <exception cref="InputException">A value is out of range, or values without a modulus could exceed 10¹⁸.</exception>
    internal void Validate()
    {
        Require("task.operations", Operations, 1, 64);
        Require("task.maxOperand", MaxOperand, 1, 1_000_000);
        if (Modulus == 0)
        {
            Require("task.maxStart", MaxStart, 0, 1_000_000_000);
        }
        else
        {
            Require("task.modulus", Modulus, 2, 1_000_000_000, ", or 0 for plain integers");
            Require("task.maxStart", MaxStart, 0, Modulus - 1, ", below task.modulus; lower task.maxStart or raise task.modulus");
        }

        if (Operators.Length == 0 || Operators.Any(o => !"+-*".Contains(o)) || Operators.Distinct().Count() != Operators.Length)
        {
            throw new InputException($"task.operators is \"{Operators}\"; allowed are some of + - *, each at most once.");
        }

        BigInteger largest = Operators.Contains('*')
            ? (MaxStart + 1L) * BigInteger.Pow(MaxOperand + 1, Operations)
            : MaxStart + ((long)Operations * MaxOperand);
        if (Modulus == 0 && largest > Chain.MaxValue)
        {
            throw new InputException(
                $"Without a modulus, task.operations {Operations}, task.maxOperand {MaxOperand} and task.maxStart {MaxStart} allow values above " +
                $"{Chain.MaxValue}; set task.modulus, or lower one of these.");
        }
    }

    private static void Require(string name, int value, int low, int high, string orElse = "")
    {
        if (value < low || value > high)
        {
            throw new InputException($"{name} is {value}; allowed is {low} to {high}{orElse}.");
        }
    }
}
