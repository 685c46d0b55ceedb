
namespace Stepwise.Engine.Templates;

/// <summary>A filter: <c>value | name(arguments)</c>.</summary>
internal delegate object? Filter(object? value, Arguments arguments);

/// <summary>The filters.</summary>
internal static class Filters
{
    private static readonly Dictionary<string, Filter> Known = new(StringComparer.Ordinal)
    {
        ["capitalize"] = OfText("capitalize"),
        ["count"] = (value, arguments) => Length(value, arguments),
        ["d"] = Default,
        ["default"] = Default,
        ["first"] = (value, arguments) => End(value, arguments, 0),
        ["items"] = Items,
        ["join"] = Join,
        ["last"] = (value, arguments) => End(value, arguments, -1),
        ["length"] = (value, arguments) => Length(value, arguments),
        ["list"] = List,
        ["lower"] = OfText("lower"),
        ["map"] = Map,
        ["reject"] = (value, arguments) => Select(value, arguments, keep: false),
        ["rejectattr"] = (value, arguments) => SelectByAttribute(value, arguments, keep: false),
        ["replace"] = OfText("replace"),
        ["safe"] = Text,
        ["select"] = (value, arguments) => Select(value, arguments, keep: true),
        ["selectattr"] = (value, arguments) => SelectByAttribute(value, arguments, keep: true),
        ["string"] = Text,
        ["title"] = Title,
        ["tojson"] = ToJson,
        ["trim"] = OfText("strip"),
        ["upper"] = OfText("upper"),
    };

    /// <summary>
    /// Jinja's own, which begins words after white space, hyphens and opening brackets only; the text method also after apostrophes.
    /// </summary>
    private static string Title(object? value, Arguments arguments)
    {
        arguments.BindNone();
        string text = Values.Text(value, arguments.Context);
        arguments.Context.SpendCharacters(text.Length);
        return string.Concat(text.Select((c, i) => i == 0 || PythonText.IsSpace(text[i - 1]) || text[i - 1] is '-' or '(' or '{' or '[' or '<'
            ? char.ToUpperInvariant(c)
            : char.ToLowerInvariant(c)));
    }

    /// <summary>A filter by its name; <see langword="null"/> where there is none.</summary>
    public static Filter? Find(string name) => Known.GetValueOrDefault(name);

    /// <summary>The items' texts with a separator between them.</summary>
    public static string Join(IReadOnlyList<object?> items, string separator, RenderContext context)
    {
        string[] texts = [.. items.Select(item => Values.Text(item, context))];
        context.SpendItems(texts.Length);
        context.SpendCharacters(texts.Sum(text => (long)text.Length) + ((long)texts.Length * separator.Length));
        return string.Join(separator, texts);
    }

    /// <summary>A filter that is a method of the value's text.</summary>
    private static Filter OfText(string method) =>
        (value, arguments) => Methods.Find(Values.Text(value, arguments.Context), method)!(arguments);

    private static long Length(object? value, Arguments arguments)
    {
        arguments.BindNone();
        arguments.Context.SpendCharacters(value is string text ? text.Length / 8 : 0);
        return Values.Length(value, arguments.Context);
    }

    private static object? Default(object? value, Arguments arguments)
    {
        object?[] given = arguments.Bind(0, "default_value", "boolean");
        bool replacesFalse = !ReferenceEquals(given[1], Arguments.Missing) && Values.Truth(given[1]);
        bool replaced = value is Undefined || (replacesFalse && !Values.Truth(value));
        return !replaced ? value : ReferenceEquals(given[0], Arguments.Missing) ? "" : given[0];
    }

    private static object? End(object? value, Arguments arguments, long place)
    {
        arguments.BindNone();
        return Values.Item(Values.Items(value, arguments.Context), place, arguments.Context);
    }

    private static object?[] Items(object? value, Arguments arguments) => value switch
    {
        Undefined => [],
        IReadOnlyDictionary<string, object?> map => Methods.Entries(map, arguments),
        _ => throw arguments.Error($"needs a map, and is given {Values.Kind(value)}"),
    };

    private static string Join(object? value, Arguments arguments)
    {
        string separator = arguments.OptionalText(arguments.Bind(0, "d")[0]) ?? "";
        return Join(Values.Items(value, arguments.Context), separator, arguments.Context);
    }

    private static IReadOnlyList<object?> List(object? value, Arguments arguments)
    {
        arguments.BindNone();
        return Values.Items(value, arguments.Context);
    }

    private static string Text(object? value, Arguments arguments)
    {
        arguments.BindNone();
        return Values.Text(value, arguments.Context);
    }

    /// <summary><c>map(attribute="name")</c>, or <c>map("filter", ...)</c>.</summary>
    private static object?[] Map(object? value, Arguments arguments)
    {
        IReadOnlyList<object?> items = Values.Items(value, arguments.Context);
        arguments.Context.SpendItems(items.Count);
        if (arguments.Positional.Count == 0)
        {
            object?[] given = arguments.Bind(1, "attribute", "default");
            string attribute = arguments.Text(given[0]);
            return
            [
                .. items.Select(item => Values.Attribute(item, attribute, arguments.Context)).Select(found =>
                    found is Undefined && !ReferenceEquals(given[1], Arguments.Missing) ? given[1] : found),
            ];
        }

        string name = arguments.Text(arguments.Positional[0]);
        Filter filter = Find(name) ?? throw arguments.Error($"is given the filter {Quoted.Of(name)}, which is not supported");
        Arguments rest = arguments.From(1, $"the filter \"{name}\"");
        return [.. items.Select(item => filter(item, rest))];
    }

    private static object?[] Select(object? value, Arguments arguments, bool keep)
    {
        Func<object?, bool> holds = Predicates.Of(arguments, 0);
        return Where(value, arguments, item => holds(item) == keep);
    }

    private static object?[] SelectByAttribute(object? value, Arguments arguments, bool keep)
    {
        string attribute = arguments.Positional.Count > 0
            ? arguments.Text(arguments.Positional[0])
            : throw arguments.Error("needs an attribute's name");
        Func<object?, bool> holds = Predicates.Of(arguments, 1);
        return Where(value, arguments, item => holds(Values.Attribute(item, attribute, arguments.Context)) == keep);
    }

    private static object?[] Where(object? value, Arguments arguments, Func<object?, bool> holds)
    {
        IReadOnlyList<object?> items = Values.Items(value, arguments.Context);
        arguments.Context.SpendItems(items.Count);
        return [.. items.Where(holds)];
    }

    private static string ToJson(object? value, Arguments arguments)
    {
        object?[] given = arguments.Bind(0, "indent");
        return JsonText.Of(value, arguments.OptionalNumber(given[0]), arguments);
    }
}
