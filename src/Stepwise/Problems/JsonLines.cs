using System.Text.Json;
using System.Text.Unicode;

namespace Stepwise.Problems;

/// <summary>Reads files of one JSON object per line; every error names the file and the line.</summary>
internal static class JsonLines
{
    /// <summary>The longest line in bytes; a problem of this size would not fit any context.</summary>
    public const int MaxLineBytes = 1 << 20;

    /// <summary>The largest file in bytes; its problems are held in memory.</summary>
    private const long MaxFileBytes = 1L << 30;

    /// <summary>The objects of a file in order; lines of white space are skipped.</summary>
    /// <param name="path">The file, UTF-8.</param>
    /// <exception cref="InputException">
    /// The file cannot be read or holds no object; a line is too long, not UTF-8, not JSON, or not an object.
    /// </exception>
    public static IEnumerable<JsonLine> Read(string path)
    {
        bool any = false;
        int number = 0;
        foreach (byte[] bytes in Lines(path))
        {
            number++;
            string place = $"{path}, line {number}";
            ReadOnlySpan<byte> text = number == 1 && bytes.AsSpan().StartsWith("\uFEFF"u8) ? bytes.AsSpan(3) : bytes;
            if (text.IndexOfAnyExcept(" \t\r"u8) < 0)
            {
                continue;
            }

            any = true;
            using JsonDocument document = Parse(bytes.AsMemory(bytes.Length - text.Length), place);
            yield return new JsonLine(place, number, document.RootElement);
        }

        if (!any)
        {
            throw new InputException($"{path}: the file holds no problem; expected one JSON object per line.");
        }
    }

    private static JsonDocument Parse(ReadOnlyMemory<byte> line, string place)
    {
        if (!Utf8.IsValid(line.Span))
        {
            throw new InputException($"{place}: the line is not valid UTF-8; save the file as UTF-8.");
        }

        JsonDocument document;
        try
        {
            document = StrictJson.Parse(line);
        }
        catch (JsonException e)
        {
            throw new InputException($"{place}: not a JSON object: {e.Message}", e);
        }

        if (document.RootElement.ValueKind != JsonValueKind.Object)
        {
            JsonValueKind kind = document.RootElement.ValueKind;
            document.Dispose();
            throw new InputException($"{place}: found a JSON {JsonLine.Name(kind)}; expected one object per line.");
        }

        return document;
    }

    /// <summary>The file's lines without their line feeds, never more than one line in memory.</summary>
    private static IEnumerable<byte[]> Lines(string path)
    {
        using FileStream file = Open(path);
        byte[] buffer = new byte[1 << 16];
        using MemoryStream line = new();
        int number = 1;
        int read;
        while ((read = Fill(file, buffer, path)) > 0)
        {
            int start = 0;
            while (start < read)
            {
                int length = buffer.AsSpan(start, read - start).IndexOf((byte)'\n');
                bool complete = length >= 0;
                length = complete ? length : read - start;
                if (line.Length + length > MaxLineBytes)
                {
                    throw new InputException(
                        $"{path}, line {number}: the line is longer than {MaxLineBytes} bytes; expected one JSON object per line.");
                }

                line.Write(buffer, start, length);
                start += length;
                if (complete)
                {
                    start++;
                    number++;
                    yield return line.ToArray();
                    line.SetLength(0);
                }
            }
        }

        if (line.Length > 0)
        {
            yield return line.ToArray();
        }
    }

    private static FileStream Open(string path)
    {
        try
        {
            FileStream file = RegularFile.OpenRead(path);
            long length = file.Length;
            if (length > MaxFileBytes)
            {
                file.Dispose();
                throw new InputException($"{path}: {length} bytes; a problem file may have at most {MaxFileBytes}.");
            }

            return file;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new InputException($"{path}: the problem file cannot be opened: {e.Message}", e);
        }
    }

    private static int Fill(FileStream file, byte[] buffer, string path)
    {
        try
        {
            return file.Read(buffer);
        }
        catch (IOException e)
        {
            throw new InputException($"{path}: the problem file cannot be read: {e.Message}", e);
        }
    }
}

/// <summary>One object of a <see cref="JsonLines"/> file.</summary>
/// <param name="Place">File and line, for errors.</param>
/// <param name="Number">The line, counted from 1.</param>
/// <param name="Object">The object; valid until the next line is read.</param>
internal readonly record struct JsonLine(string Place, int Number, JsonElement Object)
{
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

    /// <summary>The text of a required field that is not blank.</summary>
    /// <param name="key">The field.</param>
    /// <param name="orNumber">Whether a number is accepted too, as it is written.</param>
    public string Text(string key, bool orNumber = false) =>
        OptionalText(key, orNumber)
        ?? throw new InputException($"{Place}: the field \"{key}\" is missing; expected a {Allowed(orNumber)}.");

    /// <summary>The text of a field, or <see langword="null"/> where it is absent or null.</summary>
    /// <param name="key">The field.</param>
    /// <param name="orNumber">Whether a number is accepted too, as it is written.</param>
    public string? OptionalText(string key, bool orNumber = false)
    {
        if (!Object.TryGetProperty(key, out JsonElement value) || value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.Number && orNumber)
        {
            return value.GetRawText();
        }

        if (value.ValueKind != JsonValueKind.String)
        {
            throw new InputException(
                $"{Place}: the field \"{key}\" is a {Name(value.ValueKind)}; expected a {Allowed(orNumber)}.");
        }

        string text;
        try
        {
            text = value.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            throw new InputException($"{Place}: the field \"{key}\" holds half of a surrogate pair; expected Unicode text.", e);
        }

        return string.IsNullOrWhiteSpace(text)
            ? throw new InputException($"{Place}: the field \"{key}\" is blank; expected a {Allowed(orNumber)}.")
            : text;
    }

    /// <summary>The texts of a required field that is a list of them; each may be blank.</summary>
    /// <param name="key">The field.</param>
    public IReadOnlyList<string> Texts(string key)
    {
        if (!Object.TryGetProperty(key, out JsonElement value) || value.ValueKind == JsonValueKind.Null)
        {
            throw new InputException($"{Place}: the field \"{key}\" is missing; expected a list of strings.");
        }

        if (value.ValueKind != JsonValueKind.Array || value.EnumerateArray().Any(item => item.ValueKind != JsonValueKind.String))
        {
            throw new InputException($"{Place}: the field \"{key}\" is no list of strings.");
        }

        try
        {
            return [.. value.EnumerateArray().Select(item => item.GetString()!)];
        }
        catch (InvalidOperationException e)
        {
            throw new InputException($"{Place}: the field \"{key}\" holds half of a surrogate pair; expected Unicode text.", e);
        }
    }

    private static string Allowed(bool orNumber) => orNumber ? "string or a number" : "string";
}
