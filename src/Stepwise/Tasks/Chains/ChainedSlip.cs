namespace Stepwise.Tasks.Chains;

/// <summary>Written arithmetic in which a carry or borrow is forgotten with a given probability.</summary>
/// <param name="chain">The chain that is worked on.</param>
/// <param name="slip">Probability that a carry is forgotten, in [0, 1].</param>
/// <param name="key">The random stream; a carry's number depends on the operation and the digit only.</param>
internal sealed class ChainedSlip(Chain chain, double slip, ulong key)
{
    /// <summary>The value that such a writer gets after operation <paramref name="index"/>.</summary>
    /// <exception cref="InputException">The value exceeds <see cref="Chain.MaxValue"/>.</exception>
    public long Apply(int index, long value)
    {
        (char symbol, long operand) = chain.Operations[index];
        if (symbol == '*')
        {
            return Wrap(value < 0 ? -Multiply(index, -value, operand) : Multiply(index, value, operand));
        }

        long added = symbol == '+' ? operand : -operand;
        if ((value >= 0) == (added >= 0))
        {
            return Wrap(value < 0 ? -Add(index, -value, -added) : Add(index, value, added));
        }

        // A clock borrows from a full turn; plain integers subtract the smaller size from the larger one.
        long left = Math.Abs(value), right = Math.Abs(added);
        if (chain.Modulus > 0 && left < right)
        {
            left += (right - left + chain.Modulus - 1) / chain.Modulus * chain.Modulus;
        }

        long difference = left >= right ? Subtract(index, left, right) : -Subtract(index, right, left);
        return Wrap(value < 0 ? -difference : difference);
    }

    private long Add(int index, long left, long right) =>
        Columns(index, left, right, static (a, b, carry) => a + b + carry);

    /// <summary>Each digit of the left number times the whole right one, as tables of a one-digit factor are learnt.</summary>
    private long Multiply(int index, long left, long right) =>
        Columns(index, left, 0, (a, _, carry) => ((Int128)a * right) + carry);

    /// <summary>Column by column from the right: writes the last digit of the column's number; carries the rest, or forgets it.</summary>
    private long Columns(int index, long left, long right, Func<long, long, Int128, Int128> column)
    {
        Int128 result = 0, carry = 0, place = 1;
        for (int digit = 0; left > 0 || right > 0; digit++)
        {
            Int128 sum = column(left % 10, right % 10, carry);
            result += sum % 10 * place;
            carry = sum >= 10 && !Forgotten(index, digit) ? sum / 10 : 0;
            place *= 10;
            left /= 10;
            right /= 10;
        }

        result += carry * place;
        return Chain.Bounded(index, chain.Modulus == 0 ? result : result % chain.Modulus);
    }

    /// <summary>left − right for left ≥ right ≥ 0, a forgotten borrow leaving the next digit as it is.</summary>
    private long Subtract(int index, long left, long right)
    {
        long result = 0, place = 1, borrow = 0;
        for (int digit = 0; left > 0 || right > 0; digit++)
        {
            long difference = (left % 10) - (right % 10) - borrow;
            bool borrows = difference < 0;
            result += (borrows ? difference + 10 : difference) * place;
            borrow = borrows && !Forgotten(index, digit) ? 1 : 0;
            place *= 10;
            left /= 10;
            right /= 10;
        }

        return result;
    }

    private long Wrap(long value) => chain.Modulus == 0 ? value : ((value % chain.Modulus) + chain.Modulus) % chain.Modulus;

    private bool Forgotten(int index, int digit) => CounterRandom.Uniform(key, ((ulong)index << 8) + (ulong)digit) < slip;
}
