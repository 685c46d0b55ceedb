using Microsoft.Data.Sqlite;

namespace Stepwise.Runs;

/// <summary>A table of the run's store: its columns, each with where its value comes from.</summary>
/// <param name="name">The table's name.</param>
/// <param name="key">The columns of its primary key.</param>
/// <param name="columns">Its columns in order.</param>
internal sealed class StoreTable<T>(string name, string key, IReadOnlyList<StoreTable<T>.Column> columns)
{
    /// <summary>The table's name.</summary>
    public string Name => name;

    /// <summary>The statement that makes the table.</summary>
    public string Definition =>
        $"CREATE TABLE {name} ({string.Join(", ", columns.Select(c => c.Definition))}, PRIMARY KEY ({key}));\n";

    /// <summary>The statement that writes a row, prepared once.</summary>
    public Writer Prepare(SqliteConnection connection)
    {
        SqliteCommand command = connection.CreateCommand();
        command.CommandText = $"INSERT INTO {name} VALUES ({string.Join(", ", columns.Select((_, i) => $"$p{i}"))})";
        for (int i = 0; i < columns.Count; i++)
        {
            command.Parameters.Add(new SqliteParameter { ParameterName = $"$p{i}" });
        }

        command.Prepare();
        return new(command, columns);
    }

    /// <summary>A column.</summary>
    /// <param name="Definition">Its name and SQL type.</param>
    /// <param name="Value">Its value in a row; a number that is not finite is stored as NULL, which SQLite has in place of NaN.</param>
    internal sealed record Column(string Definition, Func<T, object?> Value);

    /// <summary>Writes rows.</summary>
    internal sealed class Writer(SqliteCommand command, IReadOnlyList<Column> columns) : IDisposable
    {
        public void Write(T row)
        {
            for (int i = 0; i < columns.Count; i++)
            {
                object? value = columns[i].Value(row);
                command.Parameters[i].Value = value is null or double.NaN or double.PositiveInfinity or double.NegativeInfinity
                    ? DBNull.Value
                    : value;
            }

            command.ExecuteNonQuery();
        }

        public void Dispose() => command.Dispose();
    }
}
