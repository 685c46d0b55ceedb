using Microsoft.Data.Sqlite;
using Stepwise.Evaluation;
using Stepwise.Files;
using Stepwise.Metrics;
using Stepwise.Reasoning;
using Stepwise.Rollouts;
using Stepwise.Statistics;
using Stepwise.Training;

namespace Stepwise.Runs;

/// <summary>
/// The SQLite file of a run: the metrics of every step and evaluation, every group, rollout with its verdict, and judgement. One transaction
/// per training step, on disk when the call returns, so that a file never holds half a step.
/// </summary>
/// <remarks>
/// Tables: <c>metrics</c> (a row per step and metric that has a value there, see <see cref="MetricCatalog"/>), <c>groups</c>,
/// <c>rollouts</c>, <c>judgements</c>; words are those of the enumerations with hyphens.
/// </remarks>
public sealed class RunStore : IDisposable
{
    /// <summary>Version of the tables, kept in SQLite's <c>user_version</c>.</summary>
    public const int SchemaVersion = 7;

    // How long another program's lock is waited for: at the start a user looks on, later a run is at stake.
    private const int OpenSeconds = 2, WriteSeconds = 60;

    private readonly string _path;
    private readonly string _judge;
    private readonly SqliteConnection _connection;
    private readonly StoreTable<(int, MetricValue)>.Writer _metrics;
    private readonly StoreTable<(int, int, Group)>.Writer _groups;
    private readonly StoreTable<(int, int, int, Rollout)>.Writer _rollouts;
    private readonly StoreTable<(int, int, int, StepJudgement, string)>.Writer _judgements;

    private RunStore(string path, SqliteConnection connection, string judge)
    {
        _path = path;
        _judge = judge;
        _connection = connection;
        connection.DefaultTimeout = WriteSeconds;
        _metrics = RunTables.Metrics.Prepare(connection);
        _groups = RunTables.Groups.Prepare(connection);
        _rollouts = RunTables.Rollouts.Prepare(connection);
        _judgements = RunTables.Judgements.Prepare(connection);
    }

    /// <summary>Makes the store of a new run.</summary>
    /// <param name="path">The file, which must not exist yet.</param>
    /// <param name="judge">The name of the judge whose judgements it will hold.</param>
    /// <exception cref="InputException">The file exists.</exception>
    /// <exception cref="RunException">It cannot be written.</exception>
    public static RunStore Create(string path, string judge)
    {
        if (File.Exists(path))
        {
            throw new InputException($"{path}: exists already, and no run is ever overwritten.");
        }

        return Guard(path, () =>
        {
            SqliteConnection opened = Connect(path, SqliteOpenMode.ReadWriteCreate);
            using SqliteTransaction transaction = opened.BeginTransaction();
            Execute(opened, RunTables.Metrics.Definition + RunTables.Groups.Definition + RunTables.Rollouts.Definition + RunTables.Judgements.Definition
                + $"PRAGMA user_version = {SchemaVersion}");
            transaction.Commit();
            return new RunStore(path, opened, judge);
        });
    }

