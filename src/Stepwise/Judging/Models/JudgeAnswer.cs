using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Stepwise.Judging.Models;

/// <summary>
/// Finds the one object of JSON in an answer that names the question's item: a model may think aloud before it, put it in a block of code, or repeat
/// JSON from the data, which cannot hold the item.
/// </summary>
internal static class JudgeAnswer
{
    /// <summary>The most bytes of an answer that are looked at.</summary>
    private const int MostBytes = 1 << 18;

    // Of braces that begin no object; each costs at most a look at the rest of the answer.
    private const int MostAttempts = 64;

    /// <summary>The answer's object.</summary>
    /// <param name="text">The answer; untrusted.</param>
    /// <param name="item">What the object must name.</param>
    /// <param name="fault">Why there is none.</param>
    public static JsonElement? Find(string text, string item, out string? fault)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        if (utf8.Length > MostBytes)
        {
            fault = $"its answer has {utf8.Length} bytes; at most {MostBytes} are read";
            return null;
        }

        List<JsonElement> named = [];
        string? other = null;
        foreach (JsonElement found in Objects(utf8))
        {
            string? says = Text(found, "item");
            if (string.Equals(says?.Trim(), item, StringComparison.OrdinalIgnoreCase))
            {
                named.Add(found);
            }

            other = says ?? other;
        }

        fault = named.Count == 0
            ? other is null ? $"its answer is no JSON that names the item: {Quoted.Of(text)}" : $"its answer is for item {Quoted.Of(other)}, not {item}"
            : named.Exists(answer => !JsonElement.DeepEquals(answer, named[0])) ? "it answers twice, and differently" : null;
        return fault is null ? named[0] : null;
    }

    /// <summary>A field's text, or <see langword="null"/> where there is none.</summary>
    public static string? Text(JsonElement json, string name) =>
        json.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    /// <summary>A field's whole number, also where it is written as a text; nothing counts as 0.</summary>
    public static int? Integer(JsonElement json, string name) => json.TryGetProperty(name, out JsonElement value) ? Integer(value) : null;

    /// <inheritdoc cref="Integer(JsonElement, string)"/>
    public static int? Integer(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => 0,
        JsonValueKind.Number when value.TryGetDouble(out double number) && number == Math.Truncate(number) && Math.Abs(number) <= int.MaxValue => (int)number,
        JsonValueKind.String when int.TryParse(value.GetString(), NumberStyles.None, CultureInfo.InvariantCulture, out int number) => number,
        _ => null,
    };

    private static List<JsonElement> Objects(byte[] utf8)
    {
        List<JsonElement> found = [];
        int position = 0;
        for (int attempt = 0; attempt < MostAttempts; attempt++)
        {
            int brace = utf8.AsSpan(position).IndexOf((byte)'{');
            if (brace < 0)
            {
                break;
            }

            position += brace;
            if (Value(utf8.AsMemory(position), out int length) is { } value)
            {
                found.Add(value);
            }

            position += length;
        }

        return found;
    }

    /// <summary>The object that a text begins with, and what to pass over to look on.</summary>
    private static JsonElement? Value(ReadOnlyMemory<byte> utf8, out int length)
    {
        length = 1;
        try
        {
            Utf8JsonReader reader = new(utf8.Span);
            reader.Read();
            if (!reader.TrySkip())
            {
                return null;
            }

            length = (int)reader.BytesConsumed;
            using JsonDocument document = StrictJson.Parse(utf8[..length]);
            RequireUnicode(utf8.Span[..length]);
            return document.RootElement.Clone();
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>Reading a text that has half of a surrogate pair is an invalid operation.</summary>
    private static void RequireUnicode(ReadOnlySpan<byte> utf8)
    {
        Utf8JsonReader reader = new(utf8);
        while (reader.Read())
        {
            _ = reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
        }
    }
}
