using System.Globalization;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Stepwise.Problems;
using Stepwise.Reasoning;
using Stepwise.Rollouts;

namespace Stepwise.Runs;

/// <summary>The rollouts that a run's store keeps.</summary>
public static class RunRollouts
{
    /// <summary>
    /// Reads a run's rollouts in the order in which they were drawn; those whose sampling failed, and those that later ones replaced, are left out.
    /// </summary>
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
            SELECT problem, text, finish = 'length', verdict, extracted_answer, verdict_reason, reward, step, question, answer, solution,
                outcome, first_error, judgements.steps, reason, milestones, reached_at, progress_end, rollouts.steps, advantage, confidence,
                messages, hints, difficulty, guided, given_characters
            FROM rollouts JOIN groups USING (step, group_index) LEFT JOIN judgements USING (step, group_index, sample)
            WHERE verdict IS NOT NULL AND disposition <> 'replaced' ORDER BY step, group_index, sample
            """;
        using SqliteDataReader reader = command.ExecuteReader();
        while (reader.Read())
        {
            string response = reader.GetString(1);
            int given = reader.GetInt32(25);
            yield return new(reader.GetString(0), response)
            {
                Problem = ProblemOf(reader),
                Given = given > 0 ? response[..given] : null,
                Hinted = reader.GetBoolean(24) && given == 0,
                Truncated = reader.GetBoolean(2),
                Verdict = Member<Correctness>(reader.GetString(3)),
                Answer = Text(reader, 4),
                Reason = Text(reader, 5),
                Judgement = reader.IsDBNull(11) ? null : JudgementOf(reader),
                Reward = reader.IsDBNull(6) ? null : reader.GetDouble(6),
                Advantage = reader.IsDBNull(19) ? null : reader.GetDouble(19),
                Step = reader.GetInt32(7),
            };
        }
    }

    private static Problem ProblemOf(SqliteDataReader reader) => new(reader.GetString(0), reader.GetString(8), reader.GetString(9), Text(reader, 10))
    {
        Messages = Text(reader, 21) is { } messages ? JsonSerializer.Deserialize<ChatMessage[]>(messages, JsonSerializerOptions.Web) : null,
        Hints = Text(reader, 22) is { } hints ? [.. JsonSerializer.Deserialize<string[]>(hints, JsonSerializerOptions.Web)!] : null,
        Difficulty = reader.IsDBNull(23) ? null : reader.GetDouble(23),
    };

    private static StoredJudgement JudgementOf(SqliteDataReader reader) =>
        new(Member<JudgementOutcome>(reader.GetString(11)), reader.GetInt32(12), reader.GetInt32(13), reader.GetString(14))
        {
            Confidence = reader.IsDBNull(20) ? null : reader.GetDouble(20),
            Progress = reader.IsDBNull(15) ? null : new(
                reader.GetInt32(15),
                [.. reader.GetString(16).Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(step => int.Parse(step, CultureInfo.InvariantCulture))],
                reader.GetInt32(17), reader.GetInt32(18)),
        };

    private static string? Text(SqliteDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);

    private static T Member<T>(string word)
        where T : struct, Enum => Enum.GetValues<T>().First(
            member => string.Equals(JsonNamingPolicy.KebabCaseLower.ConvertName(member.ToString()), word, StringComparison.Ordinal));

    private static T Guard<T>(RunFolder folder, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception error) when (error
            is SqliteException or InvalidCastException or InvalidOperationException or ArgumentException or OverflowException or FormatException
            or JsonException)
        {
            throw new InputException(
                $"{folder.StorePath}: its rollouts cannot be read ({error.Message.TrimEnd('.')}). Give the folder of a whole run.", error);
        }
    }
}
