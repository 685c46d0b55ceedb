using System.Text.Json.Serialization;
using Microsoft.Data.Sqlite;

namespace Stepwise.Runs;

/// <summary>A rollout in the form in which it is interchanged, see docs/data.md.</summary>
/// <param name="Id">The problem's id.</param>
/// <param name="Response">The response's text.</param>
public sealed record StoredRollout(string Id, string Response)
{
    /// <summary>Whether it was cut off by a length limit.</summary>
    public bool Truncated { get; init; }

    /// <summary>The verifier's word: <c>correct</c>, <c>incorrect</c> or <c>undecided</c>.</summary>
    public string? Verdict { get; init; }

    /// <summary>The answer that the verifier read; <see langword="null"/> for none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Answer { get; init; }

    /// <summary>Why the verifier decided so.</summary>
    public string? Reason { get; init; }

    /// <summary>What it earned.</summary>
    public double? Reward { get; init; }

    /// <summary>The training step that drew it, counted from 1.</summary>
    public int Step { get; init; }

    /// <summary>Reads a run's rollouts in the order in which they were drawn; those whose sampling failed are left out.</summary>
    /// <param name="folder">The run; its store is left as it is.</param>
    /// <exception cref="InputException">There is no store, it is one of another version, or it cannot be read.</exception>
    public static IEnumerable<StoredRollout> Read(RunFolder folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        using IEnumerator<StoredRollout> rollouts = Rows(folder).GetEnumerator();
        while (Guard(folder, rollouts.MoveNext))
        {
            yield return rollouts.Current;
        }
    }

    private static IEnumerable<StoredRollout> Rows(RunFolder folder)
    {
        using SqliteConnection connection = StoreReader.Open(folder);
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = """
            SELECT problem, text, finish = 'length', verdict, extracted_answer, verdict_reason, reward, step
            FROM rollouts JOIN groups USING (step, group_index) WHERE verdict IS NOT NULL ORDER BY step, group_index, sample
            """;
        using SqliteDataReader reader = command.ExecuteReader();
        while (reader.Read())
        {
            yield return new(reader.GetString(0), reader.GetString(1))
            {
                Truncated = reader.GetBoolean(2),
                Verdict = reader.GetString(3),
                Answer = reader.IsDBNull(4) ? null : reader.GetString(4),
                Reason = reader.IsDBNull(5) ? null : reader.GetString(5),
                Reward = reader.IsDBNull(6) ? null : reader.GetDouble(6),
                Step = reader.GetInt32(7),
            };
        }
    }

    private static T Guard<T>(RunFolder folder, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception error) when (error is SqliteException or InvalidCastException or InvalidOperationException or OverflowException or FormatException)
        {
            throw new InputException($"{folder.StorePath}: its rollouts cannot be read ({error.Message.TrimEnd('.')}). Give the folder of a whole run.", error);
        }
    }
}
