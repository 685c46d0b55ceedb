using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Parquet;
using Parquet.Schema;
using Parquet.Serialization;

namespace Stepwise.Problems;

/// <summary>Reads Apache Parquet files, a row group at a time.</summary>
internal static class ParquetFile
{
    private const long MaxFileBytes = 1L << 30;

    // Of a row group once it is unpacked, as the file says; a group is held in memory.
    private const long MaxGroupBytes = 1L << 31;

    private const long MaxRows = 10_000_000;

    // A number that is none, in a field that nobody asks for, is no reason to refuse a file.
    private static readonly JsonSerializerOptions Numbers = new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    /// <summary>The rows of a file in order; structures are objects, lists lists, and dates texts.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InputException">The file cannot be read, is no Parquet file, holds no row, or would not fit the memory.</exception>
    public static IEnumerable<FileRecord> Read(string path)
    {
        using FileStream file = RecordFile.Open(path, MaxFileBytes);
        (ParquetSchema schema, int groups) = Guarded(() => DescribeAsync(file, path), path);
        int number = 0;
        for (int group = 0; group < groups; group++)
        {
            foreach (Dictionary<string, object> row in Guarded(() => GroupAsync(file, group), path))
            {
                number++;
                string place = $"{path}, row {number}";
                yield return new FileRecord(place, number, Guarded(() => Task.FromResult(Object(schema.Fields, row)), place));
            }
        }

        if (number == 0)
        {
            throw new InputException($"{path}: the file holds no problem; expected one row per problem.");
        }
    }

    private static async Task<(ParquetSchema Schema, int Groups)> DescribeAsync(FileStream file, string path)
    {
        ParquetReader reader = await ParquetReader.CreateAsync(file, leaveStreamOpen: true).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            long rows = reader.RowGroups.Sum(group => group.RowCount);
            long largest = reader.RowGroups.Select(group => group.RowGroup.TotalByteSize).DefaultIfEmpty().Max();
            return rows > MaxRows || largest > MaxGroupBytes
                ? throw new InputException(
                    $"{path}: {rows} rows, and row groups of up to {largest} bytes; allowed are {MaxRows} rows and {MaxGroupBytes} bytes. Split it.")
                : (reader.Schema, reader.RowGroupCount);
        }
    }

    private static async Task<IList<Dictionary<string, object>>> GroupAsync(FileStream file, int group)
    {
        file.Position = 0;
        return (await ParquetSerializer.DeserializeUntypedAsync(file, options: null, group).ConfigureAwait(false)).Data;
    }

    private static JsonElement Object(IEnumerable<Field> fields, Dictionary<string, object> row) =>
        JsonSerializer.SerializeToElement(Structure(fields, row));

    private static JsonObject Structure(IEnumerable<Field> fields, IDictionary<string, object> values) => new(
        fields.Select(field => KeyValuePair.Create(field.Name, Value(field, values.TryGetValue(field.Name, out object? value) ? value : null))));

    private static JsonNode? Value(Field field, object? value) => (field, value) switch
    {
        (_, null) => null,
        (StructField inner, IDictionary<string, object> values) => Structure(inner.Fields, values),
        (ListField list, System.Collections.IEnumerable items) => new System.Text.Json.Nodes.JsonArray(
            [.. items.Cast<object?>().Select(item => Value(list.Item, item))]),
        (_, ReadOnlyMemory<char> text) => JsonValue.Create(text.ToString()),
        _ => JsonSerializer.SerializeToNode(value, Numbers),
    };

    /// <summary>What the reader throws on an unsound file is of many kinds.</summary>
    private static T Guarded<T>(Func<Task<T>> read, string place)
    {
        try
        {
            return read().GetAwaiter().GetResult();
        }
        catch (Exception e) when (e is not (InputException or OutOfMemoryException))
        {
            throw new InputException($"{place}: cannot be read as Parquet ({Escaped.Line(e.Message, 200)}). Write the file anew, or convert it to .jsonl.", e);
        }
    }
}
