
namespace Stepwise.Engine.Templates;

/// <summary>A part of a template that has a value.</summary>
/// <param name="Line">Its line, from 1.</param>
internal abstract record Expression(int Line)
{
    /// <summary>A literal.</summary>
    public sealed record Constant(int Line, object? Value) : Expression(Line);

    /// <summary>A variable or function.</summary>
    public sealed record Name(int Line, string Id) : Expression(Line);

    /// <summary><c>[a, b]</c> and <c>(a, b)</c></summary>
    public sealed record List(int Line, IReadOnlyList<Expression> Items) : Expression(Line);

    /// <summary><c>{a: b}</c></summary>
    public sealed record Map(int Line, IReadOnlyList<(Expression Key, Expression Value)> Items) : Expression(Line);

    /// <summary><c>value.name</c></summary>
    public sealed record Attribute(int Line, Expression Value, string Id) : Expression(Line);

    /// <summary><c>value[key]</c></summary>
    public sealed record Item(int Line, Expression Value, Expression Key) : Expression(Line);

    /// <summary><c>value[start:stop:step]</c></summary>
    public sealed record Slice(int Line, Expression Value, Expression? Start, Expression? Stop, Expression? Step) : Expression(Line);

    /// <summary><c>function(arguments)</c></summary>
    public sealed record Call(int Line, Expression Function, CallArguments Arguments) : Expression(Line);

    /// <summary><c>value | filter(arguments)</c></summary>
    public sealed record Filter(int Line, Expression Value, string Id, CallArguments Arguments) : Expression(Line);

    /// <summary><c>value is test(arguments)</c></summary>
    public sealed record Test(int Line, Expression Value, string Id, CallArguments Arguments) : Expression(Line);

    /// <summary><c>not value</c></summary>
    public sealed record Not(int Line, Expression Value) : Expression(Line);

    /// <summary><c>-value</c></summary>
    public sealed record Negative(int Line, Expression Value) : Expression(Line);

    /// <summary><c>left + right</c> and the like.</summary>
    public sealed record Binary(int Line, BinaryOperator Operator, Expression Left, Expression Right) : Expression(Line);

    /// <summary><c>first &lt; second &lt;= third</c>: true where every link is; a link's operands are evaluated once.</summary>
    public sealed record Comparison(int Line, Expression First, IReadOnlyList<(ComparisonOperator Operator, Expression Operand)> Links)
        : Expression(Line);

    /// <summary><c>left and right</c>: the first that is false, or the last.</summary>
    public sealed record And(int Line, Expression Left, Expression Right) : Expression(Line);

    /// <summary><c>left or right</c>: the first that is true, or the last.</summary>
    public sealed record Or(int Line, Expression Left, Expression Right) : Expression(Line);

    /// <summary><c>value if condition else other</c>; undefined where the condition is false and there is no other.</summary>
    public sealed record Conditional(int Line, Expression Value, Expression Condition, Expression? Other) : Expression(Line);
}

/// <summary>What stands between the brackets of a call.</summary>
/// <param name="Positional">The arguments without a name.</param>
/// <param name="Named">Those with one, each name once.</param>
internal sealed record CallArguments(IReadOnlyList<Expression> Positional, IReadOnlyList<(string Name, Expression Value)> Named)
{
    public static readonly CallArguments None = new([], []);
}
