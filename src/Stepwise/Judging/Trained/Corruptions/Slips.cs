using System.Globalization;
using System.Numerics;

namespace Stepwise.Judging.Trained.Corruptions;

/// <summary>Numbers near others.</summary>
internal static class Slips
{
    /// <summary>Another number: one of its digits changed, two exchanged, a step of 1, 2 or 10, or a zero more.</summary>
    /// <param name="number">A number as written, of digits, commas and a point.</param>
    /// <param name="key">The random stream.</param>
    public static string Of(string number, ulong key)
    {
        char[] digits = [.. number];
        int[] places = [.. Enumerable.Range(0, digits.Length).Where(i => char.IsAsciiDigit(digits[i]))];
        int place = places[CounterRandom.Integer(key, 0, places.Length)];
        bool whole = places.Length == digits.Length && places.Length < 18;
        int kind = CounterRandom.Integer(key, 1, whole ? 4 : 1);
        if (kind is 1 or 2)
        {
            int[] steps = [1, -1, 2, -2, 10, -10];
            BigInteger moved = BigInteger.Parse(number, CultureInfo.InvariantCulture) + steps[CounterRandom.Integer(key, 2, steps.Length)];
            return BigInteger.Abs(moved).ToString(CultureInfo.InvariantCulture);
        }

        if (kind == 3 && digits.Length > 1 && digits[0] != digits[1] && digits[1] != '0')
        {
            (digits[0], digits[1]) = (digits[1], digits[0]);
            return new string(digits);
        }

        if (kind == 3 && digits[0] != '0')
        {
            return number + "0";
        }

        // A leading zero is not written.
        int lowest = place == 0 && digits.Length > 1 ? 1 : 0;
        digits[place] = (char)('0' + lowest + ((digits[place] - '0' - lowest + 1 + CounterRandom.Integer(key, 3, 9 - lowest)) % (10 - lowest)));
        return new string(digits);
    }
}
