
namespace Stepwise.Engine.Templates;

/// <summary>The methods of texts and maps.</summary>
internal static class Methods
{
    private static readonly Dictionary<string, Func<string, Arguments, object?>> OfTexts = new(StringComparer.Ordinal)
    {
        ["capitalize"] = (text, arguments) => Changed(PythonText.Capitalize, text, arguments),
        ["endswith"] = (text, arguments) => Affix(text, arguments, (t, affix) => t.EndsWith(affix, StringComparison.Ordinal)),
        ["join"] = Join,
        ["lower"] = (text, arguments) => Changed(t => t.ToLowerInvariant(), text, arguments),
        ["lstrip"] = (text, arguments) => Strip(text, arguments, PythonText.StripStart),
        ["replace"] = Replace,
        ["rstrip"] = (text, arguments) => Strip(text, arguments, PythonText.StripEnd),
        ["split"] = Split,
        ["startswith"] = (text, arguments) => Affix(text, arguments, (t, affix) => t.StartsWith(affix, StringComparison.Ordinal)),
        ["strip"] = (text, arguments) => Strip(text, arguments, (t, c) => PythonText.StripEnd(PythonText.StripStart(t, c), c)),
        ["title"] = (text, arguments) => Changed(PythonText.Title, text, arguments),
        ["upper"] = (text, arguments) => Changed(t => t.ToUpperInvariant(), text, arguments),
    };

    private static readonly Dictionary<string, Func<IReadOnlyDictionary<string, object?>, Arguments, object?>> OfMaps =
        new(StringComparer.Ordinal)
        {
            ["get"] = Get,
            ["items"] = (map, arguments) => Entries(map, arguments),
            ["keys"] = (map, arguments) => List(map.Keys, arguments),
            ["values"] = (map, arguments) => List(map.Values, arguments),
        };

    /// <summary>A method of a value; <see langword="null"/> where it has none of that name.</summary>
    public static Function? Find(object? value, string name) => value switch
    {
        string text when OfTexts.TryGetValue(name, out Func<string, Arguments, object?>? method) => arguments => method(text, arguments),
        IReadOnlyDictionary<string, object?> map when OfMaps.TryGetValue(name, out var method) => arguments => method(map, arguments),
        _ => null,
    };

    /// <summary>The entries of a map as lists of key and value.</summary>
    public static object?[] Entries(IReadOnlyDictionary<string, object?> map, Arguments arguments)
    {
        arguments.BindNone();
        arguments.Context.SpendItems(2L * map.Count);
        return [.. map.Select(entry => (object?[])[entry.Key, entry.Value])];
    }

    /// <summary>A text with one replaced by another, everywhere or as often as asked for from the left.</summary>
    public static string Replace(string text, Arguments arguments)
    {
        object?[] given = arguments.Bind(2, "old", "new", "count");
        string sought = arguments.Text(given[0]), replacement = arguments.Text(given[1]);
        long most = arguments.OptionalNumber(given[2]) is >= 0 and var count ? count : long.MaxValue;
        List<string> parts = Parts(text, sought, most, arguments);
        arguments.Context.SpendCharacters(text.Length + ((long)parts.Count * replacement.Length));
        return string.Join(replacement, parts);
    }

    private static string Join(string separator, Arguments arguments)
    {
        object?[] given = arguments.Bind(1, "items");
        return Filters.Join(Values.Items(given[0], arguments.Context), separator, arguments.Context);
    }

    private static object?[] Split(string text, Arguments arguments)
    {
        object?[] given = arguments.Bind(0, "sep", "maxsplit");
        long most = arguments.OptionalNumber(given[1]) is >= 0 and var count ? count : long.MaxValue;
        if (arguments.OptionalText(given[0]) is { } separator)
        {
            return [.. Parts(text, separator, most, arguments)];
        }

        if (most != long.MaxValue)
        {
            throw arguments.Error("is given \"maxsplit\" without \"sep\", which is not supported");
        }

        arguments.Context.SpendItems(text.Length / 2);
        return [.. PythonText.Words(text)];
    }

    private static List<string> Parts(string text, string separator, long most, Arguments arguments)
    {
        if (separator.Length == 0)
        {
            throw arguments.Error("is given an empty text to look for");
        }

        arguments.Context.SpendSearch(text.Length, separator.Length);
        arguments.Context.SpendCharacters(text.Length);
        List<string> parts = [];
        int start = 0;
        while (parts.Count < most && text.IndexOf(separator, start, StringComparison.Ordinal) is >= 0 and var place)
        {
            arguments.Context.SpendItems(1);
            parts.Add(text[start..place]);
            start = place + separator.Length;
        }

        parts.Add(text[start..]);
        return parts;
    }

    private static string Strip(string text, Arguments arguments, Func<string, string?, string> strip)
    {
        string? characters = arguments.OptionalText(arguments.Bind(0, "chars")[0]);
        arguments.Context.SpendCharacters(text.Length);
        arguments.Context.SpendSearch(text.Length, characters?.Length ?? 0);
        return strip(text, characters);
    }

    private static bool Affix(string text, Arguments arguments, Func<string, string, bool> has)
    {
        object? affix = arguments.Bind(1, "affix")[0];
        arguments.Context.SpendCharacters(text.Length / 8);
        if (affix is not IReadOnlyList<object?> several)
        {
            return has(text, arguments.Text(affix));
        }

        arguments.Context.SpendItems(several.Count);
        return several.Any(one => has(text, arguments.Text(one)));
    }

    private static string Changed(Func<string, string> change, string text, Arguments arguments)
    {
        arguments.BindNone();
        arguments.Context.SpendCharacters(text.Length);
        return change(text);
    }

    private static object? Get(IReadOnlyDictionary<string, object?> map, Arguments arguments)
    {
        object?[] given = arguments.Bind(1, "key", "default");
        return given[0] is string key && map.TryGetValue(key, out object? value) ? value
            : ReferenceEquals(given[1], Arguments.Missing) ? null : given[1];
    }

    private static object?[] List(IEnumerable<object?> items, Arguments arguments)
    {
        arguments.BindNone();
        object?[] list = [.. items];
        arguments.Context.SpendItems(list.Length);
        return list;
    }
}
