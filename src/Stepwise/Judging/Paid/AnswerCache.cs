using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Stepwise.Judging.Models;

namespace Stepwise.Judging.Paid;

/// <summary>
/// The answers that were paid for, by what was asked: each is on disk before it is used, so that a run that is killed never pays for it again.
/// </summary>
/// <remarks>What is kept is the answer and not the judgement: it is read again, to the same judgement. No question and no key stands in it.</remarks>
internal sealed class AnswerCache : IDisposable
{
    /// <summary>The name of the file in a run's folder.</summary>
    public const string FileName = "judge.db";

    private const int SchemaVersion = 1, WriteSeconds = 60;

    private static readonly JsonSerializerOptions Numbers =
        new() { NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals };

    private readonly Lock _lock = new();
    private readonly SqliteConnection _connection;

    private AnswerCache(SqliteConnection connection) => _connection = connection;

    /// <summary>
    /// What the answers cost that were in it when it was opened; a count of tokens that cannot be (<see cref="ChatAnswer.MostTokens"/>) adds nothing.
    /// </summary>
    public (long Calls, long TokensIn, long TokensOut) Paid { get; private init; }

    /// <summary>Opens a cache, and makes it where it is not there.</summary>
    /// <param name="path">The file, or <see langword="null"/> for one in memory.</param>
    /// <exception cref="InputException">It cannot be opened, or is no such file.</exception>
    public static AnswerCache Open(string? path)
    {
        SqliteConnection connection = new(new SqliteConnectionStringBuilder
        {
            DataSource = path ?? ":memory:", Pooling = false, DefaultTimeout = WriteSeconds,
        }.ToString());
        try
        {
            if (path is not null)
            {
                RegularFile.Require(path);
            }

            connection.Open();
            using SqliteCommand version = connection.CreateCommand();
            version.CommandText = "PRAGMA user_version";
            if (Convert.ToInt64(version.ExecuteScalar(), CultureInfo.InvariantCulture) is not (0 or SchemaVersion))
            {
                throw new InputException($"{path}: no cache of a judge of this version. Name another file by judge.cache.");
            }

            using SqliteCommand tables = connection.CreateCommand();
            tables.CommandText =
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; "
                + "CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, text TEXT, finish TEXT, tokens_in INTEGER, tokens_out INTEGER, choices TEXT) "
                + $"WITHOUT ROWID; PRAGMA user_version = {SchemaVersion}";
            tables.ExecuteNonQuery();
            return new(connection) { Paid = Sum(connection) };
        }
        catch (Exception error) when (error is SqliteException or IOException)
        {
            connection.Dispose();
            throw new InputException($"{path}: cannot be a judge's cache ({error.Message.TrimEnd('.')}). Name another file by judge.cache.", error);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>What a question to a model is found by: a digest of all that decides its answer.</summary>
    public static string Key(string identity, ChatRequest request) => Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(new
    {
        identity,
        request.System,
        request.User,
        request.MaxTokens,
        request.Temperature,
        request.Seed,
        request.Choices,
        Form = request.Form?.ToSchema(),
    })));

    /// <summary>The answer to a question, or <see langword="null"/>.</summary>
    /// <exception cref="SqliteException">The file failed.</exception>
    public ChatAnswer? Find(string key)
    {
        lock (_lock)
        {
            using SqliteCommand select = _connection.CreateCommand();
            select.CommandText = "SELECT text, finish, tokens_in, tokens_out, choices FROM answers WHERE key = $key";
            select.Parameters.AddWithValue("$key", key);
            using SqliteDataReader row = select.ExecuteReader();
            return row.Read()
                ? new(row.GetString(0), Enum.Parse<ChatFinish>(row.GetString(1)), row.GetInt64(2), row.GetInt64(3))
                {
                    ChoiceLogProbs = row.IsDBNull(4) ? null : JsonSerializer.Deserialize<double[]>(row.GetString(4), Numbers), Kept = true,
                }
                : null;
        }
    }

    /// <summary>Keeps an answer; it is on disk when the call returns.</summary>
    /// <exception cref="SqliteException">The file failed.</exception>
    public void Keep(string key, ChatAnswer answer)
    {
        lock (_lock)
        {
            using SqliteCommand insert = _connection.CreateCommand();
            insert.CommandText = "INSERT OR IGNORE INTO answers VALUES ($key, $text, $finish, $in, $out, $choices)";
            insert.Parameters.AddWithValue("$key", key);
            insert.Parameters.AddWithValue("$text", answer.Text);
            insert.Parameters.AddWithValue("$finish", answer.Finish.ToString());
            insert.Parameters.AddWithValue("$in", answer.TokensIn);
            insert.Parameters.AddWithValue("$out", answer.TokensOut);
            insert.Parameters.AddWithValue(
                "$choices", answer.ChoiceLogProbs is null ? DBNull.Value : JsonSerializer.Serialize(answer.ChoiceLogProbs, Numbers));
            insert.ExecuteNonQuery();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _connection.Dispose();

    private static (long Calls, long TokensIn, long TokensOut) Sum(SqliteConnection connection)
    {
        using SqliteCommand sums = connection.CreateCommand();
        sums.CommandText = $"SELECT COUNT(*), {Believed("tokens_in")}, {Believed("tokens_out")} FROM answers";
        using SqliteDataReader row = sums.ExecuteReader();
        row.Read();
        return (row.GetInt64(0), row.GetInt64(1), row.GetInt64(2));

        static string Believed(string column) => $"COALESCE(SUM({column}) FILTER (WHERE {column} BETWEEN 0 AND {ChatAnswer.MostTokens}), 0)";
    }
}