    /// <summary>Opens the store of an earlier run to go on with it: rows of steps after the checkpoint's are dropped.</summary>
    /// <param name="path">The file.</param>
    /// <param name="lastStep">The checkpoint's step.</param>
    /// <param name="judge">As in <see cref="Create"/>.</param>
    /// <param name="unstored">A store of the last step alone, see <see cref="Checkpoint.UnstoredPath"/>; need not exist.</param>
    /// <exception cref="InputException">
    /// There is no such file, it is no store of this version, it is damaged, or steps before the checkpoint's are missing.
    /// </exception>
    /// <exception cref="RunException">It cannot be read or written (a full disk, another program that locks it).</exception>
    public static RunStore Resume(string path, int lastStep, string judge, string? unstored = null) => Reading(path, () =>
    {
        SqliteConnection opened = Open(path);
        try
        {
            RequireSound(path, opened);
            if (File.Exists(unstored))
            {
                Copy(opened, unstored);
            }

            using SqliteTransaction transaction = opened.BeginTransaction();
            foreach (string table in RunTables.Names)
            {
                Execute(opened, $"DELETE FROM {table} WHERE step > {lastStep}");
            }

            int whole = WholeSteps(opened);
            if (whole < lastStep)
            {
                throw new InputException(
                    $"{path}: training step {whole + 1} is missing or not whole; the checkpoint comes after step {lastStep}. "
                    + "Go on from a checkpoint before it, or put the whole store back.");
            }

            transaction.Commit();
            return new RunStore(path, opened, judge);
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    });

    /// <summary>How many training steps a store has whole, from the first on without a gap.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InputException">There is no such file, or it is no store of this version.</exception>
    /// <exception cref="RunException">It cannot be read.</exception>
    public static int WholeSteps(string path) => Reading(path, () =>
    {
        using SqliteConnection opened = Open(path);
        return WholeSteps(opened);
    });

    /// <summary>Makes a store of one training step alone, in one file.</summary>
    /// <param name="path">The file, which must not exist yet.</param>
    /// <param name="report">The step.</param>
    /// <param name="step">Its groups.</param>
    /// <param name="judge">As in <see cref="Create"/>.</param>
    /// <exception cref="RunException">It cannot be written.</exception>
    public static void WriteAlone(string path, StepReport report, IReadOnlyList<Group> step, string judge)
    {
        using RunStore store = Create(path, judge);
        store.Write(report, step);
        Guard(path, () =>
        {
            Execute(store._connection, "PRAGMA journal_mode = DELETE");
            return true;
        });
    }

    /// <summary>Writes a training step with its groups.</summary>
    /// <param name="report">The step.</param>
    /// <param name="step">Its groups with verdicts, judgements, rewards and dispositions.</param>
    /// <exception cref="RunException">
    /// It cannot be written (a full disk), or the file is no longer there; nothing of the step is kept.
    /// </exception>
    public void Write(StepReport report, IReadOnlyList<Group> step) => InTransaction(() =>
    {
        Write(report.Step, report.Metrics);
        for (int g = 0; g < step.Count; g++)
        {
            _groups.Write((report.Step, g, step[g]));
            for (int sample = 0; sample < step[g].Rollouts.Count; sample++)
            {
                Rollout rollout = step[g].Rollouts[sample];
                _rollouts.Write((report.Step, g, sample, rollout));
                if (rollout.Judgement is { } judgement)
                {
                    _judgements.Write((report.Step, g, sample, judgement, _judge));
                }
            }
        }
    });

    /// <summary>Writes an evaluation.</summary>
    /// <param name="step">Training steps done before it; one evaluation per step.</param>
    /// <param name="result">What it found.</param>
    /// <exception cref="RunException">It cannot be written.</exception>
    public void Write(int step, EvaluationResult result) => InTransaction(() => Write(step, DeclaredMetrics.Read(result)));

    /// <summary>The evaluations so far in ascending order of steps: training steps done, and the solve rate.</summary>
    /// <exception cref="InputException">What is there is no evaluation.</exception>
    public IReadOnlyList<(int Step, Interval SolveRate)> SolveRates() => Guard(_path, () =>
    {
        List<(int, Interval)> rates = [];
        using SqliteCommand command = _connection.CreateCommand();
        command.CommandText = """
            SELECT rate.step, rate.value, low.value, high.value FROM metrics rate
            LEFT JOIN metrics low ON low.step = rate.step AND low.name = 'evaluation.solveRateLow'
            LEFT JOIN metrics high ON high.step = rate.step AND high.name = 'evaluation.solveRateHigh'
            WHERE rate.name = 'evaluation.solveRate' ORDER BY rate.step
            """;
        using SqliteDataReader reader = command.ExecuteReader();
        while (reader.Read())
        {
            rates.Add(reader.GetValue(0) is long step and >= 0 and <= int.MaxValue
                && Rate(1) is { } rate && Rate(2) is { } low && Rate(3) is { } high
                ? ((int)step, new Interval(rate, low, high))
                : throw new InputException(
                    $"{_path}: the evaluation {Shown(0)}, {Shown(1)}, {Shown(2)}, {Shown(3)} is not a training step of at least 0 and three "
                    + "rates from 0 to 1. Put the whole store back, or start a new run."));
        }

        return rates;

        double? Rate(int column) => reader.GetValue(column) is double and >= 0 and <= 1 and var rate ? rate : null;
        string Shown(int column) => Escaped.Line($"{reader.GetValue(column)}", 80);
    });

    /// <summary>What the judge was asked so far.</summary>
    public JudgeUse JudgeUse() => Guard(_path, () =>
    {
        using SqliteCommand command = _connection.CreateCommand();
        command.CommandText = $"""
            SELECT COUNT(*), IFNULL(SUM(outcome <> '{RunTables.Word(JudgementOutcome.NoJudgement)}' OR milestones IS NOT NULL), 0),
                IFNULL(SUM(calls), 0), IFNULL(SUM(cost_tokens), 0),
                (SELECT IFNULL(SUM(value), 0.0) FROM {RunTables.Metrics.Name} WHERE name = 'seconds.judge')
            FROM {RunTables.Judgements.Name}
            """;
        using SqliteDataReader reader = command.ExecuteReader();
        reader.Read();
        return new JudgeUse(_judge, reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2), reader.GetInt64(3), reader.GetDouble(4));
    });

