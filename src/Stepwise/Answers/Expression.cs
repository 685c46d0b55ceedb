using System.Collections.Frozen;
using Stepwise.Answers.Mathematics;

namespace Stepwise.Answers;

/// <summary>An arithmetic expression that was read from prose.</summary>
/// <param name="Tree">What it is; a percentage is a variable of its name.</param>
/// <param name="Operands">The numbers in it.</param>
/// <param name="Operators">How many operators it has; 0 for a single number.</param>
/// <param name="Trusted">Whether nothing beside it leaves doubt about where it begins, ends, or what it means.</param>
internal sealed record Expression(MathExpression Tree, IReadOnlyList<Token> Operands, int Operators, bool Trusted)
{
    private static readonly FrozenDictionary<string, Rational> NoPercentages = FrozenDictionary<string, Rational>.Empty;

    /// <summary>Its value with percentages as shares (40 % is 0.4).</summary>
    public Rational Value { get; private init; }

    /// <summary>Its value with percent signs ignored (40 % is 40).</summary>
    public Rational PlainValue { get; private init; }

    /// <summary>Whether a percent sign is in it.</summary>
    public bool HasPercent => Operands.Any(o => o.Percent);

    /// <summary>Whether a percentage stands in a sum with what is none: <c>$50 - 20%</c> may be $40.</summary>
    public bool AddsPercent => HasPercent && !Operands.All(o => o.Percent) && Tree.All().OfType<Sum>().Any();

    /// <summary>The number that the expression is, where it is one.</summary>
    public Token? Literal => Operators == 0 && Operands.Count == 1 ? Operands[0] : null;

    /// <summary>What it adds up, with signs.</summary>
    public IReadOnlyList<Rational> Terms => Values(Tree is Sum sum ? sum.Terms : [Tree]);

    /// <summary>What it multiplies, a divisor as its reciprocal; of a sum nothing.</summary>
    public IReadOnlyList<Rational> Factors => Tree is Sum ? [] : Values(Tree is Product product ? product.Factors : [Tree]);

    /// <summary>The name of a percentage in a tree.</summary>
    public static string Name(Token percentage) => $"{percentage.Value}%";

    /// <summary>The expression with its values; <see langword="null"/> where it has none that is small enough.</summary>
    public Expression? Evaluated() =>
        Simplifier.Number(Tree, Percentages(100)) is { } share && (HasPercent ? Simplifier.Number(Tree, Percentages(1)) : share) is { } plain
            ? this with { Value = share, PlainValue = plain }
            : null;

    private IReadOnlyDictionary<string, Rational> Percentages(int whole) => !HasPercent ? NoPercentages
        : Operands.Where(o => o.Percent).DistinctBy(o => o.Value).ToDictionary(Name, o => Rational.Divide(o.Value, whole)!.Value, StringComparer.Ordinal);

    private IReadOnlyList<Rational> Values(IReadOnlyList<MathExpression> parts)
    {
        IReadOnlyDictionary<string, Rational> percentages = Percentages(100);
        return [.. parts.Select(part => Simplifier.Number(part, percentages)).OfType<Rational>()];
    }
}
