using Microsoft.Data.Sqlite;
using Stepwise.Runs;

namespace Stepwise.Comparisons;

/// <summary>Reads the evaluations of a run from its store, which is left as it is.</summary>
public static class StoredEvaluations
{
    private const string Prefix = "evaluation.";

    /// <summary>The evaluations in ascending order of steps; of what a store does not keep, pass@k is empty.</summary>
    /// <param name="folder">The run.</param>
    /// <exception cref="InputException">
    /// There is no store, it is one of another version, it cannot be read, or it holds what no evaluation found.
    /// </exception>
    public static IReadOnlyList<ComparedEvaluation> Read(RunFolder folder)
    {
        string path = folder.StorePath;
        try
        {
            using SqliteConnection connection = StoreReader.Open(folder);
            return [.. Values(connection).GroupBy(v => v.Step).Select(values =>
                Evaluation(values.Key, Tokens(connection, values.Key), values.ToDictionary(v => v.Name, v => v.Value, StringComparer.Ordinal)))];
        }
        catch (Exception error) when (error is SqliteException or InvalidCastException or OverflowException or FormatException)
        {
            throw new InputException($"{path}: its evaluations cannot be read ({error.Message.TrimEnd('.')}). Give the folder of a whole run.", error);
        }
    }

    private static List<(int Step, string Name, double Value)> Values(SqliteConnection connection)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = $"SELECT step, name, value FROM metrics WHERE name GLOB '{Prefix}*' ORDER BY step";
        using SqliteDataReader reader = command.ExecuteReader();
        List<(int, string, double)> values = [];
        while (reader.Read())
        {
            values.Add((checked((int)(long)reader.GetValue(0)), reader.GetString(1)[Prefix.Length..], (double)reader.GetValue(2)));
        }

        return values;
    }

    /// <summary>Completion tokens sampled up to a step, that included.</summary>
    private static long Tokens(SqliteConnection connection, int step)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "SELECT TOTAL(value) FROM metrics WHERE name = 'ledger.sampledTokens' AND step <= $step";
        command.Parameters.AddWithValue("$step", step);
        return checked((long)(double)command.ExecuteScalar()!);
    }

    private static ComparedEvaluation Evaluation(int step, long tokens, Dictionary<string, double> values)
    {
        double Value(string name) => values.TryGetValue(name, out double value)
            ? value
            : throw new FormatException($"the one after step {step} has no {Prefix}{name}");
        int Count(string name) => checked((int)Value(name));
        double Share(string name) => Value(name) is >= 0 and <= 1 and var share
            ? share
            : throw new FormatException($"the one after step {step} has a {Prefix}{name} of {Value(name)}");

        int problems = Count("problems"), samples = Count("samples");
        return step < 0 || problems < 1 || samples < 1
            ? throw new FormatException($"one after step {step} has {problems} problems and {samples} samples")
            : new(step, tokens, new(
                problems, samples, new(Share("solveRate"), Share("solveRateLow"), Share("solveRateHigh")),
                new(Share("greedySolveRate"), Share("greedySolveRateLow"), Share("greedySolveRateHigh")),
                values.TryGetValue("allNegativeShare", out double allNegative) ? allNegative : null,
                Value("meanCompletionTokens"), Share("truncatedShare"), Share("undecidedShare"))
            {
                FailedShare = Share("failedShare"),
            });
    }
}
