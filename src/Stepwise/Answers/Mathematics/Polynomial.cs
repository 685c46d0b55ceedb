using System.Numerics;

namespace Stepwise.Answers.Mathematics;

/// <summary>
/// A polynomial with fractions as coefficients, in variables and in what is treated as one: π, roots of whole numbers, functions of normal
/// forms. A monomial is a string of pairs: the number of an atom and its exponent, in rising order of the atoms.
/// </summary>
internal sealed class Polynomial
{
    // Bounds of what is multiplied out; beyond them values are compared instead.
    private const int MaxTerms = 400;
    private const int MaxExponent = 200;

    private readonly SortedDictionary<string, Rational> _terms = new(StringComparer.Ordinal);

    public bool IsZero => _terms.Count == 0;

    /// <summary>Its terms: monomials with their coefficients, none 0.</summary>
    public IEnumerable<KeyValuePair<string, Rational>> Terms => _terms;

    /// <summary>The number that it is; <see langword="null"/> where it is none.</summary>
    public Rational? Number => _terms.Count == 0 ? 0 : _terms.Count == 1 && _terms.TryGetValue("", out Rational value) ? value : null;

    public static Polynomial Of(Rational value)
    {
        Polynomial result = new();
        result.AddTerm("", value);
        return result;
    }

    public static Polynomial OfAtom(int atom)
    {
        Polynomial result = new();
        result.AddTerm($"{(char)atom}{(char)1}", 1);
        return result;
    }

    public static Polynomial Add(Polynomial a, Polynomial b)
    {
        Polynomial result = new();
        foreach ((string monomial, Rational coefficient) in a._terms.Concat(b._terms))
        {
            result.AddTerm(monomial, coefficient);
        }

        return result;
    }

    public static Polynomial Multiply(Polynomial a, Polynomial b, AtomTable atoms, Budget budget)
    {
        if ((long)a._terms.Count * b._terms.Count > MaxTerms * 4)
        {
            throw new NotExpandedException();
        }

        budget.Spend(a._terms.Count * b._terms.Count);
        Polynomial result = new();
        foreach ((string left, Rational x) in a._terms)
        {
            foreach ((string right, Rational y) in b._terms)
            {
                result.AddProduct(left, right, Checked(Rational.Multiply(x, y)), atoms);
            }
        }

        return result._terms.Count > MaxTerms ? throw new NotExpandedException() : result;
    }

    public static Polynomial Power(Polynomial a, int exponent, AtomTable atoms, Budget budget)
    {
        Polynomial result = Of(1);
        for (int i = 31 - BitOperations.LeadingZeroCount((uint)exponent); i >= 0 && exponent > 0; i--)
        {
            result = Multiply(result, result, atoms, budget);
            if (((exponent >> i) & 1) != 0)
            {
                result = Multiply(result, a, atoms, budget);
            }
        }

        return result;
    }

    public Polynomial Times(Rational factor)
    {
        Polynomial result = new();
        foreach ((string monomial, Rational coefficient) in _terms)
        {
            result.AddTerm(monomial, Checked(Rational.Multiply(coefficient, factor)));
        }

        return result;
    }

    /// <summary>The atoms that it is made of.</summary>
    public IEnumerable<int> Atoms() => _terms.Keys.SelectMany(monomial => monomial.Where((_, i) => i % 2 == 0)).Select(atom => (int)atom).Distinct();

    public override string ToString() =>
        string.Join('+', _terms.Select(term => $"{term.Value}[{string.Join(',', term.Key.Select(c => (int)c))}]"));

    /// <summary>The monomial of a product, of which a power of a root may leave a number.</summary>
    private void AddProduct(string left, string right, Rational coefficient, AtomTable atoms)
    {
        Span<char> product = stackalloc char[left.Length + right.Length];
        int length = 0, i = 0, j = 0;
        while (i < left.Length || j < right.Length)
        {
            char atom = i < left.Length && (j >= right.Length || left[i] <= right[j]) ? left[i] : right[j];
            int exponent = 0;
            if (i < left.Length && left[i] == atom)
            {
                exponent += left[i + 1];
                i += 2;
            }

            if (j < right.Length && right[j] == atom)
            {
                exponent += right[j + 1];
                j += 2;
            }

            if (exponent > MaxExponent)
            {
                throw new NotExpandedException();
            }

            coefficient = Checked(Rational.Multiply(coefficient, atoms.Reduced(atom, ref exponent)));
            if (exponent > 0)
            {
                product[length++] = atom;
                product[length++] = (char)exponent;
            }
        }

        AddTerm(product[..length].ToString(), coefficient);
    }

    private void AddTerm(string monomial, Rational coefficient)
    {
        Rational total = Checked(_terms.TryGetValue(monomial, out Rational before) ? Rational.Add(before, coefficient) : coefficient);
        if (total.Numerator.IsZero)
        {
            _terms.Remove(monomial);
        }
        else
        {
            _terms[monomial] = total;
        }
    }

    private static Rational Checked(Rational? value) => value ?? throw new NotExpandedException();
}

/// <summary>An expression that is not brought to its normal form, because it would be too long: its value may still be compared.</summary>
internal sealed class NotExpandedException : Exception;
