using System.Text.Json;

namespace Stepwise.Problems;

/// <summary>Reads files of one JSON object per line; every error names the file and the line.</summary>
internal static class JsonLines
{
    /// <summary>The longest line in bytes; a problem of this size would not fit any context.</summary>
    public const int MaxLineBytes = 1 << 20;

    /// <summary>The longest line with a response of somebody's model, which nothing bounds: in bytes.</summary>
    public const int MaxResponseLineBytes = 1 << 26;

    /// <summary>The largest file in bytes; its problems are held in memory.</summary>
    private const long MaxFileBytes = 1L << 30;

    /// <summary>The objects of a file of problems in order; lines of white space are skipped.</summary>
    /// <inheritdoc cref="Read(string, int)"/>
    public static IEnumerable<FileRecord> Read(string path) => Read(path, MaxLineBytes);

    /// <summary>The objects of a file in order; lines of white space are skipped.</summary>
    /// <param name="path">The file, UTF-8.</param>
    /// <param name="maxLine">The longest line that is read, in bytes.</param>
    /// <exception cref="InputException">
    /// The file cannot be read or holds no object; a line is too long, not UTF-8, not JSON, or not an object.
    /// </exception>
    public static IEnumerable<FileRecord> Read(string path, int maxLine)
    {
        bool any = false;
        int number = 0;
        foreach (byte[] bytes in Lines(path, maxLine))
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
            yield return new FileRecord(place, number, document.RootElement);
        }

        if (!any)
        {
            throw new InputException($"{path}: the file holds no problem; expected one JSON object per line.");
        }
    }

    private static JsonDocument Parse(ReadOnlyMemory<byte> line, string place)
    {
        JsonDocument document = RecordFile.ParseJson(line, place, "line", "object");
        if (document.RootElement.ValueKind != JsonValueKind.Object)
        {
            JsonValueKind kind = document.RootElement.ValueKind;
            document.Dispose();
            throw new InputException($"{place}: found a JSON {FileRecord.Name(kind)}; expected one object per line.");
        }

        return document;
    }

    /// <summary>The file's lines without their line feeds, never more than one line in memory.</summary>
    private static IEnumerable<byte[]> Lines(string path, int maxLine)
    {
        using FileStream file = RecordFile.Open(path, MaxFileBytes);
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
                if (line.Length + length > maxLine)
                {
                    throw new InputException(
                        $"{path}, line {number}: the line is longer than {maxLine} bytes; expected one JSON object per line.");
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
