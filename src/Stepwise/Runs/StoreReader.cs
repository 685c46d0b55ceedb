using Microsoft.Data.Sqlite;

namespace Stepwise.Runs;

/// <summary>Opens the store of a run to look at it, and leaves it as it is.</summary>
internal static class StoreReader
{
    /// <summary>Reads from a store; not pooled, so that the file is closed when the reading ends.</summary>
    /// <param name="folder">The run.</param>
    /// <exception cref="InputException">There is no store, or it is one of another version.</exception>
    /// <exception cref="SqliteException">It cannot be read.</exception>
    public static SqliteConnection Open(RunFolder folder)
    {
        string path = folder.StorePath;
        if (!File.Exists(path))
        {
            throw new InputException($"{path}: the run's store is missing; give the folder of a whole run.");
        }

        SqliteConnection connection = new(Source(path));
        try
        {
            connection.Open();
            RunStore.RequireVersion(path, connection);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>
    /// A store that was closed is opened as a file that nobody changes, or SQLite would leave files beside it; one with a write-ahead log
    /// needs that read.
    /// </summary>
    private static string Source(string path)
    {
        bool closed = !File.Exists(path + "-wal");
        return new SqliteConnectionStringBuilder
        {
            DataSource = closed ? new Uri(path).AbsoluteUri + "?immutable=1" : path,
            Mode = closed ? SqliteOpenMode.ReadOnly : SqliteOpenMode.ReadWrite,
            Pooling = false,
        }.ToString();
    }
}
