using System.Numerics;
using Stepwise.Judging.Arithmetic;
using Stepwise.Problems;
using Stepwise.Tasks;

namespace Stepwise.Judging;

/// <summary>The values that a problem and its reference solution give.</summary>
internal sealed class ReferenceValues
{
    private const int MaxTerms = 8;

    private readonly HashSet<Rational> derived;
    private readonly HashSet<Rational> known;
    private readonly HashSet<Rational> partial = [];
    private readonly HashSet<(Rational Value, string Source)> sources = [];

    /// <summary>Reads a problem with a solution.</summary>
    public ReferenceValues(Problem problem, Rational answer)
    {
        string solution = Gsm8k.WithoutAnnotations(problem.Solution!);
        derived = [answer];
        foreach (Equality equality in Equality.Find(solution))
        {
            derived.Add(equality.Right.Value);
            derived.Add(equality.Right.PlainValue);
            if (equality.Left is { } left)
            {
                sources.Add((equality.Right.Value, Source(left)));
                AddPartialSums(left.Terms);
            }
        }

        known = [.. derived, .. Numbers(problem.Question), .. Numbers(solution)];
    }

    /// <summary>Whether the reference solution derives a value, or adds it up on the way to one.</summary>
    public bool Derives(Rational value) => derived.Contains(value) || partial.Contains(value);

    /// <summary>Whether the reference solution derives a value from the same numbers, or adds it up on the way to one.</summary>
    public bool DerivesFrom(Rational value, Expression source) => partial.Contains(value) || sources.Contains((value, Source(source)));

    /// <summary>Whether a number occurs in the question or the solution, or is one that needs no source (1, 2, 100).</summary>
    public bool Knows(Rational value) => value.Equals(1) || value.Equals(2) || value.Equals(100) || known.Contains(value);

    /// <summary>The numbers of an expression in a fixed order.</summary>
    private static string Source(Expression expression) =>
        string.Join(' ', expression.Operands.Select(o => o.Value.ToString()).Order(StringComparer.Ordinal));

    /// <summary>The sums of some of the terms: who adds 2 + 3 + 5 may write 3 + 5 = 8 first.</summary>
    private void AddPartialSums(IReadOnlyList<Rational> terms)
    {
        if (terms.Count is < 3 or > MaxTerms)
        {
            return;
        }

        for (int subset = 1; subset < 1 << terms.Count; subset++)
        {
            Rational? sum = 0;
            for (int i = 0; i < terms.Count && sum is not null; i++)
            {
                sum = (subset >> i & 1) == 0 ? sum : Rational.Add(sum.Value, terms[i]);
            }

            if (BitOperations.PopCount((uint)subset) > 1 && sum is { } value)
            {
                partial.Add(value.Abs());
            }
        }
    }

    /// <summary>The numbers of a text, percentages in both readings.</summary>
    public static IEnumerable<Rational> Numbers(string text)
    {
        foreach (Token token in Lexer.Read(text))
        {
            if (token.Kind == TokenKind.Number)
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
