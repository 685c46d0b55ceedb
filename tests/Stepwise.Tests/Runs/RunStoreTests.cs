using Microsoft.Data.Sqlite;
using Stepwise.Evaluation;
using Stepwise.Methods;
using Stepwise.Policies;
using Stepwise.Problems;
using Stepwise.Reasoning;
using Stepwise.Rollouts;
using Stepwise.Runs;
using Stepwise.Tests.Rollouts;
using Stepwise.Training;

namespace Stepwise.Tests.Runs;

public sealed class RunStoreTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string StorePath => _folder.In("run.db");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Write_AStep_StoresEveryRolloutVerdictAndJudgement()
    {
        using (RunStore store = RunStore.Create(StorePath, "exact"))
        {
            WriteStep(store, 1);
        }

        Query("SELECT step, name, value FROM metrics WHERE name IN ('reward', 'ledger.sampled', 'ledger.solveRate', 'seconds.sample', 'kl', 'meanRts')")
            .ShouldBe(["1|ledger.sampled|2", "1|ledger.solveRate|0.5", "1|meanRts|0.5", "1|reward|0.25", "1|seconds.sample|2"]);
        Query("SELECT step, group_index, problem, question, answer, reference_steps, all_negative, by_progress FROM groups").ShouldBe(["1|0|p1|1+1|2|2|0|1"]);
        Query("SELECT sample, text, tokens, finish, steps, verdict, extracted_answer, verdict_reason, reward, rts, disposition FROM rollouts ORDER BY sample").ShouldBe(
        [
            "0|'); DROP TABLE steps;--|3|length|0|incorrect||wrong|0.25|0.5|trained",
            "1|1+1=2|3|stop|1|correct|2|right|1||filtered",
        ]);
        Query("SELECT sample, judge, outcome, first_error, steps, reason, calls, cost_tokens, milestones, milestones_reached, idle_steps FROM judgements")
            .ShouldBe(["0|exact|error-found|3|3|carry|1|20|4|2|1"]);
    }

    [Fact]
    public void Write_NumbersThatAreNotFinite_AreNotThere()
    {
        using (RunStore store = RunStore.Create(StorePath, "exact"))
        {
            WriteStep(store, 1, loss: double.NaN);
        }

        Query("SELECT name FROM metrics WHERE name IN ('loss', 'gradientNorm')").ShouldBe(["gradientNorm"]);
    }

    [Fact]
    public void Write_FailureWithinAStep_KeepsNothingOfIt()
    {
        using RunStore store = RunStore.Create(StorePath, "exact");
        WriteStep(store, 1);

        Should.Throw<RunException>(() => WriteStep(store, 1)).Message.ShouldContain(StorePath);

        WriteStep(store, 2);
        Query("SELECT step, COUNT(*) FROM rollouts GROUP BY step").ShouldBe(["1|2", "2|2"]);
    }

    [Fact]
    public void Resume_DropsTheStepsAfterTheCheckpointAndGoesOn()
    {
        using (RunStore store = RunStore.Create(StorePath, "exact"))
        {
            store.Write(0, Result(0.1));
            for (int step = 1; step <= 7; step++)
            {
                WriteStep(store, step);
                store.Write(step, Result(step / 10.0));
            }
        }

        using (RunStore store = RunStore.Resume(StorePath, lastStep: 5, "exact"))
        {
            WriteStep(store, 6);
            store.Write(6, Result(0.9));
            store.SolveRates().Select(e => (e.Step, e.SolveRate.Estimate)).ShouldBe(
                [(0, 0.1), (1, 0.1), (2, 0.2), (3, 0.3), (4, 0.4), (5, 0.5), (6, 0.9)]);
            store.JudgeUse().ShouldBe(new JudgeUse("exact", Asked: 6, Placed: 6, Calls: 6, Tokens: 120, Seconds: 4.5));
        }

        foreach (string table in new[] { "metrics", "groups", "rollouts", "judgements" })
        {
            Query($"SELECT COUNT(DISTINCT step), MAX(step) FROM {table} WHERE step > 0").ShouldBe(["6|6"]);
        }
    }

    [Fact]
    public void JudgeUse_OfAStore_IsThatOfItsSteps()
    {
        using RunStore store = RunStore.Create(StorePath, "exact");
        store.JudgeUse().ShouldBe(new JudgeUse("exact"));
        Group[] groups = Step();
        groups[0].Rollouts[1].Judgement = StepJudgement.None("cannot say", new JudgeCost(3, 7));

        store.Write(Report(1, groups), groups);

        JudgeUse use = new("exact", Asked: 2, Placed: 1, Calls: 4, Tokens: 27, Seconds: 0.75);
        store.JudgeUse().ShouldBe(use);
        new JudgeUse("exact").With(groups, TimeSpan.FromSeconds(0.75)).ShouldBe(use);
    }

    [Fact]
    public void Create_FileExists_IsRefused()
    {
        File.WriteAllText(StorePath, "");

        Should.Throw<InputException>(() => RunStore.Create(StorePath, "exact")).Message.ShouldContain("exists already");
    }

    [Fact]
    public void Create_WhereNothingCanBeWritten_IsAFailureOfTheRun() =>
        Should.Throw<RunException>(() => RunStore.Create(_folder.In("none", "run.db"), "exact")).Message.ShouldContain("run.db");

    [Fact]
    public void Resume_NoStoreOrAnotherVersion_IsRefused()
    {
        Should.Throw<InputException>(() => RunStore.Resume(StorePath, 1, "exact")).Message.ShouldContain("missing");

        File.WriteAllText(StorePath, new string('x', 4096));
        Should.Throw<InputException>(() => RunStore.Resume(StorePath, 1, "exact")).Message.ShouldContain("not a run's store");

        File.WriteAllText(StorePath, "");
        Should.Throw<InputException>(() => RunStore.Resume(StorePath, 1, "exact")).Message.ShouldContain("version 0");

        Execute("PRAGMA user_version = 2");
        Should.Throw<InputException>(() => RunStore.Resume(StorePath, 1, "exact")).Message.ShouldEndWith(
            "version 2 of the store; this program reads version 7. Use the program that made it, or start a new run.");
    }

    [Theory]
    [InlineData("DELETE FROM metrics WHERE step = 2", 1)]
    [InlineData("DELETE FROM metrics WHERE step = 1 AND name = 'ledger.sampled'", 0)]
    [InlineData("DELETE FROM groups WHERE step = 3", 2)]
    [InlineData("DELETE FROM rollouts WHERE step = 3 AND sample = 1", 2)]
    [InlineData("UPDATE metrics SET value = NULL WHERE step = 1 AND name = 'ledger.sampled'", 0)]
    [InlineData("UPDATE metrics SET step = 9223372036854775807 WHERE step = 2", 1)]
    public void Resume_StepsBeforeTheCheckpointAreMissing_IsRefusedAndSaidWhich(string damage, int whole)
    {
        WriteThree();
        Execute(damage);

        RunStore.WholeSteps(StorePath).ShouldBe(whole);
        Should.Throw<InputException>(() => RunStore.Resume(StorePath, 3, "exact")).Message
            .ShouldContain($"training step {whole + 1} is missing or not whole; the checkpoint comes after step 3");
    }

    [Fact]
    public void Write_StepWithReplacedSamples_IsWhole()
    {
        using RunStore store = RunStore.Create(StorePath, "exact");
        Group[] groups = Step(), replaced = Step();
        foreach (Rollout rollout in replaced[0].Rollouts)
        {
            rollout.Disposition = Disposition.Replaced;
        }

        StepReport report = Report(1, groups) with { Ledger = Ledger.Of(groups, replaced[0].Rollouts) };
        store.Write(report, [.. groups, .. replaced]);

        RunStore.WholeSteps(StorePath).ShouldBe(1);
        Query("SELECT value FROM metrics WHERE name IN ('ledger.replaced', 'ledger.sampled') ORDER BY name").ShouldBe(["2", "4"]);
    }

    [Theory]
    [InlineData("UPDATE metrics SET value = 'x' WHERE name = 'evaluation.solveRate'")]
    [InlineData("UPDATE metrics SET value = NULL WHERE name = 'evaluation.solveRate'")]
    [InlineData("UPDATE metrics SET value = 1e300 WHERE name = 'evaluation.solveRateLow'")]
    [InlineData("UPDATE metrics SET value = -1 WHERE name = 'evaluation.solveRateHigh'")]
    [InlineData("UPDATE metrics SET step = -1 WHERE name = 'evaluation.solveRate'")]
    [InlineData("DELETE FROM metrics WHERE name = 'evaluation.solveRateHigh'")]
    public void SolveRates_ValuesOutOfRange_AreRefusedByTheFilesName(string damage)
    {
        WriteThree();
        Execute(damage);
        using RunStore store = RunStore.Resume(StorePath, 3, "exact");

        Should.Throw<InputException>(store.SolveRates).Message.ShouldContain(StorePath);
    }

    [Fact]
    public void Resume_DamagedPages_AreRefused()
    {
        WriteThree();
        using (FileStream file = new(StorePath, FileMode.Open))
        {
            file.Position = 4096 * 2;
            file.Write(new byte[4096 * 4]);
        }

        Should.Throw<InputException>(() => RunStore.Resume(StorePath, 3, "exact")).Message.ShouldContain("damaged");
    }

    [Fact]
    public void Resume_StoreThatTookTheLastStepAlone_IsCopiedBack()
    {
        WriteThree();
        string alone = _folder.In("alone.db");
        Group[] groups = Step();
        RunStore.WriteAlone(alone, Report(4, groups), groups, "exact");

        Directory.GetFiles(_folder.Path, "alone.db*").ShouldBe([alone]);
        RunStore.Resume(StorePath, 4, "exact", alone).Dispose();
        RunStore.Resume(StorePath, 4, "exact", alone).Dispose();

        RunStore.WholeSteps(StorePath).ShouldBe(4);
        Query("SELECT COUNT(*) FROM rollouts WHERE step = 4").ShouldBe(["2"]);
        Query("SELECT COUNT(*) FROM judgements WHERE step = 4").ShouldBe(["1"]);
    }

    [Fact]
    public void Resume_AnotherProgramLocksTheStore_IsAFailureAndNoStrangeFile()
    {
        WriteThree();
        Execute("PRAGMA journal_mode = DELETE");
        using SqliteConnection other = new($"Data Source={StorePath};Pooling=False");
        other.Open();
        using SqliteCommand command = other.CreateCommand();
        command.CommandText = "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE";
        command.ExecuteNonQuery();

        Should.Throw<RunException>(() => RunStore.Resume(StorePath, 3, "exact")).Message.ShouldContain("locked");
    }

    [Fact]
    public void Write_FileWasRemoved_IsAFailure()
    {
        using RunStore store = RunStore.Create(StorePath, "exact");
        WriteStep(store, 1);
        File.Delete(StorePath);

        Should.Throw<RunException>(() => WriteStep(store, 2)).Message.ShouldContain("gone");
    }

    internal static StepReport Report(int step, IReadOnlyList<Group> groups, double loss = 0.5) => new()
    {
        Step = step,
        Steps = 10,
        Ledger = Samples.Settle(groups),
        MeanReward = 0.25,
        LearningRate = 1e-4,
        Updates = [new UpdateReport(loss, 1, 0.1, 0.7, 6)],
        Times = new(TimeSpan.FromSeconds(2), TimeSpan.Zero, TimeSpan.FromSeconds(0.75), TimeSpan.Zero, TimeSpan.FromSeconds(3), TimeSpan.Zero),
        OfParts = [.. MethodCatalog.Find("sgpo").MeasureStep(groups)],
    };

    private static EvaluationResult Result(double rate) => new(4, 2, new(rate, 0, 1), new(0, 0, 1), null, 10, 0, 0);

    private static void WriteStep(RunStore store, int step, double loss = 0.5)
    {
        Group[] groups = Step();
        store.Write(Report(step, groups, loss), groups);
    }

    private static Group[] Step()
    {
        Rollout wrong = new(new Completion([1, 2, 3], [0, 0, 0], "'); DROP TABLE steps;--", [5, 10, 23], FinishReason.Length))
        {
            Verdict = new(Correctness.Incorrect, null, "wrong"),
            Judgement = StepJudgement.Error(3, 3, "carry", new JudgeCost(1, 20)) with { Progress = new(4, [2, 2], 3, 3) },
            Reward = 0.25,
            Rts = 0.5,
        };
        wrong.Advantages.AsSpan().Fill(-1);
        Rollout right = new(new Completion([1, 2, 3], [0, 0, 0], "1+1=2", [1, 2, 5], FinishReason.Stop))
        {
            Verdict = new(Correctness.Correct, "2", "right"),
            Steps = [new(0, 5, "1+1=2")],
            Reward = 1,
        };
        return [new Group(new Problem("p1", "1+1", "2"), [1, 2], [wrong, right]) { ReferenceSteps = 2, ByProgress = true }];
    }

    private void WriteThree()
    {
        using RunStore store = RunStore.Create(StorePath, "exact");
        store.Write(0, Result(0.1));
        for (int step = 1; step <= 3; step++)
        {
            WriteStep(store, step);
        }
    }

    private void Execute(string sql)
    {
        using SqliteConnection connection = new($"Data Source={StorePath};Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private List<string> Query(string sql)
    {
        using SqliteConnection connection = new($"Data Source={StorePath};Mode=ReadOnly;Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        using SqliteDataReader reader = command.ExecuteReader();
        List<string> rows = [];
        while (reader.Read())
        {
            rows.Add(string.Join('|', Enumerable.Range(0, reader.FieldCount).Select(i => reader.IsDBNull(i) ? "" : $"{reader.GetValue(i)}")));
        }

        return rows;
    }
}
