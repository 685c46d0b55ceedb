using Stepwise.Answers;

namespace Stepwise.Judging;

/// <summary>A value that a response derives by an equality.</summary>
/// <param name="Step">The step, counted from 1.</param>
/// <param name="Value">The value, a percentage as a share.</param>
/// <param name="Plain">The value with a percent sign ignored.</param>
/// <param name="Sources">Where its operands were derived: the latest earlier derivation of each that has one.</param>
internal sealed record Derivation(int Step, Rational Value, Rational Plain, IReadOnlyList<Derivation> Sources)
{
    /// <summary>Whether the value is on the way to the reference answer, or a value on that way was derived from it.</summary>
    public bool Supported { get; set; }

    /// <summary>Whether an operand occurs neither in the question, nor in the reference solution, nor among earlier derived values.</summary>
    public bool RestsOnForeign { get; init; }

    /// <summary>Whether the equality is known to be true.</summary>
    public bool Certain { get; init; }
}

/// <summary>The values that a response derives, in order.</summary>
/// <param name="reference">What the problem and its reference solution give.</param>
internal sealed class Derivations(ReferenceValues reference)
{
    private readonly List<Derivation> _all = [];
    private readonly Dictionary<Rational, Derivation> _latest = [];
    private readonly Dictionary<Rational, int> _firstSteps = [];

    /// <summary>All of them in the order of the text, those of the step with a false equality up to it.</summary>
    public IReadOnlyList<Derivation> All => _all;

    /// <summary>Whether no step derives a value.</summary>
    public bool None => _all.Count == 0;

    /// <summary>The first value that is not supported, or <see langword="null"/> if all are.</summary>
    public Derivation? FirstUnsupported => _all.Find(d => !d.Supported);

    /// <summary>
    /// The first step that states a number which neither question nor reference solution nor an earlier or same step's equality gives, or
    /// <see langword="null"/>.
    /// </summary>
    public int? FirstForeign { get; private set; }

    /// <summary>Whether there is a step, every one derives a value, and all of these are supported; a sentence without one is unchecked.</summary>
    /// <param name="steps">Number of steps that were read.</param>
    public bool IsConfirmed(int steps) =>
        steps > 0 && FirstUnsupported is null && _all.Select(d => d.Step).Distinct().Count() == steps;

    /// <summary>The first step in which a number occurs, derived or not.</summary>
    public int? StepOf(Rational value) => _firstSteps.TryGetValue(value, out int step) ? step : null;

    /// <summary>Whether an unsupported value rests on a foreign number, or the response builds on it.</summary>
    public bool IsConfident(Derivation unsupported) =>
        unsupported.RestsOnForeign || _all.Exists(d => !d.Supported && d.Sources.Contains(unsupported));

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

            Expression source = equality.Left is { Operators: > 0 } left ? left : equality.Right;
            if (source.Operators > 0)
            {
                Add(step, equality.Right, source, ReferenceEquals(source, equality.Right) || equality.Truth == Truth.Right);
            }
        }

        foreach (Rational number in ReferenceValues.Numbers(text))
        {
            if (_firstSteps.TryAdd(number, step) && IsForeign(number))
            {
                FirstForeign ??= step;
            }
        }

        return null;
    }

    /// <summary>
    /// Supports the values that are on the way to the reference answer, and from the first time that one is reached, what it was derived
    /// from: another way to the same result. The wrong answer supports nothing.
    /// </summary>
    /// <param name="wrong">The response's answer, if it has one and it is wrong.</param>
    public void Support(FinalAnswer? wrong)
    {
        HashSet<Rational> reached = [];
        Stack<Derivation> open = [];
        foreach (Derivation derivation in _all.Where(d => (reference.Derives(d.Value) || reference.Derives(d.Plain)) && wrong?.Is(d.Value) != true))
        {
            derivation.Supported = true;
            if (reached.Add(derivation.Value))
            {
                open.Push(derivation);
            }
        }

        while (open.TryPop(out Derivation? derivation))
        {
            foreach (Derivation source in derivation.Sources.Where(source => !source.Supported))
            {
                source.Supported = true;
                open.Push(source);
            }
        }
    }

    private bool IsForeign(Rational number) => !reference.Knows(number) && !_latest.ContainsKey(number);

    private void Add(int step, Expression result, Expression source, bool certain)
    {
        Rational[] operands = [.. source.Operands.Select(o => o.Value)];
        Derivation[] sources = [.. operands.Select(o => _latest.GetValueOrDefault(o)).OfType<Derivation>()];
        Derivation derivation = new(step, result.Value, result.PlainValue, sources)
        {
            RestsOnForeign = Array.Exists(operands, IsForeign), Certain = certain,
        };
        _all.Add(derivation);
        _latest[result.Value] = derivation;
        _latest[result.PlainValue] = derivation;
    }
}
