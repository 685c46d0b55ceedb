using Microsoft.Data.Sqlite;
using Stepwise.Comparisons;
using Stepwise.Evaluation;
using Stepwise.Recipes;
using Stepwise.Runs;
using Stepwise.Tests.Runs;

namespace Stepwise.Tests.Comparisons;

public sealed class StoredEvaluationsTests : IDisposable
{
    private static readonly EvaluationResult Unknown = new(4, 2, new(0.5, 0.25, 0.75), new(0.25, 0.05, 0.6), null, 10.5, 0.125, 0) { FailedShare = 0.25 };

    private readonly TemporaryFolder _folder = new();
    private readonly RunFolder _run;

    public StoredEvaluationsTests()
    {
        _run = RunFolder.Create(_folder.In("run"), new Recipe(), DateTimeOffset.UnixEpoch);
        using RunStore store = RunStore.Create(_run.StorePath, "exact");
        store.Write(0, Unknown);
        store.Write(20, Unknown with { AllNegativeShare = 0 });
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Read_WhatWasWritten_IsTheSame()
    {
        StoredEvaluations.Read(_run).ShouldBe([new(0, 0, Unknown), new(20, 0, Unknown with { AllNegativeShare = 0 })], new Alike());
    }

    [Theory]
    [InlineData("PRAGMA user_version = 2", "version 2 of the store; this program reads version 7. Use the program that made it")]
    [InlineData("DELETE FROM metrics WHERE name = 'evaluation.solveRateLow' AND step = 20", "the one after step 20 has no evaluation.solveRateLow")]
    [InlineData("UPDATE metrics SET value = 1.5 WHERE name = 'evaluation.truncatedShare'", "the one after step 0 has a evaluation.truncatedShare of 1.5")]
    [InlineData("UPDATE metrics SET value = 0 WHERE name = 'evaluation.samples'", "one after step 0 has 4 problems and 0 samples")]
    [InlineData("UPDATE metrics SET value = 'x' WHERE name = 'evaluation.solveRate'", "its evaluations cannot be read")]
    [InlineData("UPDATE metrics SET step = -1 WHERE step = 0", "one after step -1")]
    [InlineData("DROP TABLE metrics", "its evaluations cannot be read")]
    public void Read_DamagedStore_IsRefusedByTheFilesName(string damage, string message)
    {
        Execute(damage);

        string error = Should.Throw<InputException>(() => StoredEvaluations.Read(_run)).Message;
        error.ShouldStartWith(_run.StorePath);
        error.ShouldContain(message);
    }

    [Fact]
    public void Read_SampledTokens_AreThoseUpToTheEvaluation()
    {
        Execute("INSERT INTO metrics (step, name, value) VALUES (1, 'ledger.sampledTokens', 100), (20, 'ledger.sampledTokens', 30), (21, 'ledger.sampledTokens', 7)");

        StoredEvaluations.Read(_run).Select(e => (e.Step, e.Tokens)).ShouldBe([(0, 0), (20, 130)]);
    }

    private void Execute(string sql)
    {
        using SqliteConnection connection = new($"Data Source={_run.StorePath};Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>Equal but for pass@k, of which a store keeps none.</summary>
    private sealed class Alike : IEqualityComparer<ComparedEvaluation>
    {
        public bool Equals(ComparedEvaluation? x, ComparedEvaluation? y) =>
            x!.Step == y!.Step && x.Tokens == y.Tokens && x.Result with { PassAtK = [] } == y.Result with { PassAtK = [] };

        public int GetHashCode(ComparedEvaluation obj) => obj.Step;
    }
}
