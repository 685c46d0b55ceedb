using System.Numerics;

namespace Stepwise.Answers.Mathematics;

/// <summary>What polynomials treat as variables, numbered in the order in which they appear.</summary>
internal sealed class AtomTable
{
    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);
    private readonly List<(int Order, Rational Value)> _rules = [];

    /// <summary>Whether all of it are variables: then a polynomial that is not 0 is a function that is not 0.</summary>
    public bool OnlyVariables { get; private set; } = true;

    /// <summary>An atom.</summary>
    /// <param name="name">What it is, the same for the same.</param>
    /// <param name="variable">Whether it is a variable, of any value.</param>
    /// <param name="order">The power at which it is a number; 0 for none.</param>
    /// <param name="value">That number.</param>
    public int Number(string name, bool variable, int order = 0, Rational value = default)
    {
        OnlyVariables &= variable;
        if (!_numbers.TryGetValue(name, out int number))
        {
            number = _rules.Count + 1;
            _numbers.Add(name, number);
            _rules.Add((order, value));
        }

        return number;
    }

    /// <summary>Takes whole powers out of an exponent: i² = −1, √2² = 2.</summary>
    public Rational Reduced(int atom, ref int exponent)
    {
        (int order, Rational value) = _rules[atom - 1];
        if (order == 0 || exponent < order)
        {
            return 1;
        }

        int whole = exponent / order;
        exponent %= order;
        return Simplifier.Power(value, whole) ?? throw new NotExpandedException();
    }
}

/// <summary>An expression as a fraction of two polynomials.</summary>
/// <param name="Numerator">Its numerator.</param>
/// <param name="Denominator">Its denominator; not 0.</param>
internal sealed record NormalForm(Polynomial Numerator, Polynomial Denominator)
{
    // The largest prime that is looked for under a root.
    private const int MaxPrime = 1000;

    /// <summary>Brings an expression to its normal form.</summary>
    /// <exception cref="NotExpandedException">It would be too long.</exception>
    /// <exception cref="UndefinedException">It divides by 0.</exception>
    public static NormalForm Of(MathExpression expression, AtomTable atoms, Budget budget)
    {
        budget.Spend(5);
        switch (expression)
        {
            case Constant c:
                return Whole(Polynomial.Of(c.Value));
            case Symbol s:
                return Whole(Polynomial.OfAtom(
                    s.Name is "i" ? atoms.Number("i", variable: false, 2, -1) : atoms.Number(s.Name, !MathExpression.IsConstant(s.Name))));
            case Sum sum:
                return sum.Terms.Select(term => Of(term, atoms, budget)).Aggregate((a, b) => Add(a, b, atoms, budget));
            case Product product:
                return product.Factors.Select(factor => Of(factor, atoms, budget)).Aggregate((a, b) => Multiply(a, b, atoms, budget));
            case Power power:
                return Raised(power, atoms, budget);
            case Application application:
                return Applied(application, atoms, budget);
            default:
                throw new NotExpandedException();
        }
    }

    public static NormalForm Multiply(NormalForm a, NormalForm b, AtomTable atoms, Budget budget) => new(
        Polynomial.Multiply(a.Numerator, b.Numerator, atoms, budget),
        Polynomial.Multiply(a.Denominator, b.Denominator, atoms, budget));

    private static NormalForm Whole(Polynomial polynomial) => new(polynomial, Polynomial.Of(1));

    private static NormalForm Add(NormalForm a, NormalForm b, AtomTable atoms, Budget budget) =>
        a.Denominator.Number is { } x && b.Denominator.Number is { } y
        ? Whole(Polynomial.Add(a.Numerator.Times(Inverse(x)), b.Numerator.Times(Inverse(y))))
        : new(
            Polynomial.Add(
                Polynomial.Multiply(a.Numerator, b.Denominator, atoms, budget),
                Polynomial.Multiply(b.Numerator, a.Denominator, atoms, budget)),
            Polynomial.Multiply(a.Denominator, b.Denominator, atoms, budget));

    private static Rational Inverse(Rational value) => Rational.Inverse(value) ?? throw new NotExpandedException();

    private static NormalForm Raised(Power power, AtomTable atoms, Budget budget)
    {
        if (Simplifier.Number(power.Exponent, EmptyPoint) is not { } exponent)
        {
            NormalForm e = Of(power.Exponent, atoms, budget);
            string name = $"{(power.Base is Symbol { Name: "e" } ? "exp" : $"power {Of(power.Base, atoms, budget)}")} {e}";
            return Whole(Polynomial.OfAtom(atoms.Number(name, variable: false)));
        }

        if (BigInteger.Abs(exponent.Numerator) > MaxPrime || exponent.Denominator > MaxPrime)
        {
            throw new NotExpandedException();
        }

        NormalForm a = Of(power.Base, atoms, budget);
        NormalForm root = exponent.Denominator.IsOne ? a : Root(a, (int)exponent.Denominator, atoms, budget);
        int times = (int)BigInteger.Abs(exponent.Numerator);
        NormalForm raised = new(Polynomial.Power(root.Numerator, times, atoms, budget), Polynomial.Power(root.Denominator, times, atoms, budget));
        if (exponent.Numerator.Sign >= 0)
        {
            return raised;
        }

        return raised.Numerator.IsZero ? throw new UndefinedException("division by 0") : new(raised.Denominator, raised.Numerator);
    }

    private static NormalForm Root(NormalForm a, int index, AtomTable atoms, Budget budget)
    {
        if (a.Numerator.Number is { } top && a.Denominator.Number is { } bottom && Rational.Divide(top, bottom) is { Numerator.Sign: > 0 } value)
        {
            return new(
                Root(value.Numerator, index, atoms, budget),
                Root(value.Denominator, index, atoms, budget));
        }

        return Whole(Polynomial.OfAtom(atoms.Number($"root {index} {a}", variable: false)));
    }

    /// <summary>The root of a positive whole number as a product of roots of its primes; what is left of large ones is one root.</summary>
    private static Polynomial Root(BigInteger n, int index, AtomTable atoms, Budget budget)
    {
        Polynomial result = Polynomial.Of(1);
        for (int prime = 2; prime <= MaxPrime && n > 1; prime += prime == 2 ? 1 : 2)
        {
            int power = 0;
            for (BigInteger next = BigInteger.DivRem(n, prime, out BigInteger rest); rest.IsZero; next = BigInteger.DivRem(n, prime, out rest))
            {
                n = next;
                power++;
            }

            result = power == 0 ? result : Times(result, prime, power);
        }

        budget.Spend(MaxPrime / 10);
        return n.IsOne ? result : Times(result, n, 1);

        Polynomial Times(Polynomial product, BigInteger radicand, int power)
        {
            Rational value = Rational.Create(radicand, 1)!.Value;
            int atom = atoms.Number($"root {index} {radicand}", variable: false, index, value);
            return Polynomial.Multiply(product, Polynomial.Power(Polynomial.OfAtom(atom), power, atoms, budget), atoms, budget);
        }
    }

    private static NormalForm Applied(Application application, AtomTable atoms, Budget budget)
    {
        string arguments = string.Join(' ', application.Arguments.Select(argument => Of(argument, atoms, budget)));
        return Whole(Polynomial.OfAtom(atoms.Number($"{application.Function} {arguments}", variable: false)));
    }

    private static readonly Dictionary<string, Rational> EmptyPoint = [];
}
