using System.Globalization;
using System.Text;

namespace Stepwise.Engine.Templates;

/// <summary>Values as JSON, character for character as Python's <c>json.dumps(value, ensure_ascii=False)</c> writes them.</summary>
internal static class JsonText
{
    private const int MaxIndent = 16;

    /// <summary>A value as JSON.</summary>
    /// <param name="value">The value.</param>
    /// <param name="indent">Spaces per level; <see langword="null"/> for one line.</param>
    /// <param name="arguments">The call, for messages.</param>
    /// <exception cref="InputException">A part of the value has no JSON.</exception>
    public static string Of(object? value, long? indent, Arguments arguments)
    {
        if (indent is < 0 or > MaxIndent)
        {
            throw arguments.Error($"is given an indent of {indent}; allowed: 0 to {MaxIndent}");
        }

        StringBuilder json = new();
        Write(value, indent is null ? null : "\n", (int)(indent ?? 0), json, arguments);
        return json.ToString();
    }

    private static void Write(object? value, string? newLine, int indent, StringBuilder json, Arguments arguments)
    {
        arguments.Context.SpendItems(1);
        switch (value)
        {
            case null:
                json.Append("null");
                break;
            case bool flag:
                json.Append(flag ? "true" : "false");
                break;
            case long number:
                json.Append(CultureInfo.InvariantCulture, $"{number}");
                break;
            case string text:
                WriteText(text, json, arguments);
                break;
            case IReadOnlyList<object?> list:
                WriteParts('[', ']', list.Select(item => (Key: (string?)null, Value: item)), newLine, indent, json, arguments);
                break;
            case IReadOnlyDictionary<string, object?> map:
                WriteParts('{', '}', map.Select(entry => (Key: (string?)entry.Key, entry.Value)), newLine, indent, json, arguments);
                break;
            default:
                throw arguments.Error($"is given {Values.Kind(value)}, which has no JSON");
        }
    }

    private static void WriteParts(
        char open, char close, IEnumerable<(string? Key, object? Value)> parts, string? newLine, int indent, StringBuilder json,
        Arguments arguments)
    {
        string? inner = newLine is null ? null : newLine + new string(' ', indent);
        json.Append(open);
        bool any = false;
        foreach ((string? key, object? value) in parts)
        {
            json.Append(!any ? inner : inner is null ? ", " : "," + inner);
            any = true;
            arguments.Context.SpendCharacters(inner?.Length ?? 0);
            if (key is not null)
            {
                WriteText(key, json, arguments);
                json.Append(": ");
            }

            arguments.Context.Inside(() => Write(value, inner, indent, json, arguments));
        }

        json.Append(any ? newLine : null).Append(close);
    }

    private static void WriteText(string text, StringBuilder json, Arguments arguments)
    {
        arguments.Context.SpendCharacters(text.Length);
        json.Append('"');
        foreach (char c in text)
        {
            _ = c switch
            {
                '"' => json.Append("\\\""),
                '\\' => json.Append("\\\\"),
                '\n' => json.Append("\\n"),
                '\r' => json.Append("\\r"),
                '\t' => json.Append("\\t"),
                '\b' => json.Append("\\b"),
                '\f' => json.Append("\\f"),
                < ' ' => json.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => json.Append(c),
            };
        }

        json.Append('"');
    }
}
