using System.Text.Json;

namespace Stepwise.Problems;

/// <summary>Reads files that are one JSON array of objects; one that begins with an object is read as <see cref="JsonLines"/>, as many are.</summary>
internal static class JsonArray
{
    // The whole file is held in memory, and its tokens beside it.
    private const long MaxFileBytes = 1L << 28;

    /// <summary>The objects of a file in order.</summary>
    /// <param name="path">The file, UTF-8.</param>
    /// <exception cref="InputException">The file cannot be read, is too large, not UTF-8, not JSON, no array, or an item is no object.</exception>
    public static IEnumerable<FileRecord> Read(string path)
    {
        ReadOnlyMemory<byte> text = Whole(path);
        int first = text.Span.IndexOfAnyExcept(" \t\r\n"u8);
        return first >= 0 && text.Span[first] == '{' ? JsonLines.Read(path) : Items(path, text);
    }

    private static IEnumerable<FileRecord> Items(string path, ReadOnlyMemory<byte> text)
    {
        using JsonDocument document = RecordFile.ParseJson(text, path, "file", "array of objects");
        if (document.RootElement is not { ValueKind: JsonValueKind.Array } array || array.GetArrayLength() == 0)
        {
            throw new InputException($"{path}: the file holds no problem; expected one JSON array of objects.");
        }

        int number = 0;
        foreach (JsonElement item in array.EnumerateArray())
        {
            string place = $"{path}, item {++number}";
            yield return item.ValueKind == JsonValueKind.Object
                ? new FileRecord(place, number, item)
                : throw new InputException($"{place}: found a JSON {FileRecord.Name(item.ValueKind)}; expected an object.");
        }
    }

    private static ReadOnlyMemory<byte> Whole(string path)
    {
        using FileStream file = RecordFile.Open(path, MaxFileBytes);
        byte[] bytes = new byte[file.Length];
        try
        {
            int read = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            ReadOnlyMemory<byte> text = bytes.AsMemory(0, read);
            return text.Span.StartsWith("\uFEFF"u8) ? text[3..] : text;
        }
        catch (IOException e)
        {
            throw new InputException($"{path}: the problem file cannot be read: {e.Message}", e);
        }
    }
}
