namespace Stepwise.Engine.Templates;

internal delegate object? BinaryOperator(object? left, object? right, RenderContext context);

internal delegate bool ComparisonOperator(object? left, object? right, RenderContext context);

/// <summary>The operators, with Python's meaning: nothing is converted silently, division rounds down.</summary>
internal static class Operators
{
    public static object? Add(object? left, object? right, RenderContext context)
    {
        switch (left, right)
        {
            case (string a, string b):
                context.SpendCharacters((long)a.Length + b.Length);
                return a + b;
            case (IReadOnlyList<object?> a, IReadOnlyList<object?> b):
                context.SpendItems((long)a.Count + b.Count);
                return (object?[])[.. a, .. b];
            default:
                return Compute(left, right, "add", (a, b) => checked(a + b), context);
        }
    }

    public static object? Subtract(object? left, object? right, RenderContext context) =>
        Compute(left, right, "subtract", (a, b) => checked(a - b), context);

    public static object? Multiply(object? left, object? right, RenderContext context) =>
        Compute(left, right, "multiply", (a, b) => checked(a * b), context);

    public static object? Divide(object? left, object? right, RenderContext context) =>
        Compute(left, right, "divide", (a, b) => checked((a - Modulo(a, b)) / b), context);

    public static object? Remainder(object? left, object? right, RenderContext context) =>
        Compute(left, right, "divide", Modulo, context);

    public static object? Join(object? left, object? right, RenderContext context) =>
        Add(Values.Text(left, context), Values.Text(right, context), context);

    public static bool Equal(object? left, object? right, RenderContext context)
    {
        switch (left, right)
        {
            case (string a, string b):
                context.SpendCharacters(1 + (a.Length == b.Length ? a.Length / 8 : 0));
                return string.Equals(a, b, StringComparison.Ordinal);
            case (IReadOnlyList<object?> a, IReadOnlyList<object?> b):
                context.SpendItems(1);
                return a.Count == b.Count && context.Inside(() => a.Zip(b).All(pair => Equal(pair.First, pair.Second, context)));
            case (IReadOnlyDictionary<string, object?> a, IReadOnlyDictionary<string, object?> b):
                context.SpendItems(1);
                return a.Count == b.Count && context.Inside(() => a.All(entry =>
                    b.TryGetValue(entry.Key, out object? other) && Equal(entry.Value, other, context)));
            case (Undefined, Undefined):
                return true;
            default:
                context.SpendCharacters(1);
                return Equals(Number(left) ?? left, Number(right) ?? right);
        }
    }

    public static bool NotEqual(object? left, object? right, RenderContext context) => !Equal(left, right, context);

    public static bool Less(object? left, object? right, RenderContext context)
    {
        (long a, long b) = Numbers(left, right, "compare", context);
        return a < b;
    }

    public static bool LessOrEqual(object? left, object? right, RenderContext context) => !Less(right, left, context);

    public static bool Greater(object? left, object? right, RenderContext context) => Less(right, left, context);

    public static bool GreaterOrEqual(object? left, object? right, RenderContext context) => !Less(left, right, context);

    /// <summary>Whether a text is part of a text, a value an item of a list, or a text a key of a map.</summary>
    public static bool In(object? sought, object? place, RenderContext context) => (place, sought) switch
    {
        (string text, string part) => Contains(text, part, context),
        (IReadOnlyDictionary<string, object?> map, string key) => map.ContainsKey(key),
        (IReadOnlyList<object?> list, _) => list.Any(item => Equal(item, sought, context)),
        (Undefined or IReadOnlyDictionary<string, object?>, _) => false,
        _ => throw context.Error($"cannot look for {Values.Kind(sought)} in {Values.Kind(place)}"),
    };

    public static bool NotIn(object? sought, object? place, RenderContext context) => !In(sought, place, context);

    private static bool Contains(string text, string part, RenderContext context)
    {
        context.SpendSearch(text.Length, part.Length);
        return text.Contains(part, StringComparison.Ordinal);
    }

    /// <summary>The number of a number or truth value.</summary>
    private static long? Number(object? value) => value switch
    {
        long number => number,
        bool flag => flag ? 1 : 0,
        _ => null,
    };

    private static (long Left, long Right) Numbers(object? left, object? right, string verb, RenderContext context) =>
        Number(left) is { } a && Number(right) is { } b
            ? (a, b)
            : throw context.Error($"cannot {verb} {Values.Kind(left)} and {Values.Kind(right)}; both must be numbers");

    /// <summary>The remainder with the divisor's sign.</summary>
    private static long Modulo(long a, long b) => b == -1 ? 0 : ((a % b) + b) % b;

    private static long Compute(object? left, object? right, string verb, Func<long, long, long> compute, RenderContext context)
    {
        (long a, long b) = Numbers(left, right, verb, context);
        try
        {
            return compute(a, b);
        }
        catch (ArithmeticException e)
        {
            throw context.Error(e is DivideByZeroException ? "a division by zero" : "a number grows too large");
        }
    }
}
