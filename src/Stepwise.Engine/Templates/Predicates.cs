
namespace Stepwise.Engine.Templates;

/// <summary>A test: <c>value is name(arguments)</c>.</summary>
internal delegate bool Predicate(object? value, Arguments arguments);

/// <summary>The tests.</summary>
internal static class Predicates
{
    private static readonly Dictionary<string, Predicate> Known = new(StringComparer.Ordinal)
    {
        ["boolean"] = Kind(value => value is bool),
        ["callable"] = Kind(value => value is Function),
        ["defined"] = Kind(value => value is not Undefined),
        ["divisibleby"] = (value, arguments) =>
            Operators.Equal(Operators.Remainder(value, arguments.Bind(1, "num")[0], arguments.Context), 0L, arguments.Context),
        ["even"] = (value, arguments) => Remainder(value, arguments) == 0,
        ["false"] = Kind(value => value is false),
        ["in"] = Compared(Operators.In),
        ["integer"] = Kind(value => value is long),
        ["iterable"] = Kind(value => value is string or IReadOnlyList<object?> or IReadOnlyDictionary<string, object?> or Undefined),
        ["mapping"] = Kind(value => value is IReadOnlyDictionary<string, object?>),
        ["none"] = Kind(value => value is null),
        ["number"] = Kind(value => value is long or bool),
        ["odd"] = (value, arguments) => Remainder(value, arguments) == 1,
        ["sameas"] = Compared((left, right, _) => left is bool or long or string ? Equals(left, right) : ReferenceEquals(left, right)),
        ["sequence"] = Kind(value => value is string or IReadOnlyList<object?> or IReadOnlyDictionary<string, object?>),
        ["string"] = Kind(value => value is string),
        ["true"] = Kind(value => value is true),
        ["undefined"] = Kind(value => value is Undefined),
        ["eq"] = Compared(Operators.Equal),
        ["equalto"] = Compared(Operators.Equal),
        ["=="] = Compared(Operators.Equal),
        ["ne"] = Compared(Operators.NotEqual),
        ["!="] = Compared(Operators.NotEqual),
        ["lt"] = Compared(Operators.Less),
        ["le"] = Compared(Operators.LessOrEqual),
        ["gt"] = Compared(Operators.Greater),
        ["ge"] = Compared(Operators.GreaterOrEqual),
    };

    /// <summary>A test by its name; <see langword="null"/> where there is none.</summary>
    public static Predicate? Find(string name) => Known.GetValueOrDefault(name);

    /// <summary>
    /// The test that a filter is given by name with the test's arguments behind it; whether a value counts as true where there is none.
    /// </summary>
    /// <param name="arguments">The filter's arguments.</param>
    /// <param name="place">Where the test's name stands among them.</param>
    public static Func<object?, bool> Of(Arguments arguments, int place)
    {
        if (arguments.Positional.Count <= place)
        {
            return Values.Truth;
        }

        string name = arguments.Text(arguments.Positional[place]);
        Predicate test = Find(name) ?? throw arguments.Error($"is given the test {Quoted.Of(name)}, which is not supported");
        Arguments rest = arguments.From(place + 1, $"the test \"{name}\"");
        return value => test(value, rest);
    }

    private static Predicate Kind(Func<object?, bool> holds) => (value, arguments) =>
    {
        arguments.BindNone();
        return holds(value);
    };

    private static Predicate Compared(ComparisonOperator compare) =>
        (value, arguments) => compare(value, arguments.Bind(1, "other")[0], arguments.Context);

    private static long? Remainder(object? value, Arguments arguments)
    {
        arguments.BindNone();
        return Operators.Remainder(value, 2L, arguments.Context) as long?;
    }
}
