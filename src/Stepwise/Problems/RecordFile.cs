using System.Text.Json;

namespace Stepwise.Problems;

/// <summary>Reads files of records; the ending of a file's name says which format it has.</summary>
public static class RecordFile
{
    private static readonly (string Ending, Func<string, IEnumerable<FileRecord>> Read)[] Formats =
        [(".jsonl", JsonLines.Read), (".json", JsonArray.Read), (".csv", CsvFile.Read), (".parquet", ParquetFile.Read)];

    /// <summary>The endings there are, for people.</summary>
    public static string Endings { get; } = string.Join(", ", Formats.Select(format => format.Ending));

    /// <summary>Whether a file has one of these endings.</summary>
    /// <param name="path">Its name or path; need not exist.</param>
    public static bool Reads(string path) => Array.Exists(Formats, format => path.EndsWith(format.Ending, StringComparison.OrdinalIgnoreCase));

    /// <summary>The records of a file in order, at least one.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InputException">Its ending is none of <see cref="Endings"/>, or it is not as its ending says.</exception>
    internal static IEnumerable<FileRecord> Read(string path)
    {
        string ending = Path.GetExtension(path);
        (_, Func<string, IEnumerable<FileRecord>>? read) = Array.Find(
            Formats, format => string.Equals(format.Ending, ending, StringComparison.OrdinalIgnoreCase));
        string found = ending.Length == 0 ? "a missing ending" : $"the ending {Quoted.Of(ending)}";
        return read is not null
            ? read(path)
            : throw new InputException($"{path}: {found} says no format; allowed are {Endings}. Rename the file, or convert it.");
    }

    /// <summary>Opens a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="maxBytes">The largest size in bytes.</param>
    /// <exception cref="InputException">It cannot be opened, or is larger.</exception>
    internal static FileStream Open(string path, long maxBytes)
    {
        try
        {
            FileStream file = RegularFile.OpenRead(path);
            long length = file.Length;
            if (length > maxBytes)
            {
                file.Dispose();
                throw new InputException($"{path}: {length} bytes; a problem file of this format may have at most {maxBytes}. Split it, or leave fields out.");
            }

            return file;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new InputException($"{path}: the problem file cannot be opened: {e.Message}", e);
        }
    }

    /// <summary>Parses JSON text of a file.</summary>
    /// <param name="utf8">The text.</param>
    /// <param name="place">File and line, for errors.</param>
    /// <param name="whole">What the text is of, for people.</param>
    /// <param name="expected">What it should be, for people.</param>
    /// <exception cref="InputException">It is not UTF-8 or not JSON.</exception>
    internal static JsonDocument ParseJson(ReadOnlyMemory<byte> utf8, string place, string whole, string expected)
    {
        if (!System.Text.Unicode.Utf8.IsValid(utf8.Span))
        {
            throw new InputException($"{place}: the {whole} is not valid UTF-8; save the file as UTF-8.");
        }

        try
        {
            return StrictJson.Parse(utf8);
        }
        catch (JsonException e)
        {
            throw new InputException($"{place}: not a JSON {expected}: {e.Message}", e);
        }
    }
}
