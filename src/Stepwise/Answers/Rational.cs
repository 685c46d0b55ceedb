using System.Globalization;
using System.Numerics;

namespace Stepwise.Answers;

/// <summary>An exact fraction of bounded size, in lowest terms with a positive denominator.</summary>
internal readonly struct Rational : IEquatable<Rational>
{
    /// <summary>The longest numeral that is read, in digits.</summary>
    public const int MaxDigits = 60;

    /// <summary>Bits of a numerator or denominator: every result is kept below, so that no chain of operations can grow without bound.</summary>
    public const int MaxBits = 16_384;

    private readonly BigInteger _denominator;

    private Rational(BigInteger numerator, BigInteger denominator)
    {
        Numerator = numerator;
        _denominator = denominator;
    }

    /// <summary>Carries the sign.</summary>
    public BigInteger Numerator { get; }

    /// <summary>At least 1.</summary>
    public BigInteger Denominator => _denominator.IsZero ? BigInteger.One : _denominator;

    /// <summary>Whether the value is a whole number.</summary>
    public bool IsWhole => Denominator.IsOne;

    public static implicit operator Rational(int value) => new(value, BigInteger.One);

    /// <summary>The fraction of two integers; <see langword="null"/> for a zero denominator or a result beyond the bound.</summary>
    public static Rational? Create(BigInteger numerator, BigInteger denominator)
    {
        if (denominator.IsZero)
        {
            return null;
        }

        BigInteger divisor = BigInteger.GreatestCommonDivisor(numerator, denominator) * denominator.Sign;
        Rational value = new(numerator / divisor, denominator / divisor);
        return value.Numerator.GetBitLength() <= MaxBits && value.Denominator.GetBitLength() <= MaxBits ? value : null;
    }

    /// <summary>Reads digits with at most one decimal point; thousands separators must be gone.</summary>
    /// <param name="text">Digits, at most <see cref="MaxDigits"/>.</param>
    /// <param name="decimals">How many digits follow the point.</param>
    public static Rational? Parse(ReadOnlySpan<char> text, out int decimals)
    {
        int point = text.IndexOf('.');
        decimals = point < 0 ? 0 : text.Length - point - 1;
        if (text.Length > MaxDigits
            || !BigInteger.TryParse(
                string.Concat(point < 0 ? text : text[..point], text[(text.Length - decimals)..]),
                NumberStyles.None,
                CultureInfo.InvariantCulture,
                out BigInteger digits))
        {
            return null;
        }

        return Create(digits, BigInteger.Pow(10, decimals));
    }

    public static Rational? Add(Rational a, Rational b) =>
        Create((a.Numerator * b.Denominator) + (b.Numerator * a.Denominator), a.Denominator * b.Denominator);

    public static Rational? Subtract(Rational a, Rational b) => Add(a, b.Negated());

    public static Rational? Multiply(Rational a, Rational b) => Create(a.Numerator * b.Numerator, a.Denominator * b.Denominator);

    public static Rational? Divide(Rational a, Rational b) => Create(a.Numerator * b.Denominator, a.Denominator * b.Numerator);

    public static Rational? Negated(Rational a) => a.Negated();

    public static Rational? Inverse(Rational a) => Create(a.Denominator, a.Numerator);

    public Rational Negated() => new(-Numerator, Denominator);

    public Rational Abs() => new(BigInteger.Abs(Numerator), Denominator);

    /// <summary>Whether the value is smaller in size than 10 to the minus <paramref name="decimals"/>.</summary>
    public bool IsBelowUnit(int decimals) => BigInteger.Abs(Numerator) * BigInteger.Pow(10, decimals) < Denominator;

    /// <summary>Whether the value is at most 10 to the minus <paramref name="decimals"/> in size.</summary>
    public bool IsAtMostUnit(int decimals) => BigInteger.Abs(Numerator) * BigInteger.Pow(10, decimals) <= Denominator;

    public bool Equals(Rational other) => Numerator == other.Numerator && Denominator == other.Denominator;

    public override bool Equals(object? obj) => obj is Rational other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(Numerator, Denominator);

    public override string ToString() => IsWhole
        ? Numerator.ToString(CultureInfo.InvariantCulture)
        : string.Create(CultureInfo.InvariantCulture, $"{Numerator}/{Denominator}");
}
