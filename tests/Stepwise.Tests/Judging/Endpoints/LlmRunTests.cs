using Microsoft.Data.Sqlite;
using Stepwise.Judging.Endpoints;
using Stepwise.Judging.Models;
using Stepwise.Judging.Paid;
using Stepwise.Methods;
using Stepwise.Policies;
using Stepwise.Problems;
using Stepwise.Recipes;
using Stepwise.Runs;
using Stepwise.Tasks;
using Stepwise.Tests.Judging.Models;
using Stepwise.Tests.Runs;
using Stepwise.Tests.Training;

namespace Stepwise.Tests.Judging.Endpoints;

/// <summary>Whole runs that ask a server.</summary>
public sealed class LlmRunTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Execute_JudgementsFromTheCache_TheRunIsTheSameButForWhatItPaid()
    {
        bool works = true;
        using FaultServer server = new(request => works ? ServerAnswer.Of(Answer(request)) : new(402, "pay"));
        Recipe recipe = Recipe(server, o => o with { Cache = _folder.In("judge.db") });

        RunResult first = await RunAsync(recipe, "first");
        works = false;
        int asked = server.Requests.Count;
        RunResult second = await RunAsync(recipe, "second");

        server.Requests.Count.ShouldBe(asked);
        (first.Judge!.Asked, first.Judge.Placed, first.Judge.Calls, first.Judge.Tokens).ShouldBe((6, 6, 3, 330));
        (second.Judge!.Asked, second.Judge.Placed, second.Judge.Calls, second.Judge.Tokens).ShouldBe((6, 6, 0, 0));
        first.Judge.Spending.ShouldBe(new JudgeSpending(3, 300, 30, 0, Kept: 3));
        second.Judge.Spending.ShouldBe(new JudgeSpending(3, 300, 30, 0, Kept: 6));
        string[] rows = Rows("first");
        rows.Length.ShouldBe(2 + 6 + 6);
        Rows("second").ShouldBe(rows);
        (await File.ReadAllTextAsync(Path.Combine(_folder.In("first"), "report.md"), TestContext.Current.CancellationToken))
            .ShouldContain("3 calls paid, 300 tokens in, 30 out, 0 in money, 3 answers from the cache, 0 retries, 0 failures");
    }

    [Fact]
    public async Task Execute_TheServerRefusesOrTheBudgetIsSpent_TheRunGoesOnWithoutJudgements()
    {
        using FaultServer server = new(_ => new(402, "pay"));

        RunResult refused = await RunAsync(Recipe(server, o => o), "refused");
        RunResult spent = await RunAsync(Recipe(server, o => o with { Budget = new JudgeBudget { Calls = 0 } }), "spent");

        (refused.Judge!.Asked, refused.Judge.Placed, refused.Judge.Spending!.Failures).ShouldBe((6, 0, 6));
        (spent.Judge!.Asked, spent.Judge.Placed, spent.Judge.Spending!.Failures).ShouldBe((6, 0, 0));
        Rows("spent").ShouldContain(row => row.Contains("the judge's budget is spent: judge.budget.calls 0", StringComparison.Ordinal));
        Rows("refused").ShouldContain(row => row.Contains("402, \"pay\"", StringComparison.Ordinal));
    }

    private static string Answer(ServerRequest request)
    {
        string item = Scripted.ItemOf(new ChatRequest("", request.User, 1));
        int last = request.User.Contains("\n2| ", StringComparison.Ordinal) ? 2 : 1;
        return Scripted.Labels(last, "", [.. Enumerable.Repeat("i", last - 1), "w"]).Replace("ITEM", item, StringComparison.Ordinal)
            .Replace("\"quote\": \"\"", "\"quote\": \"0\"", StringComparison.Ordinal);
    }

    private static Recipe Recipe(FaultServer server, Func<LlmJudgeOptions, LlmJudgeOptions> change) => new()
    {
        Task = new OwnTaskOptions(),
        Judge = change(new LlmJudgeOptions { Endpoint = server.Address.ToString(), Model = "m", KeyFrom = "none", Sees = ReferenceView.Nothing }),
        Method = MethodCatalog.Find("sgpo"),
        Training = new() { Steps = 2, PromptsPerStep = 1, GroupSize = 3 },
        Evaluation = new() { Samples = 1 },
    };

    /// <summary>Three wrong answers of one and two lines, the same in both steps.</summary>
    private Task<RunResult> RunAsync(Recipe recipe, string name)
    {
        Completion[] group = [.. new[] { "0", "x\n0", "y 0" }.Select(text => new Completion([1], [0], text, [text.Length], FinishReason.Stop))];
        Problem[] one = [new("a", "a", "1")];
        RunFolder run = RunFolder.Create(_folder.In(name), recipe, DateTimeOffset.UnixEpoch);
        return new TrainingRun(recipe, new(new DigitTask(), one, one), new ScriptedPolicy(group)) { Folder = run }
            .ExecuteAsync(cancellationToken: TestContext.Current.CancellationToken);
    }

    /// <summary>Groups, rollouts and judgements as the store has them, but for what judgements cost.</summary>
    private string[] Rows(string run)
    {
        using SqliteConnection store = new($"Data Source={Path.Combine(_folder.In(run), "run.db")};Pooling=False;Mode=ReadOnly");
        store.Open();
        List<string> rows = [];
        foreach (string table in new[] { "groups", "rollouts", "judgements" })
        {
            using SqliteCommand select = store.CreateCommand();
            select.CommandText = $"SELECT * FROM {table} ORDER BY step, group_index";
            using SqliteDataReader row = select.ExecuteReader();
            while (row.Read())
            {
                rows.Add(string.Join('|', Enumerable.Range(0, row.FieldCount).Where(c => row.GetName(c) is not ("calls" or "cost_tokens"))
                    .Select(c => $"{row.GetName(c)}={row.GetValue(c)}")));
            }
        }

        return [.. rows];
    }
}
