using System.Text.Json;
using Stepwise.Cli.Commands;
using Stepwise.Comparisons;
using Stepwise.Evaluation;

namespace Stepwise.Cli.Tests;

public sealed class CompareTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("stepwise-compare").FullName;

    public CompareTests()
    {
        Directory.CreateDirectory(In("model"));
        File.WriteAllText(In("base.yaml"), "policy: { model: model }\n");
        File.WriteAllText(
            In("three.yaml"), "base: base.yaml\nseeds: 2\nvariants: { a: {}, b: { method.beta: 5 }, c: { method.beta: 2 } }\n");
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task RunAsync_StartedAgain_RepeatsNothing()
    {
        List<string> executed = [];
        List<ComparisonOutcome> first = await RunAsync(Plan(), Recording(executed));
        List<ComparisonOutcome> second = await RunAsync(Plan(), Recording(executed));

        executed.ShouldBe(["a1", "b1", "c1", "a2", "b2", "c2"]);
        second.ShouldAllBe(o => o.Earlier);
        JsonSerializer.Serialize(second.Select(o => o.Result)).ShouldBe(JsonSerializer.Serialize(first.Select(o => o.Result)));
    }

    [Fact]
    public async Task RunAsync_MoreSeeds_AddsOnlyTheNewOnes()
    {
        List<string> executed = [];
        await RunAsync(Plan(seeds: 1), Recording([]));
        await RunAsync(Plan(seeds: 2), Recording(executed));

        executed.ShouldBe(["a2", "b2", "c2"]);
    }

    [Fact]
    public async Task RunAsync_SeveralAtATime_GivesTheSameResultsAndKeepsTheLimit()
    {
        int running = 0, most = 0;
        TaskCompletionSource twoAtOnce = new(TaskCreationOptions.RunContinuationsAsynchronously);
        List<ComparisonOutcome> parallel = await RunAsync(
            Plan(),
            async (run, token) =>
            {
                int now = Interlocked.Increment(ref running);
                most = Math.Max(most, now);
                if (now == 2)
                {
                    twoAtOnce.TrySetResult();
                }

                await twoAtOnce.Task.WaitAsync(token);
                Interlocked.Decrement(ref running);
                return Result(run);
            },
            parallel: 2);

        most.ShouldBe(2);
        parallel.Select(o => Name(o.Run)).Order(StringComparer.Ordinal).ShouldBe(["a1", "a2", "b1", "b2", "c1", "c2"]);
        Report(parallel).ShouldBe(Report(await RunAsync(Plan(), Recording([]), folder: "alone")));
    }

    [Fact]
    public async Task RunAsync_Interrupted_KeepsWhatIsFinished()
    {
        using CancellationTokenSource stop = new();
        List<string> executed = [];
        await Should.ThrowAsync<OperationCanceledException>(() => RunUntilAsync(
            Plan(),
            (run, token) =>
            {
                if (executed.Count == 2)
                {
                    stop.Cancel();
                }

                token.ThrowIfCancellationRequested();
                return Recording(executed)(run, token);
            },
            parallel: 1,
            "out",
            stop.Token));
        await RunAsync(Plan(), Recording(executed));

        executed.ShouldBe(["a1", "b1", "c1", "a2", "b2", "c2"]);
    }

    [Fact]
    public async Task RunAsync_ARunFails_TheOthersGoOnAndItIsTriedAgain()
    {
        List<string> executed = [];
        List<ComparisonOutcome> outcomes = await RunAsync(
            Plan(), (run, token) => Name(run) is "b1" ? throw new RunException("diverged") : Recording(executed)(run, token));
        await RunAsync(Plan(), Recording(executed));

        outcomes.Where(o => o.Result is null).Select(o => (Name(o.Run), o.Failure)).ShouldBe([("b1", "diverged")]);
        executed.ShouldBe(["a1", "c1", "a2", "b2", "c2", "b1"]);
    }

    [Fact]
    public async Task RunAsync_ARunFailsInAnyWay_TheOthersGoOn()
    {
        Dictionary<string, Exception> failures = new(StringComparer.Ordinal)
        {
            ["a1"] = new InputException("cannot be loaded"), ["b1"] = new NotSupportedException("not here"),
            ["c1"] = new OperationCanceledException("of something else"), ["a2"] = new InvalidOperationException("\u001b[31m" + new string('x', 9000)),
        };
        List<string> executed = [];

        List<ComparisonOutcome> outcomes = await RunAsync(
            Plan(), (run, token) => failures.TryGetValue(Name(run), out Exception? error) ? throw error : Recording(executed)(run, token));

        executed.ShouldBe(["b2", "c2"]);
        outcomes.Where(o => o.Result is null).Select(o => Name(o.Run)).ShouldBe(["a1", "b1", "c1", "a2"]);
        outcomes[0].Failure.ShouldBe("cannot be loaded");
        outcomes[1].Failure.ShouldBe("not here (NotSupportedException)");
        outcomes[3].Failure!.Length.ShouldBeLessThan(600);
        outcomes[3].Failure!.ShouldNotContain("\u001b");
    }

    [Fact]
    public async Task RunAsync_AResultCannotBeKept_TheOthersGoOn()
    {
        List<string> executed = [];
        List<ComparisonOutcome> outcomes = await RunAsync(Plan(seeds: 1), (run, token) =>
        {
            if (Name(run) is "b1")
            {
                Directory.CreateDirectory(In("out/runs/b-seed1.json"));
            }

            return Recording(executed)(run, token);
        });

        executed.ShouldBe(["a1", "b1", "c1"]);
        outcomes.Where(o => o.Result is null).ShouldHaveSingleItem().Failure!.ShouldContain("b-seed1.json: cannot be written");
    }

    [Fact]
    public async Task RunAsync_ResultsOfOtherSettings_AreRefusedBeforeAnythingStarts()
    {
        await RunAsync(Plan(seeds: 1), Recording([]));
        List<string> executed = [];

        InputException error = await Should.ThrowAsync<InputException>(() =>
            RunAsync(Plan(overrides: "training.learningRate=0.5"), Recording(executed)));

        error.Message.ShouldContain("a-seed1.json: the result of other settings");
        executed.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("{\"digest\":\"x\"}")]
    [InlineData("{\"digest\":\"x\",\"run\":{\"variant\":\"a\",\"seed\":1,\"seconds\":1,\"evaluations\":null}}")]
    public async Task RunAsync_UnsoundResult_NamesTheFile(string json)
    {
        await RunAsync(Plan(seeds: 1), Recording([]));
        await File.WriteAllTextAsync(In("out/runs/a-seed1.json"), json, TestContext.Current.CancellationToken);

        InputException error = await Should.ThrowAsync<InputException>(() => RunAsync(Plan(seeds: 1), Recording([])));
        error.Message.ShouldContain("a-seed1.json: ");
    }

    [Fact]
    public void Open_FolderWithOtherFiles_IsRefused() =>
        Should.Throw<InputException>(() => CompareFolder.Open(_folder, "three", DateTimeOffset.UnixEpoch))
            .Message.ShouldContain("nothing is ever overwritten");

    [Fact]
    public async Task ToMarkdown_AllRuns_HasRatesSpreadDifferenceAndStepsToHalf()
    {
        string text = Report(await RunAsync(Plan(), Recording([])));
        string cells = string.Join(' ', text.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        // Fake rates after 20 steps: a 15 and 25 %, b 45 and 75 %: differences 30 and 50, s 10√2, t₁ = 12.706.
        cells.ShouldContain("| a | 2 | 0.0 (0.0 – 0.0, s 0.0) | 10.0 (7.5 – 12.5, s 3.5) | 20.0 (15.0 – 25.0, s 7.1) |");
        cells.ShouldContain("| b | 2 | 0.0 (0.0 – 0.0, s 0.0) | 30.0 (22.5 – 37.5, s 10.6) | 60.0 (45.0 – 75.0, s 21.2) |");
        cells.ShouldContain("| +40.0 (-87.1 to +167.1) |");
        cells.ShouldContain("| b | – | 20, 2,000 tokens |");
        text.ShouldContain("method.beta 5");
    }

    [Fact]
    public async Task Report_RunsThatTokensEnd_IsByTokensAndDrawsTheHighestTen()
    {
        string[] names = [.. Enumerable.Range(0, 12).Select(i => i == 11 ? "b" : $"v{i}")];
        await File.WriteAllTextAsync(
            In("tokens.yaml"), "base: base.yaml\nseeds: 1\nset: { training.sampledTokens: 2000 }\nvariants:\n"
                + string.Concat(names.Select((name, i) => $"  {name}: {{ method.name: sgpo, method.beta: {i + 1} }}\n")),
            TestContext.Current.CancellationToken);
        ComparisonPlan plan = ComparisonPlan.Of([In("tokens.yaml")], [], seeds: null);
        CompareReport report = new(plan, [.. (await RunAsync(plan, Recording([]))).Select(o => o.Result!)]);

        plan.Tokens.ShouldBe(2_000);
        string text = string.Join(' ', report.ToMarkdown().Split(' ', StringSplitOptions.RemoveEmptyEntries));
        text.ShouldContain("Until 2,000 tokens are sampled, at most 100 training steps");
        text.ShouldContain("| variant | seeds | 400 | 800 | 1,200 | 1,600 | 2,000 |");

        // Seed 1 of b reaches 45 % after 2,000 tokens on a line through 0; of the others 15 %.
        text.ShouldContain("| b | 1 | 9.0 (9.0 – 9.0, s –) | 18.0 (18.0 – 18.0, s –) |");
        JsonElement figures = JsonSerializer.SerializeToElement(report.ToFigures());
        JsonElement last = figures.GetProperty("points").EnumerateArray().Last();
        (last.GetProperty("tokens").GetInt64(), last.GetProperty("step").ValueKind).ShouldBe((2_000, JsonValueKind.Null));
        string chart = report.ToChart().ToSvg();
        chart.ShouldContain("v0 and the 9 of 12 that end highest");
        chart.Split("<polygon").Length.ShouldBe(1 + 10);
        chart.ShouldContain(">b<");
    }

    [Fact]
    public async Task Write_AllRuns_LeavesJsonWithRawEvaluationsAndAChart()
    {
        List<ComparisonOutcome> outcomes = await RunAsync(Plan(), Recording([]));
        CompareFolder folder = CompareFolder.Open(In("out"), "three", DateTimeOffset.UnixEpoch);
        folder.Write(new CompareReport(Plan(), [.. outcomes.Select(o => o.Result!)]));

        CancellationToken token = TestContext.Current.CancellationToken;
        JsonElement json = JsonDocument.Parse(await File.ReadAllTextAsync(folder.In("comparison.json"), token)).RootElement;
        JsonElement runs = json.GetProperty("runs"), last = runs[1].GetProperty("evaluations")[2].GetProperty("result");
        runs.GetArrayLength().ShouldBe(6);
        last.GetProperty("solveRate").GetProperty("estimate").GetDouble().ShouldBe(0.45);
        JsonElement half = json.GetProperty("comparison").GetProperty("toHalf")[1].GetProperty("at");
        half[0].ValueKind.ShouldBe(JsonValueKind.Null);
        (half[1].GetProperty("step").GetInt32(), half[1].GetProperty("tokens").GetInt64()).ShouldBe((20, 2_000));
        (await File.ReadAllTextAsync(folder.In("comparison.svg"), token)).Split("<polygon").Length.ShouldBe(1 + 3);
        Directory.GetFiles(In("out"), "*.partial", SearchOption.AllDirectories).ShouldBeEmpty();
    }

    private static string Name(PlannedRun run) => $"{run.Variant}{run.Recipe.Seed}";

    private static Func<PlannedRun, CancellationToken, Task<ComparedRun>> Recording(List<string> executed) => (run, _) =>
    {
        executed.Add(Name(run));
        return Task.FromResult(Result(run));
    };

    /// <summary>Solve rates that grow by a tenth of 0.5 + seed in every evaluation, three times as fast for b.</summary>
    private static ComparedRun Result(PlannedRun run)
    {
        double slope = (0.5 + run.Recipe.Seed) * (run.Variant is "b" ? 3 : 1) / 20;
        return new(
            run.Variant, run.Recipe.Seed, 1, [.. Enumerable.Range(0, 3).Select(i => new ComparedEvaluation(10 * i, 1_000 * i, Evaluation(slope * i)))]);
    }

    private static EvaluationResult Evaluation(double rate) =>
        new(
            8, 4, new(Math.Round(rate, 6), 0, 1), new(rate, 0, 1), AllNegativeShare: null, MeanCompletionTokens: 10, TruncatedShare: 0,
            UndecidedShare: 0);

    private ComparisonPlan Plan(int? seeds = null, params string[] overrides) =>
        ComparisonPlan.Of([In("three.yaml")], overrides, seeds);

    private string Report(List<ComparisonOutcome> outcomes) =>
        new CompareReport(Plan(), [.. outcomes.Select(o => o.Result!)]).ToMarkdown();

    private Task<List<ComparisonOutcome>> RunAsync(
        ComparisonPlan plan, Func<PlannedRun, CancellationToken, Task<ComparedRun>> execute, int parallel = 1,
        string folder = "out") =>
        RunUntilAsync(plan, execute, parallel, folder, TestContext.Current.CancellationToken);

    private async Task<List<ComparisonOutcome>> RunUntilAsync(
        ComparisonPlan plan, Func<PlannedRun, CancellationToken, Task<ComparedRun>> execute, int parallel, string folder,
        CancellationToken stop)
    {
        List<ComparisonOutcome> outcomes = [];
        CompareRunner runner = new(CompareFolder.Open(In(folder), plan.Name, DateTimeOffset.UnixEpoch), parallel, execute);
        await runner.RunAsync([.. plan.Runs()], outcomes.Add, stop);
        return outcomes;
    }

    private string In(string file) => Path.Combine(_folder, file);
}
