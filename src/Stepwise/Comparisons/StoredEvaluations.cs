using Microsoft.Data.Sqlite;
using Stepwise.Runs;
using Stepwise.Statistics;

namespace Stepwise.Comparisons;

/// <summary>Reads the evaluations of a run from its store, which is left as it is.</summary>
public static class StoredEvaluations
{
    private const string Query = """
        SELECT step, problems, samples, solve_rate, solve_rate_low, solve_rate_high, greedy_solve_rate, all_negative_share,
            mean_completion_tokens, truncated_share, undecided_share
        FROM evaluations ORDER BY step
        """;

    /// <summary>The evaluations in ascending order of steps; of what a store does not keep, pass@k is empty.</summary>
    /// <param name="folder">The run.</param>
    /// <exception cref="InputException">There is no store, it cannot be read, or it holds what no evaluation found.</exception>
    public static IReadOnlyList<ComparedEvaluation> Read(RunFolder folder)
    {
        string path = folder.StorePath;
        if (!File.Exists(path))
        {
            throw new InputException($"{path}: the run's store is missing; give the folder of a whole run.");
        }

        try
        {
            using SqliteConnection connection = new(Source(path));
            connection.Open();
            using SqliteCommand command = connection.CreateCommand();
            command.CommandText = Query;
            using SqliteDataReader reader = command.ExecuteReader();
            List<ComparedEvaluation> evaluations = [];
            while (reader.Read())
            {
                evaluations.Add(Row(reader));
            }

            return evaluations;
        }
        catch (Exception error) when (error is SqliteException or InvalidCastException or InvalidOperationException or OverflowException or FormatException)
        {
            throw new InputException($"{path}: its evaluations cannot be read ({error.Message.TrimEnd('.')}). Give the folder of a whole run.", error);
        }
    }

    /// <summary>
    /// A store that was closed is opened as a file that nobody changes, or SQLite would leave files beside it; one with a write-ahead log
    /// needs that read. Not pooled: the file is closed when the reading ends.
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

    private static ComparedEvaluation Row(SqliteDataReader reader)
    {
        int step = checked((int)reader.GetInt64(0)), problems = checked((int)reader.GetInt64(1)), samples = checked((int)reader.GetInt64(2));
        double[] rates = [.. Enumerable.Range(3, 4).Select(reader.GetDouble)];
        return step < 0 || problems < 1 || samples < 1 || rates.Any(rate => rate is not (>= 0 and <= 1))
            ? throw new FormatException($"one after step {step} has {problems} problems, {samples} samples and rates {string.Join(", ", rates)}")
            : new(step, new(
                problems, samples, new(rates[0], rates[1], rates[2]), SolveRate.Wilson(rates[3], problems),
                reader.IsDBNull(7) ? null : reader.GetDouble(7), reader.GetDouble(8), reader.GetDouble(9), reader.GetDouble(10)));
    }
}