    /// <summary>The parts of the reward in the first and the last training steps; none where the method has no terms.</summary>
    public IReadOnlyList<RewardPartTrend> RewardParts() => Guard(_path, () =>
    {
        List<RewardPartTrend> parts = [];
        using SqliteCommand command = _connection.CreateCommand();
        command.CommandText = $"""
            WITH terms AS (SELECT name, step, value FROM {RunTables.Metrics.Name} WHERE name LIKE 'terms.%'),
                ends AS (SELECT MIN(step) + {RewardPartTrend.Steps} AS first, MAX(step) - {RewardPartTrend.Steps} AS last FROM terms)
            SELECT mean.name,
                AVG(CASE WHEN mean.step < first THEN mean.value END), AVG(CASE WHEN std.step < first THEN std.value END),
                AVG(CASE WHEN mean.step > last THEN mean.value END), AVG(CASE WHEN std.step > last THEN std.value END)
            FROM terms mean JOIN ends
            JOIN terms std ON std.step = mean.step AND std.name = SUBSTR(mean.name, 1, LENGTH(mean.name) - LENGTH('mean')) || 'std'
            WHERE mean.name LIKE '%.mean' GROUP BY mean.name ORDER BY mean.name <> 'terms.reward.mean', mean.name
            """;
        using SqliteDataReader reader = command.ExecuteReader();
        while (reader.Read())
        {
            double Value(int column) => reader.GetValue(column) is double value ? value : double.NaN;
            parts.Add(new(reader.GetString(0)["terms.".Length..^".mean".Length], Value(1), Value(2), Value(3), Value(4)));
        }

        return parts;
    });

    /// <summary>Moves what is in the write-ahead log into the file, as far as readers let it: a lost log then loses none of it.</summary>
    /// <exception cref="RunException">It cannot be written.</exception>
    public void Settle() => Guard(_path, () => Ask(_connection, "PRAGMA wal_checkpoint(PASSIVE)"));

    /// <summary>Closes the file.</summary>
    public void Dispose()
    {
        _metrics.Dispose();
        _groups.Dispose();
        _rollouts.Dispose();
        _judgements.Dispose();
        _connection.Dispose();
    }

