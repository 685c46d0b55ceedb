using System.Numerics;
using System.Runtime.InteropServices;
using Stepwise.Answers.Mathematics;

namespace Stepwise.Answers;

/// <summary>What exact arithmetic says of an equality.</summary>
internal enum Truth
{
    /// <summary>They cannot be compared with confidence.</summary>
    Unknown,

    /// <summary>Both sides agree, to the decimals stated.</summary>
    Right,

    /// <summary>The sides differ, and nothing beside them leaves doubt about what they are.</summary>
    Wrong,
}

/// <summary>An arithmetic equality in a step: two neighbouring sides of a chain <c>a = b = c</c>.</summary>
/// <param name="Left">The left side; <see langword="null"/> where it is no expression, as in <c>total = 5</c>.</param>
/// <param name="Right">The right side.</param>
/// <param name="Truth">What exact arithmetic says of it.</param>
internal sealed record Equality(Expression? Left, Expression Right, Truth Truth)
{
    // A difference this small beside the value (one part in a hundred) may come from an operand rounded earlier.
    private const int Close = 2;

    /// <summary>The equalities of a text in order, those left out of which the right side cannot be read.</summary>
    public static List<Equality> Find(string text)
    {
        List<Token> tokens = Calculation.Read(text);
        ReadOnlySpan<Token> all = CollectionsMarshal.AsSpan(tokens);
        bool rounding = false;
        foreach (Token token in all)
        {
            rounding |= token.Kind == TokenKind.Word && Vocabulary.IsRounding(text.AsSpan(token.Start, token.End - token.Start));
        }

        List<Equality> equalities = [];
        int clause = 0;
        for (int i = 0; i < all.Length; i++)
        {
            if (all[i].Kind is TokenKind.Break or TokenKind.Line)
            {
                AddClause(equalities, text, all[clause..i], rounding);
                clause = i + 1;
            }
        }

        return equalities;
    }

    /// <summary>Whether the last equality of a text has no value on its right side: a relation of words or with an unknown.</summary>
    public static bool EndsOpen(string text)
    {
        List<Token> tokens = Calculation.Read(text);
        int equal = tokens.FindLastIndex(token => token.Kind == TokenKind.Equal);
        int end = equal < 0 ? -1 : tokens.FindIndex(equal, token => token.Kind is TokenKind.Break or TokenKind.Line);
        return equal >= 0 && ExpressionReader.Prefix(CollectionsMarshal.AsSpan(tokens)[(equal + 1)..end]) is null;
    }

    private static void AddClause(List<Equality> equalities, string text, ReadOnlySpan<Token> clause, bool rounding)
    {
        int start = 0;
        ReadOnlySpan<Token> left = default;
        Token? relation = null;
        for (int i = 0; i <= clause.Length; i++)
        {
            if (i < clause.Length && clause[i].Kind is not (TokenKind.Equal or TokenKind.Approximate))
            {
                continue;
            }

            ReadOnlySpan<Token> right = clause[start..i];
            if (relation is { } between && ExpressionReader.Prefix(right) is { } b)
            {
                bool approximate = rounding || between.Kind == TokenKind.Approximate;
                Expression? a = ExpressionReader.Suffix(left);
                Truth truth = a is null ? Truth.Unknown : Compare(a, b, approximate);
                equalities.Add(new Equality(a, b, truth == Truth.Wrong && MixesUnits(text, left, right) ? Truth.Unknown : truth));
            }

            left = right;
            relation = i < clause.Length ? clause[i] : null;
            start = i + 1;
        }
    }

    private static Truth Compare(Expression left, Expression right, bool approximate)
    {
        // A single number on the left is often part of a label: 8 batches = 5 * 8.
        bool trusted = left.Trusted && right.Trusted && left.Operators > 0;
        Truth truth = Compare(new Reading(left, Share: true), new(right, Share: true), approximate);
        if (truth != Truth.Right && (left.HasPercent || right.HasPercent))
        {
            Truth mixed = Compare(new Reading(left, Share: true), new(right, Share: false), approximate);
            Truth plain = Compare(new Reading(left, Share: false), new(right, Share: false), approximate);
            truth = mixed == Truth.Right || plain == Truth.Right ? Truth.Right
                : (truth, mixed, plain) is (Truth.Wrong, Truth.Wrong, Truth.Wrong) ? Truth.Wrong : Truth.Unknown;
            trusted &= !left.AddsPercent && !right.AddsPercent;
        }

        return truth == Truth.Wrong && !trusted ? Truth.Unknown : truth;
    }

    private static Truth Compare(Reading left, Reading right, bool approximate)
    {
        (Rational a, Rational b) = (left.Value, right.Value);
        if (a.Equals(b))
        {
            return Truth.Right;
        }

        if (Rational.Subtract(a, b)?.Abs() is not { } difference)
        {
            return Truth.Unknown;
        }

        Reading read = right.Expression.Literal is null ? left : right;
        Token? stated = read.Expression.Literal;

        // 12.5 % as a share has three decimals.
        int decimals = (stated?.Decimals ?? 0) + (stated is { Percent: true } && read.Share ? 2 : 0);
        if (stated is not null && difference.IsBelowUnit(decimals))
        {
            // To the nearest, or cut off; rounded up leaves doubt, and so does a whole number without a word of rounding.
            bool nearest = Rational.Multiply(difference, 2)?.IsAtMostUnit(decimals) == true;
            bool shorter = BigInteger.Abs(b.Numerator) * a.Denominator < BigInteger.Abs(a.Numerator) * b.Denominator;
            bool precise = (nearest || shorter) && (stated.Value.Decimals > 0 || stated.Value.CutOff);
            return precise || approximate ? Truth.Right : Truth.Unknown;
        }

        bool near = b.Numerator.IsZero || Rational.Divide(difference, b)?.Abs().IsBelowUnit(Close) != false;
        bool inexact = approximate || left.Expression.Operands.Concat(right.Expression.Operands).Any(o => o.Decimals > 0);
        return (near && inexact) || approximate ? Truth.Unknown : Truth.Wrong;
    }

    /// <summary>Whether two units of one dimension are named, as in <c>2 hours - 30 minutes</c>.</summary>
    private static bool MixesUnits(string text, ReadOnlySpan<Token> left, ReadOnlySpan<Token> right)
    {
        Dictionary<string, Rational> sizes = new(StringComparer.Ordinal);
        return AddUnits(sizes, text, left) || AddUnits(sizes, text, right);
    }

    private static bool AddUnits(Dictionary<string, Rational> sizes, string text, ReadOnlySpan<Token> tokens)
    {
        foreach (Token token in tokens)
        {
            bool money = token.Kind == TokenKind.Number && token.Start > 0 && text[token.Start - 1] == '$';
            bool word = token.Kind is TokenKind.Word or TokenKind.Symbol && (token.End - token.Start > 1 || text[token.Start] == '¢');
            if ((money || word) && Unit.Find(money ? "$" : text[token.Start..token.End]) is { } unit)
            {
                // Ounces measure volume too, and weeks make up months.
                string dimension = unit.Dimension switch
                {
                    "volume" => "mass",
                    "span" => "time",
                    var other => other,
                };
                if (!sizes.TryAdd(dimension, unit.Size) && !sizes[dimension].Equals(unit.Size))
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>A side, its percentages read as shares or as plain numbers.</summary>
    private readonly record struct Reading(Expression Expression, bool Share)
    {
        public Rational Value => Share ? Expression.Value : Expression.PlainValue;
    }
}
