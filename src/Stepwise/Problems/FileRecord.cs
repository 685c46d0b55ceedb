using System.Globalization;
using System.Text.Json;

namespace Stepwise.Problems;

/// <summary>One record of a file, whatever the file's format: named fields with values as in JSON.</summary>
/// <param name="Place">File and line, or row, for errors.</param>
/// <param name="Number">The line or row, counted from 1.</param>
/// <param name="Object">The fields; valid until the next record is read.</param>
internal readonly record struct FileRecord(string Place, int Number, JsonElement Object)
{
    private const int MostNames = 30, LongestName = 60;

    /// <summary>What people call a kind of JSON value.</summary>
    public static string Name(JsonValueKind kind) => kind switch
    {
        JsonValueKind.Object => "object",
        JsonValueKind.Array => "list",
        JsonValueKind.String => "string",
        JsonValueKind.Number => "number",
        JsonValueKind.Null => "null",
        _ => "truth value",
    };

    /// <summary>The value of a field.</summary>
    /// <param name="path">
    /// Its name, or names and places in lists with dots between them (<c>metadata.answer</c>, <c>answers.0</c>); a field whose own name has dots
    /// comes first.
    /// </param>
    /// <returns><see langword="null"/> where there is none.</returns>
    public JsonElement? Find(string path)
    {
        if (Object.TryGetProperty(path, out JsonElement value))
        {
            return value;
        }

        value = Object;
        foreach (string name in path.Split('.'))
        {
            if (value.ValueKind == JsonValueKind.Array
                && int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int index) && index < value.GetArrayLength())
            {
                value = value[index];
            }
            else if (value.ValueKind != JsonValueKind.Object || !value.TryGetProperty(name, out value))
            {
                return null;
            }
        }

        return value;
    }

    /// <summary>The value of a field that the record must have.</summary>
    /// <param name="path">As in <see cref="Find"/>.</param>
    /// <param name="allowed">What is expected there, for people.</param>
    /// <exception cref="InputException">It has none; the message lists the fields there are.</exception>
    public JsonElement Required(string path, string allowed) => Find(path) ?? throw Missing(path, allowed);

    /// <summary>The text of a required field that is not blank.</summary>
    /// <param name="path">The field, as in <see cref="Find"/>.</param>
    /// <param name="orNumber">Whether a number is accepted too, as it is written.</param>
    public string Text(string path, bool orNumber = false) => OptionalText(path, orNumber) ?? throw Missing(path, Allowed(orNumber));

    /// <summary>The text of a field, or <see langword="null"/> where it is absent or null.</summary>
    /// <param name="path">The field, as in <see cref="Find"/>.</param>
    /// <param name="orNumber">Whether a number is accepted too, as it is written.</param>
    public string? OptionalText(string path, bool orNumber = false)
    {
        if (Find(path) is not { ValueKind: not JsonValueKind.Null } value)
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.Number && orNumber)
        {
            return value.GetRawText();
        }

        string text = value.ValueKind == JsonValueKind.String ? Unicode(path, value) : throw Unexpected(path, value, Allowed(orNumber));
        return string.IsNullOrWhiteSpace(text) ? throw Blank(path, Allowed(orNumber)) : text;
    }

    /// <summary>The texts of a required field that is a list of them; each may be blank.</summary>
    /// <param name="path">The field, as in <see cref="Find"/>.</param>
    public IReadOnlyList<string> Texts(string path)
    {
        const string Allowed = "list of strings";
        JsonElement value = Required(path, Allowed);
        if (value.ValueKind != JsonValueKind.Array)
        {
            throw Unexpected(path, value, Allowed);
        }

        List<string> texts = [];
        foreach (JsonElement item in value.EnumerateArray())
        {
            texts.Add(item.ValueKind == JsonValueKind.String ? Unicode(path, item) : throw Unexpected($"{path}.{texts.Count}", item, "string"));
        }

        return texts;
    }

    /// <summary>A string's text.</summary>
    /// <param name="path">Its field, for errors.</param>
    /// <param name="value">The string.</param>
    /// <exception cref="InputException">It is not Unicode text.</exception>
    public string Unicode(string path, JsonElement value)
    {
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            throw new InputException($"{Place}: the field \"{path}\" holds half of a surrogate pair; expected Unicode text.", e);
        }
    }

    /// <summary>The error for a value of another kind.</summary>
    /// <param name="path">The field.</param>
    /// <param name="value">What it holds.</param>
    /// <param name="allowed">What is expected there, for people.</param>
    public InputException Unexpected(string path, JsonElement value, string allowed) =>
        new($"{Place}: the field \"{path}\" is {(value.ValueKind == JsonValueKind.Object ? "an" : "a")} {Name(value.ValueKind)}; expected a {allowed}.");

    /// <summary>The error for a blank text.</summary>
    /// <param name="path">The field.</param>
    /// <param name="allowed">What is expected there, for people.</param>
    public InputException Blank(string path, string allowed) => new($"{Place}: the field \"{path}\" is blank; expected a {allowed}.");

    /// <summary>The error for a field that no record of a file has.</summary>
    /// <param name="path">The field.</param>
    /// <param name="allowed">What is expected there, for people.</param>
    public InputException MissingEverywhere(string path, string allowed) => Missing(path, allowed, ", here and in every other record");

    private static string Allowed(bool orNumber) => orNumber ? "string or a number" : "string";

    private InputException Missing(string path, string allowed, string where = "")
    {
        string[] names = [.. Object.EnumerateObject().Select(field => Escaped.Line(field.Name, LongestName))];
        string there = names.Length == 0 ? "the record has no field"
            : $"the fields there are {string.Join(", ", names.Take(MostNames))}{(names.Length > MostNames ? ", …" : "")}";
        return new($"{Place}: the field \"{path}\" is missing{where}; expected a {allowed}; {there}.");
    }
}
