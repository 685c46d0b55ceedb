using System.Text;
using System.Text.Json;
using nietras.SeparatedValues;

namespace Stepwise.Problems;

/// <summary>
/// Reads comma-separated values with a header row, in the form of RFC 4180: a value with a comma, a quote or a line break stands in quotes, and
/// a quote in it is doubled. Every value is a text.
/// </summary>
internal static class CsvFile
{
    private const long MaxFileBytes = 1L << 30;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The records of a file in order.</summary>
    /// <param name="path">The file, UTF-8.</param>
    /// <exception cref="InputException">
    /// The file cannot be read or holds no record; a name of the header is blank or comes twice; a row is too long, has another number of values
    /// than the header, or its quotes do not match.
    /// </exception>
    public static IEnumerable<FileRecord> Read(string path)
    {
        using FileStream file = RecordFile.Open(path, MaxFileBytes);
        using StreamReader text = new(file, Strict);
        using SepReader reader = Opened(text, path);
        string[]? header = null;
        bool any = false;
        while (Next(reader, path) is { } row)
        {
            if (header is null)
            {
                header = row.Values;
                RequireNames(header, $"{path}, line 1");
            }
            else if (row.Values is not [""] || header.Length == 1)
            {
                any = true;
                yield return new FileRecord(row.Place, row.Line, Object(header, row));
            }
        }

        if (!any)
        {
            throw new InputException($"{path}: the file holds no problem; expected a row of names, then one row per problem.");
        }
    }

    private static SepReader Opened(StreamReader text, string path) => Guarded(
        () => Sep.New(',').Reader(options => options with { HasHeader = false, DisableColCountCheck = true }).From(text), path);

    private static Row? Next(SepReader reader, string path)
    {
        if (!Guarded(reader.MoveNext, path))
        {
            return null;
        }

        SepReader.Row row = reader.Current;
        string place = $"{path}, line {row.LineNumberFrom}";
        if (row.Span.Length > JsonLines.MaxLineBytes)
        {
            throw new InputException($"{place}: the row is longer than {JsonLines.MaxLineBytes} characters; is a quote missing?");
        }

        string[] values = new string[row.ColCount];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = Unquoted(row[i].Span, place);
        }

        return new Row(place, row.LineNumberFrom, values);
    }

    private static string Unquoted(ReadOnlySpan<char> value, string place)
    {
        if (!value.Contains('"'))
        {
            return value.ToString();
        }

        ReadOnlySpan<char> inner = value is ['"', .., '"'] ? value[1..^1] : default;
        string text = inner.ToString().Replace("\"\"", "", StringComparison.Ordinal);
        return value is ['"', .., '"'] && !text.Contains('"', StringComparison.Ordinal)
            ? inner.ToString().Replace("\"\"", "\"", StringComparison.Ordinal)
            : throw new InputException(
                $"{place}: the quotes of {Quoted.Of(value.ToString())} do not match; expected a value with quotes in quotes, and each quote in it doubled.");
    }

    private static void RequireNames(string[] header, string place)
    {
        if (Array.Exists(header, string.IsNullOrWhiteSpace))
        {
            throw new InputException($"{place}: a name of the header is blank; expected a row of names, then one row per problem.");
        }

        if (header.GroupBy(name => name, StringComparer.Ordinal).FirstOrDefault(names => names.Count() > 1) is { } twice)
        {
            throw new InputException($"{place}: the header has {Quoted.Of(twice.Key)} twice; names must be different.");
        }
    }

    private static JsonElement Object(string[] header, Row row) => header.Length == row.Values.Length
        ? JsonSerializer.SerializeToElement(header.Zip(row.Values).ToDictionary(pair => pair.First, pair => pair.Second, StringComparer.Ordinal))
        : throw new InputException(
            $"{row.Place}: the row has {Counted.Of(row.Values.Length, "value")}, the header {Counted.Of(header.Length, "name")}; "
            + "expected one value per name, and a value with a comma in quotes.");

    private static T Guarded<T>(Func<T> read, string path)
    {
        try
        {
            return read();
        }
        catch (DecoderFallbackException e)
        {
            throw new InputException($"{path}: not valid UTF-8; save the file as UTF-8.", e);
        }
        catch (Exception e) when (e is IOException or NotSupportedException or InvalidDataException)
        {
            throw new InputException($"{path}: cannot be read as comma-separated values: {Escaped.Line(e.Message, 200)}", e);
        }
    }

    private sealed record Row(string Place, int Line, string[] Values);
}