    private static SqliteConnection Connect(string path, SqliteOpenMode mode)
    {
        // Not pooled: Dispose must close the file, or its folder could not be moved or removed.
        SqliteConnection opened = new(new SqliteConnectionStringBuilder
        {
            DataSource = path, Mode = mode, Pooling = false, DefaultTimeout = OpenSeconds,
        }.ToString());
        try
        {
            opened.Open();

            // A committed step survives a power cut; readers look on while a run writes.
            Execute(opened, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
            return opened;
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    /// <summary>Opens an earlier run's store of this version.</summary>
    private static SqliteConnection Open(string path)
    {
        if (!File.Exists(path))
        {
            throw new InputException($"{path}: the run's store is missing; give the folder of a whole run.");
        }

        SqliteConnection opened = Connect(path, SqliteOpenMode.ReadWrite);
        try
        {
            RequireVersion(path, opened);
            return opened;
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    /// <summary>Refuses a store of another version of this program.</summary>
    /// <exception cref="InputException">It is one.</exception>
    internal static void RequireVersion(string path, SqliteConnection opened)
    {
        if (Ask(opened, "PRAGMA user_version") is not (long)SchemaVersion and var found)
        {
            throw new InputException($"{path}: version {found} of the store; this program reads version {SchemaVersion}. " + (found is 0L
                ? "An empty one may have lost its write-ahead log, run.db-wal: put it back, or start a new run."
                : "Use the program that made it, or start a new run."));
        }
    }

    private static void RequireSound(string path, SqliteConnection opened)
    {
        if (Ask(opened, "PRAGMA quick_check(1)") is not "ok" and var found)
        {
            throw new InputException(
                $"{path}: the run's store is damaged; SQLite says {Escaped.Line($"{found}", 80)}. Put the whole store back, or start a new run.");
        }
    }

    /// <summary>Adds the rows of a store that lies beside; what is there already is replaced.</summary>
    private static void Copy(SqliteConnection opened, string beside)
    {
        using SqliteCommand attach = opened.CreateCommand();
        attach.CommandText = "ATTACH $path AS beside";
        attach.Parameters.AddWithValue("$path", beside);
        attach.ExecuteNonQuery();
        Execute(opened, "BEGIN IMMEDIATE;" + string.Concat(
            RunTables.Names.Select(table => $"INSERT OR REPLACE INTO main.{table} SELECT * FROM beside.{table};")) + "COMMIT; DETACH beside");
    }

    private static int WholeSteps(SqliteConnection opened)
    {
        using SqliteCommand command = opened.CreateCommand();
        command.CommandText = """
            SELECT step FROM metrics m WHERE name = 'ledger.sampled' AND step > 0
                AND value = (SELECT COUNT(*) FROM rollouts r JOIN groups g USING (step, group_index) WHERE r.step = m.step)
            ORDER BY step
            """;
        using SqliteDataReader reader = command.ExecuteReader();
        int whole = 0;
        while (reader.Read() && reader.GetInt64(0) == whole + 1)
        {
            whole++;
        }

        return whole;
    }

    private static object? Ask(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>As <see cref="Guard"/>, of a file that the user named: what is no store is a mistake, and what fails a failure.</summary>
    private static T Reading<T>(string path, Func<T> action)
    {
        try
        {
            return Guard(path, action);
        }
        catch (RunException error) when (error.InnerException is SqliteException
        {
            SqliteErrorCode: SQLitePCL.raw.SQLITE_ERROR or SQLitePCL.raw.SQLITE_CORRUPT or SQLitePCL.raw.SQLITE_NOTADB,
        } found)
        {
            throw new InputException($"{path}: not a run's store, or a damaged one ({found.Message.TrimEnd('.')}).", found);
        }
    }

    private static T Guard<T>(string path, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (SqliteException error)
        {
            throw new RunException(
                $"{path}: the run's store failed ({error.Message.TrimEnd('.')}). See to its disk, its rights and other programs that hold it.", error);
        }
    }

    private void Write(int step, IEnumerable<MetricValue> values)
    {
        foreach (MetricValue value in values)
        {
            _metrics.Write((step, value));
        }
    }

    private void InTransaction(Action write) => Guard(_path, () =>
    {
        if (!File.Exists(_path))
        {
            throw new RunException(
                $"{_path}: the run's store is gone; it was moved or removed while the run went on. Put it back, or start a new run.");
        }

        Execute(_connection, "BEGIN IMMEDIATE");
        try
        {
            write();
            Execute(_connection, "COMMIT");
            return true;
        }
        catch
        {
            Rollback();
            throw;
        }
    });

    /// <summary>SQLite rolls back by itself after some errors (a full disk); then there is nothing left to roll back.</summary>
    private void Rollback()
    {
        if (SQLitePCL.raw.sqlite3_get_autocommit(_connection.Handle!) == 0)
        {
            Execute(_connection, "ROLLBACK");
        }
    }
}
