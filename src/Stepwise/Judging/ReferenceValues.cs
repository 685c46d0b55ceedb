using System.Numerics;
using Stepwise.Answers;
using Stepwise.Problems;

namespace Stepwise.Judging;

/// <summary>The values that a problem and its reference solution give.</summary>
internal sealed class ReferenceValues
{
    private const int MaxParts = 8;

    private readonly HashSet<Rational> _derived;
    private readonly HashSet<Rational> _known;
    private readonly HashSet<Rational> _partial = [];

    /// <summary>Reads a problem with a solution.</summary>
    public ReferenceValues(Problem problem, Rational answer)
    {
        string solution = Annotations.Without(problem.Solution!);
        _derived = [answer];
        Dictionary<Rational, IReadOnlyList<Rational>> sums = [], products = [];
        foreach (Equality equality in Equality.Find(solution))
        {
            Rational value = equality.Right.Value;
            _derived.Add(value);
            _derived.Add(equality.Right.PlainValue);
            if (equality.Left is { } left)
            {
                if (left.Factors.Contains(100) && Rational.Divide(value, 100) is { } share)
                {
                    // (20/50) * 100 = 40: who has no use for percentages writes 20/50 = 0.4.
                    _derived.Add(share);
                }

                AddPartial(sums, value, left.Terms, Rational.Add, Rational.Negated);
                AddPartial(products, value, left.Factors, Rational.Multiply, Rational.Inverse);
            }
        }

        _known = [.. _derived, .. Numbers(problem.Question), .. Numbers(solution)];
    }

    /// <summary>Whether the reference solution derives a value, or could in another order of its sums and products.</summary>
    public bool Derives(Rational value) => _derived.Contains(value) || _partial.Contains(value.Abs());

    /// <summary>
    /// Whether a number or its reciprocal (a quarter for 4) occurs in the question or the solution, or is one that needs no source (1, 2,
    /// 100).
    /// </summary>
    public bool Knows(Rational value) =>
        value.Equals(1) || value.Equals(2) || value.Equals(100) || _known.Contains(value)
        || (Rational.Inverse(value) is { } inverse && _known.Contains(inverse));

    /// <summary>
    /// The results of some of the parts of a sum or product, a part that was itself calculated so taken apart: who adds 2 + 3 + 5 may
    /// write 3 + 5 = 8 first, and who multiplies 2 * 3 and that by 5 may write 3 * 5 = 15.
    /// </summary>
    private void AddPartial(
        Dictionary<Rational, IReadOnlyList<Rational>> known,
        Rational value,
        IReadOnlyList<Rational> parts,
        Func<Rational, Rational, Rational?> combine,
        Func<Rational, Rational?> opposite)
    {
        if (parts.Count < 2)
        {
            return;
        }

        List<Rational> all = [];
        foreach (Rational part in parts.TakeWhile(_ => all.Count <= MaxParts))
        {
            bool direct = known.TryGetValue(part, out IReadOnlyList<Rational>? inner);
            if (direct || (opposite(part) is { } other && known.TryGetValue(other, out inner)))
            {
                all.AddRange(inner!.Take(MaxParts + 1).Select(p => direct ? p : opposite(p) ?? p));
            }
            else
            {
                all.Add(part);
            }
        }

        all = all.Count <= MaxParts ? all : [.. parts];
        known[value] = all;
        if (all.Count is < 3 or > MaxParts)
        {
            return;
        }

        Rational?[] results = new Rational?[1 << all.Count];
        for (int subset = 1; subset < results.Length; subset++)
        {
            int last = BitOperations.Log2((uint)subset), rest = subset ^ (1 << last);
            results[subset] = rest == 0 ? all[last] : results[rest] is { } sum ? combine(sum, all[last]) : null;
            if (rest != 0 && results[subset] is { } result)
            {
                _partial.Add(result.Abs());
                if (opposite(result) is { } inverse)
                {
                    _partial.Add(inverse.Abs());
                }
            }
        }
    }

    /// <summary>
    /// The numbers of a text: numerals, those of a list (<c>4,5,6</c>) and an index too, percentages in both readings, and words (<c>twice</c>,
    /// <c>three-quarter</c>).
    /// </summary>
    public static IEnumerable<Rational> Numbers(string text)
    {
        foreach (Token token in Calculation.Read(text))
        {
            if (token.Kind is TokenKind.Word or TokenKind.Symbol)
            {
                foreach (string part in text[token.Start..token.End].Split('-', ',', '_'))
                {
                    if ((Vocabulary.Number(part) is { } number ? number : Rational.Parse(part, out _)) is { } value)
                    {
                        yield return value;
                    }
                }
            }
            else if (token.Kind == TokenKind.Number)
            {
                yield return token.Value;
                if (token.Percent && Rational.Divide(token.Value, 100) is { } share)
                {
                    yield return share;
                }
            }
        }
    }
}
