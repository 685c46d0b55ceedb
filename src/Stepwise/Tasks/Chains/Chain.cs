using System.Globalization;

namespace Stepwise.Tasks.Chains;

/// <summary>An operation of a chain.</summary>
/// <param name="Operator"><c>+</c>, <c>-</c> or <c>*</c>.</param>
/// <param name="Operand">At least 0.</param>
internal readonly record struct ChainOperation(char Operator, long Operand);

/// <summary>A line of a chain's solution.</summary>
/// <param name="Text">The line.</param>
/// <param name="Before">The value that it starts from.</param>
internal readonly record struct ChainLine(string Text, long Before);

/// <summary>A start value and operations that are applied one after the other, without precedence.</summary>
internal sealed class Chain
{
    /// <summary>No value of a chain may exceed this in size; sums and digit-wise carries of such values fit 64 bits.</summary>
    public const long MaxValue = 1_000_000_000_000_000_000;

    private const int MaxLength = 4096;

    private Chain(long start, IReadOnlyList<ChainOperation> operations, int modulus)
    {
        Start = start;
        Operations = operations;
        Modulus = modulus;
    }

    /// <summary>The start value, at least 0.</summary>
    public long Start { get; }

    /// <summary>The operations, at least one.</summary>
    public IReadOnlyList<ChainOperation> Operations { get; }

    /// <summary>0, or what values wrap at.</summary>
    public int Modulus { get; }

    /// <summary>Reads a chain such as <c>37+8+5</c>: whole numbers without leading zeros, no spaces.</summary>
    /// <exception cref="InputException">The text is not a chain, or a value exceeds <see cref="MaxValue"/>.</exception>
    public static Chain Parse(string text, int modulus)
    {
        if (text.Length > MaxLength)
        {
            throw new InputException($"The chain has {text.Length} characters; allowed are {MaxLength}.");
        }

        int position = 0;
        long start = Number(text, ref position);
        List<ChainOperation> operations = [];
        while (position < text.Length)
        {
            char symbol = text[position];
            if (symbol is not ('+' or '-' or '*'))
            {
                throw Malformed(text, position, "one of + - *");
            }

            position++;
            operations.Add(new ChainOperation(symbol, Number(text, ref position)));
        }

        if (operations.Count == 0)
        {
            throw Malformed(text, position, "an operation");
        }

        return new Chain(start, operations, modulus);
    }

    /// <summary>
    /// The lines of the solution: a step <c>value operator operand = next value</c> per operation, then the answer line.
    /// </summary>
    /// <param name="next">The value after an operation: (index of the operation, value before it) to value.</param>
    public IEnumerable<ChainLine> Lines(Func<int, long, long> next)
    {
        long value = Start;
        for (int i = 0; i < Operations.Count; i++)
        {
            long result = next(i, value);
            yield return new(string.Create(
                CultureInfo.InvariantCulture, $"{value}{Operations[i].Operator}{Operations[i].Operand}={result}"), value);
            value = result;
        }

        yield return new(string.Create(CultureInfo.InvariantCulture, $"{ChainedArithmetic.AnswerMark}{value}"), value);
    }

    /// <summary>The right value after operation <paramref name="index"/>.</summary>
    /// <exception cref="InputException">The value exceeds <see cref="MaxValue"/>.</exception>
    public long Apply(int index, long value)
    {
        (char symbol, long operand) = Operations[index];
        Int128 result = symbol switch
        {
            '+' => (Int128)value + operand,
            '-' => (Int128)value - operand,
            _ => (Int128)value * operand,
        };
        return Bounded(index, Modulus == 0 ? result : ((result % Modulus) + Modulus) % Modulus);
    }

    /// <summary>A value after operation <paramref name="index"/>, if its size is allowed.</summary>
    /// <exception cref="InputException">It exceeds <see cref="MaxValue"/>.</exception>
    public static long Bounded(int index, Int128 value) =>
        Int128.Abs(value) <= MaxValue
            ? (long)value
            : throw new InputException($"The value after operation {index + 1} of the chain exceeds {MaxValue}.");

    private static long Number(string text, ref int position)
    {
        int start = position;
        while (position < text.Length && char.IsAsciiDigit(text[position]))
        {
            position++;
        }

        ReadOnlySpan<char> digits = text.AsSpan(start, position - start);
        bool canonical = digits.Length > 0 && (digits[0] != '0' || digits.Length == 1);
        return canonical && long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out long value) && value <= MaxValue
            ? value
            : throw Malformed(text, start, $"a whole number up to {MaxValue} without leading zeros");
    }

    private static InputException Malformed(string text, int position, string expected)
    {
        string found = position < text.Length ? $"\"{text[position]}\"" : "the end";
        string shown = text.Length <= 80 ? text : text[..80] + "…";
        return new InputException(
            $"\"{shown}\" is not a chain such as 37+8+5: at character {position + 1} found {found}, expected {expected}.");
    }
}
