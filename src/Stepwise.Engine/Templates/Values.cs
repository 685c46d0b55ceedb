
namespace Stepwise.Engine.Templates;

/// <summary>
/// The values of templates: <see langword="null"/>, <see cref="bool"/>, <see cref="long"/>, <see cref="string"/>, lists
/// (<see cref="IReadOnlyList{T}"/>), maps (<see cref="IReadOnlyDictionary{TKey,TValue}"/> with text keys, in order of insertion),
/// <see cref="Namespace"/>, <see cref="Loop"/>, <see cref="Function"/> and <see cref="Undefined"/>. Lists and maps never change.
/// </summary>
internal static class Values
{
    /// <summary>What a value is, for messages.</summary>
    public static string Kind(object? value) => value switch
    {
        null => "none",
        bool => "a truth value",
        long => "a number",
        string => "a text",
        IReadOnlyList<object?> => "a list",
        IReadOnlyDictionary<string, object?> => "a map",
        Undefined undefined => $"{undefined.What}, which is undefined",
        _ => "an object",
    };

    /// <summary>Whether a value counts as true: not none, undefined, zero or empty.</summary>
    public static bool Truth(object? value) => value switch
    {
        null or Undefined => false,
        bool flag => flag,
        long number => number != 0,
        string text => text.Length > 0,
        IReadOnlyList<object?> list => list.Count > 0,
        IReadOnlyDictionary<string, object?> map => map.Count > 0,
        _ => true,
    };

    /// <summary>The text of a value as it is put out.</summary>
    public static string Text(object? value, RenderContext context) => value switch
    {
        string text => text,
        null => "None",
        bool flag => flag ? "True" : "False",
        long number => number.ToString(System.Globalization.CultureInfo.InvariantCulture),
        Undefined => "",
        _ => throw context.Error($"{Kind(value)} cannot be put out as a text; a list or map can with the filter tojson"),
    };

    /// <summary>What a loop over a value meets: items, keys, or characters.</summary>
    public static IReadOnlyList<object?> Items(object? value, RenderContext context)
    {
        switch (value)
        {
            case IReadOnlyList<object?> list:
                return list;
            case IReadOnlyDictionary<string, object?> map:
                context.SpendItems(map.Count);
                return [.. map.Keys];
            case string text:
                context.SpendItems(text.Length);
                return PythonText.Characters(text);
            case Undefined:
                return [];
            default:
                throw context.Error($"cannot go over {Kind(value)}");
        }
    }

    /// <summary>Number of items or characters.</summary>
    public static long Length(object? value, RenderContext context) => value switch
    {
        string text => PythonText.Length(text),
        IReadOnlyList<object?> list => list.Count,
        IReadOnlyDictionary<string, object?> map => map.Count,
        Undefined => 0,
        _ => throw context.Error($"{Kind(value)} has no length"),
    };

    /// <summary><c>value.name</c>: a method, an entry, or undefined.</summary>
    public static object? Attribute(object? value, string name, RenderContext context) => value switch
    {
        Undefined => throw context.Error($"{Kind(value)}, has no attribute \"{name}\""),
        Namespace space => space.Find(name),
        Loop loop => loop.Find(name),
        _ when Methods.Find(value, name) is { } method => method,
        IReadOnlyDictionary<string, object?> map when map.TryGetValue(name, out object? entry) => entry,
        _ => new Undefined($"\"{name}\" of {Kind(value)}"),
    };

    /// <summary><c>value[key]</c>: an item by its place, from the end where negative; an entry by its key; or undefined.</summary>
    public static object? Item(object? value, object? key, RenderContext context) => (value, key) switch
    {
        (Undefined, _) => throw context.Error($"{Kind(value)}, has no items"),
        (IReadOnlyList<object?> list, long place) => At(list, place),
        (string text, long place) => At(Items(text, context), place),
        (IReadOnlyDictionary<string, object?> map, string name) when map.TryGetValue(name, out object? entry) => entry,
        (_, string name) => Attribute(value, name, context),
        _ => new Undefined($"an item of {Kind(value)}"),
    };

    private static object? At(IReadOnlyList<object?> list, long place)
    {
        long index = place < 0 ? place + list.Count : place;
        return index >= 0 && index < list.Count ? list[(int)index] : new Undefined($"item {place} of a list of {list.Count}");
    }
}

/// <summary>What a name stands for that nothing was given to. Asked for an attribute it is an error, put out it is nothing.</summary>
/// <param name="What">The name, for messages.</param>
internal sealed record Undefined(string What);

/// <summary>A function that a template may call.</summary>
internal delegate object? Function(Arguments arguments);

/// <summary>What <c>namespace(...)</c> makes: the one value that a template may change.</summary>
internal sealed class Namespace(IEnumerable<KeyValuePair<string, object?>> entries)
{
    private readonly Dictionary<string, object?> _entries = new(entries, StringComparer.Ordinal);

    public object? Find(string name) =>
        _entries.TryGetValue(name, out object? value) ? value : new Undefined($"\"{name}\" of a namespace");

    public void Set(string name, object? value) => _entries[name] = value;
}

/// <summary>The variable <c>loop</c> at one item.</summary>
internal sealed class Loop(IReadOnlyList<object?> items, int index)
{
    public object? Find(string name) => name switch
    {
        "index" => index + 1L,
        "index0" => (long)index,
        "revindex" => (long)items.Count - index,
        "revindex0" => items.Count - index - 1L,
        "first" => index == 0,
        "last" => index == items.Count - 1,
        "length" => (long)items.Count,
        "previtem" when index > 0 => items[index - 1],
        "nextitem" when index < items.Count - 1 => items[index + 1],
        _ => new Undefined($"\"loop.{name}\""),
    };
}
