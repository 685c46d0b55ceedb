namespace Stepwise.Answers.Mathematics;

/// <summary>Functions of the expressions that answers are made of.</summary>
internal enum Function
{
    Sin,
    Cos,
    Tan,
    Cot,
    Sec,
    Csc,
    Arcsin,
    Arccos,
    Arctan,
    Sinh,
    Cosh,
    Tanh,
    Exp,

    /// <summary>The natural logarithm.</summary>
    Log,
    Abs,
    Floor,
    Ceiling,
    Factorial,

    /// <summary>n over k.</summary>
    Binomial,
}

/// <summary>A mathematical expression with one value.</summary>
internal abstract record MathExpression
{
    public static readonly MathExpression One = new Constant(1);

    public static readonly MathExpression Infinity = new Symbol("∞");

    /// <summary>The names of constants that are no variables.</summary>
    public static bool IsConstant(string symbol) => symbol is "π" or "e" or "i" or "∞";

    public static MathExpression Negated(MathExpression a) => a is Constant c ? new Constant(c.Value.Negated()) : new Product([new Constant(-1), a]);

    public static MathExpression Difference(MathExpression a, MathExpression b) => new Sum([a, Negated(b)]);

    public static MathExpression Quotient(MathExpression a, MathExpression b) => new Product([a, new Power(b, new Constant(-1))]);

    public static MathExpression Root(MathExpression a, MathExpression index) => new Power(a, new Power(index, new Constant(-1)));

    /// <summary>Whether it is ∞ (1), −∞ (−1), or neither (0).</summary>
    public int InfinitySign => this switch
    {
        Symbol { Name: "∞" } => 1,
        Sum { Terms: [var only] } => only.InfinitySign,
        Product { Factors: [Constant c, var rest] } => c.Value.Numerator.Sign * rest.InfinitySign,
        _ => 0,
    };

    /// <summary>The parts it is made of.</summary>
    public virtual IReadOnlyList<MathExpression> Parts => [];

    /// <summary>Itself and everything in it.</summary>
    public IEnumerable<MathExpression> All() => Parts.SelectMany(part => part.All()).Prepend(this);

    /// <summary>The names of its variables.</summary>
    public IEnumerable<string> Variables() =>
        All().OfType<Symbol>().Select(symbol => symbol.Name).Where(name => !IsConstant(name)).Distinct(StringComparer.Ordinal);

    /// <summary>The same with all its parts replaced.</summary>
    public abstract MathExpression Map(Func<MathExpression, MathExpression> map);
}

/// <summary>A number as it is written.</summary>
internal sealed record Constant(Rational Value) : MathExpression
{
    public override MathExpression Map(Func<MathExpression, MathExpression> map) => this;

    public override string ToString() => Value.ToString();
}

/// <summary>A variable, or one of the constants π, e, i and ∞.</summary>
internal sealed record Symbol(string Name) : MathExpression
{
    public override MathExpression Map(Func<MathExpression, MathExpression> map) => this;

    public override string ToString() => Name;
}

/// <summary>The sign ± (or ∓ where flipped): 1 or −1, the same one everywhere in an answer.</summary>
internal sealed record EitherSign(bool Flipped) : MathExpression
{
    public override MathExpression Map(Func<MathExpression, MathExpression> map) => this;

    public override string ToString() => Flipped ? "∓1" : "±1";
}

internal sealed record Sum(IReadOnlyList<MathExpression> Terms) : MathExpression
{
    public override IReadOnlyList<MathExpression> Parts => Terms;

    public override MathExpression Map(Func<MathExpression, MathExpression> map) => new Sum([.. Terms.Select(map)]);

    public override string ToString() => $"({string.Join(" + ", Terms)})";
}

internal sealed record Product(IReadOnlyList<MathExpression> Factors) : MathExpression
{
    public override IReadOnlyList<MathExpression> Parts => Factors;

    public override MathExpression Map(Func<MathExpression, MathExpression> map) => new Product([.. Factors.Select(map)]);

    public override string ToString() => Factors is [Constant { Value: var c }, var other] && c.Equals(-1) ? $"-{other}"
        : Factors is [var a, Power { Base: var b, Exponent: Constant { Value: var minus } }] && minus.Equals(-1) ? $"{a}/{b}"
        : string.Join("*", Factors);
}

internal sealed record Power(MathExpression Base, MathExpression Exponent) : MathExpression
{
    public override IReadOnlyList<MathExpression> Parts => [Base, Exponent];

    public override MathExpression Map(Func<MathExpression, MathExpression> map) => new Power(map(Base), map(Exponent));

    public override string ToString() => Exponent switch
    {
        Power { Base: Constant { Value: var index }, Exponent: Constant { Value: var minus } } when minus.Equals(-1) =>
            index.Equals(2) ? $"sqrt({Base})" : $"root({index}, {Base})",
        Constant { Value: { IsWhole: true, Numerator.Sign: > 0 } } => $"{Base}^{Exponent}",
        _ => $"{Base}^({Exponent})",
    };
}

internal sealed record Application(Function Function, IReadOnlyList<MathExpression> Arguments) : MathExpression
{
    public override IReadOnlyList<MathExpression> Parts => Arguments;

    public override MathExpression Map(Func<MathExpression, MathExpression> map) => new Application(Function, [.. Arguments.Select(map)]);

    public override string ToString() => $"{Function.ToString().ToLowerInvariant()}({string.Join(", ", Arguments)})";
}
