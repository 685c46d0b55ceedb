using System.Text.Json;
using System.Text.Unicode;

namespace Stepwise.Engine.Files;

/// <summary>A value of an untrusted JSON file that knows where it stands, so that every mistake is reported by file and key.</summary>
internal sealed class JsonInput
{
    private readonly string _file;
    private readonly JsonInput? _parent;
    private readonly string? _key;
    private readonly int _index;
    private readonly JsonElement _element;

    private JsonInput(string file, JsonInput? parent, string? key, int index, JsonElement element)
    {
        _file = file;
        _parent = parent;
        _key = key;
        _index = index;
        _element = element;
    }

    public JsonValueKind Kind => _element.ValueKind;

    private string Path
    {
        get
        {
            string own = _key ?? $"[{_index}]";
            return string.IsNullOrEmpty(_parent?.Path) ? own : $"{_parent.Path}.{own}";
        }
    }

    /// <summary>Parses a whole file; duplicate keys and text that is not Unicode are errors, so that later reads cannot fail on them.</summary>
    /// <param name="file">The file's name, for messages.</param>
    /// <param name="utf8">The file's content.</param>
    /// <exception cref="InputException">The content is not JSON.</exception>
    public static JsonInput Parse(string file, ReadOnlyMemory<byte> utf8)
    {
        try
        {
            CheckText(utf8.Span);
            JsonDocument document = JsonDocument.Parse(utf8, new JsonDocumentOptions { AllowDuplicateProperties = false });
            return new JsonInput(file, null, "", 0, document.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new InputException($"{file}: not valid JSON: {e.Message}", e);
        }
    }

    /// <summary>Whether a key is there, be its value null.</summary>
    public bool Has(string key)
    {
        Require(JsonValueKind.Object, "an object");
        return _element.TryGetProperty(key, out _);
    }

    /// <summary>The value of a key; <see langword="null"/> where the key is absent or its value is null.</summary>
    public JsonInput? Find(string key)
    {
        Require(JsonValueKind.Object, "an object");
        return _element.TryGetProperty(key, out JsonElement value) && value.ValueKind != JsonValueKind.Null
            ? new JsonInput(_file, this, key, 0, value)
            : null;
    }

    public JsonInput Get(string key) => Find(key) ?? throw Error($"the key {Quoted.Of(key)} is missing");

    public string Text()
    {
        Require(JsonValueKind.String, "a text");
        return _element.GetString()!;
    }

    public bool Flag() => _element.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Unexpected("true or false"),
    };

    /// <summary>A whole number within bounds, both included.</summary>
    public long Integer(long min, long max) =>
        _element.ValueKind == JsonValueKind.Number && _element.TryGetInt64(out long value) && value >= min && value <= max
            ? value
            : throw Unexpected($"a whole number from {min} to {max}");

    /// <summary>A number within bounds, both included.</summary>
    public double Number(double min, double max) =>
        _element.ValueKind == JsonValueKind.Number && _element.TryGetDouble(out double value) && value >= min && value <= max
            ? value
            : throw Unexpected($"a number from {min} to {max}");

    public IEnumerable<(string Key, JsonInput Value)> Members()
    {
        Require(JsonValueKind.Object, "an object");
        return _element.EnumerateObject().Select(p => (p.Name, new JsonInput(_file, this, p.Name, 0, p.Value)));
    }

    public IEnumerable<JsonInput> Items()
    {
        Require(JsonValueKind.Array, "a list");
        return _element.EnumerateArray().Select((item, i) => new JsonInput(_file, this, null, i, item));
    }

    /// <summary>An error at this place.</summary>
    /// <param name="problem">What was found and what is allowed.</param>
    public InputException Error(string problem) => new(Path is "" ? $"{_file}: {problem}." : $"{_file}: {Quoted.Of(Path)}: {problem}.");

    /// <summary>An error that quotes the value found here.</summary>
    /// <param name="allowed">What is allowed.</param>
    public InputException Unexpected(string allowed) => Error($"found {Describe()}; allowed: {allowed}");

    private string Describe() => _element.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.String => Quoted.Of(_element.GetString()!),
        _ => Quoted.Of(_element.GetRawText()).Trim('"'),
    };

    private void Require(JsonValueKind kind, string allowed)
    {
        if (_element.ValueKind != kind)
        {
            throw Unexpected(allowed);
        }
    }

    private static void CheckText(ReadOnlySpan<byte> utf8)
    {
        if (!Utf8.IsValid(utf8))
        {
            throw new JsonException("the text is not UTF-8.");
        }

        Utf8JsonReader reader = new(utf8);
        while (reader.Read())
        {
            if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName && reader.ValueIsEscaped)
            {
                _ = reader.GetString(); // Throws on an escaped half of a surrogate pair.
            }
        }
    }
}
