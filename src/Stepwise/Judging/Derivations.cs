using Stepwise.Judging.Arithmetic;

namespace Stepwise.Judging;

/// <summary>A value that a response derives by an equality.</summary>
/// <param name="Step">The step, counted from 1.</param>
/// <param name="Value">The value.</param>
/// <param name="Operands">The numbers it was derived from.</param>
internal sealed record Derivation(int Step, Rational Value, IReadOnlyList<Rational> Operands)
{
    /// <summary>Whether the reference solution derives the value, or a value that it derives was derived from this one.</summary>
    public bool Supported { get; set; }

    /// <summary>Whether an operand occurs neither in the question, nor in the reference solution, nor earlier in the response.</summary>
    public bool FromNowhere { get; init; }

    /// <summary>
    /// Whether the error may lie before the step: it rests on a number that earlier prose states without any source, or on a value that
    /// only happens to be one of the reference solution's, being derived from other numbers.
    /// </summary>
    public bool Doubtful { get; init; }
}

/// <summary>The values that a response derives, in order.</summary>
/// <param name="reference">What the problem and its reference solution give.</param>
internal sealed class Derivations(ReferenceValues reference)
{
    private readonly List<Derivation> all = [];
    private readonly Dictionary<Rational, int> firstSteps = [];
    private readonly Dictionary<Rational, List<Derivation>> unsupported = [];
    private readonly HashSet<Rational> doubtful = [];
    private readonly HashSet<Rational> seen = [];

    /// <summary>The first value that is not supported, or <see langword="null"/> if all are.</summary>
    public Derivation? FirstUnsupported => all.Find(d => !d.Supported);

    /// <summary>Whether there is a step, every one derives a value, and all of these are supported; a sentence without one is unchecked.</summary>
    /// <param name="steps">Number of steps that were read.</param>
    public bool IsConfirmed(int steps) =>
        steps > 0 && FirstUnsupported is null && all.Select(d => d.Step).Distinct().Count() == steps;

    /// <summary>The first step that derives a value.</summary>
    public int? StepOf(Rational value) => firstSteps.TryGetValue(value, out int step) ? step : null;

    /// <summary>
    /// Whether the first unsupported value is confidently an error: it rests on a foreign number, or the response builds on it.
    /// </summary>
    public bool IsConfident(Derivation first) =>
        !first.Doubtful
        && (first.FromNowhere || all.Exists(d => d.Step > first.Step && !d.Supported && d.Operands.Contains(first.Value)));

    /// <summary>Reads the equalities of a step.</summary>
    /// <returns>The first false one, at which reading ends, or <see langword="null"/>.</returns>
    public Equality? Read(int step, string text)
    {
        foreach (Equality equality in Equality.Find(text))
        {
            if (equality.Truth == Truth.Wrong)
            {
                return equality;
            }

            Expression? source = equality.Left is { Operators: > 0 } left ? left : equality.Right;
            if (source.Operators > 0)
            {
                Add(step, equality.Right.Value, source);
            }
        }

        foreach (Rational number in ReferenceValues.Numbers(text))
        {
            seen.Add(number);
        }

        return null;
    }

    private void Add(int step, Rational value, Expression source)
    {
        Rational[] operands = [.. source.Operands.Select(o => o.Value)];
        bool supported = reference.Derives(value);
        bool Foreign(Rational o) => !reference.Knows(o) && StepOf(o) is null;
        bool doubt = Array.Exists(operands, o => doubtful.Contains(o) || (seen.Contains(o) && Foreign(o)));
        Derivation derivation = new(step, value, operands)
        {
            Supported = supported,
            FromNowhere = Array.Exists(operands, o => !seen.Contains(o) && Foreign(o)),
            Doubtful = doubt,
        };
        all.Add(derivation);
        firstSteps.TryAdd(value, step);
        if (doubt || (supported && !reference.DerivesFrom(value, source)))
        {
            doubtful.Add(value);
        }

        if (supported)
        {
            Support(operands);
        }
        else if (!unsupported.TryAdd(value, [derivation]))
        {
            unsupported[value].Add(derivation);
        }
    }

    /// <summary>Supports what a supported value was derived from, and what that was derived from.</summary>
    private void Support(IReadOnlyList<Rational> operands)
    {
        Stack<Rational> open = new(operands);
        while (open.TryPop(out Rational value))
        {
            if (!unsupported.Remove(value, out List<Derivation>? derivations))
            {
                continue;
            }

            foreach (Derivation derivation in derivations)
            {
                derivation.Supported = true;
                foreach (Rational operand in derivation.Operands)
                {
                    open.Push(operand);
                }
            }
        }
    }
}
