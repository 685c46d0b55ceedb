using System.Text.Json;
using Stepwise.Recipes;
using Stepwise.Runs;

namespace Stepwise.Tests.Runs;

public sealed class RunFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Create_ThenOpen_HoldsTheResolvedRecipe()
    {
        Recipe recipe = Recipe.Parse("seed: 9", _folder.In("my.yaml"), ["policy.model=" + _folder.Path]);
        RunFolder run = RunFolder.Create(_folder.In("deep", "run"), recipe, DateTimeOffset.UnixEpoch);

        RunFolder.Open(run.Path).Path.ShouldBe(run.Path);
        File.ReadAllText(run.RecipePath).ShouldBe(recipe.ToYaml());
        Recipe.Load(run.RecipePath).Digest.ShouldBe(recipe.Digest);
    }

    [Fact]
    public void Create_FolderOrFileExists_IsRefusedAndLeftAlone()
    {
        Should.Throw<InputException>(() => RunFolder.Create(_folder.Path, new Recipe(), DateTimeOffset.UnixEpoch)).Message.ShouldContain("--out");
        Directory.GetFileSystemEntries(_folder.Path).ShouldBeEmpty();

        File.WriteAllText(_folder.In("file"), "");
        Should.Throw<InputException>(() => RunFolder.Create(_folder.In("file"), new Recipe(), DateTimeOffset.UnixEpoch)).Message.ShouldContain("exists");
        Should.Throw<InputException>(() => RunFolder.Create(_folder.In("file", "run"), new Recipe(), DateTimeOffset.UnixEpoch)).Message.ShouldContain("could not be made");
    }

    [Fact]
    public void DefaultPath_IsNamedByTimeAndRecipe() =>
        RunFolder.DefaultPath(new Recipe { Name = "quickstart" }, new(2025, 5, 16, 7, 8, 9, TimeSpan.FromHours(2)))
            .ShouldBe(Path.Combine("runs", "20250516-070809-quickstart"));

    [Fact]
    public void Create_DefaultFoldersOfOneSecond_AreDifferentRuns()
    {
        string name = $"same-{Guid.NewGuid():N}";
        string[] paths = [.. Enumerable.Range(0, 3).Select(_ => RunFolder.Create(null, new Recipe { Name = name }, DateTimeOffset.UnixEpoch).Path)];
        try
        {
            paths.Select(path => Path.GetFileName(path)).ShouldBe(
                [$"19700101-000000-{name}", $"19700101-000000-{name}-2", $"19700101-000000-{name}-3"]);
            paths.ShouldAllBe(path => File.Exists(Path.Combine(path, "recipe.yaml")));
        }
        finally
        {
            Array.ForEach(paths, path => Directory.Delete(path, recursive: true));
        }
    }

    [Fact]
    public async Task Create_SameFolderAtOnce_IsMadeByOne()
    {
        Task<bool>[] makers = [.. Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
        {
            try
            {
                RunFolder.Create(_folder.In("run"), new Recipe(), DateTimeOffset.UnixEpoch);
                return true;
            }
            catch (InputException error) when (error.Message.Contains("exists already", StringComparison.Ordinal))
            {
                return false;
            }
        }))];

        (await Task.WhenAll(makers)).Count(made => made).ShouldBe(1);
    }

    [Fact]
    public void RequireFree_RunIsHeld_NamesTheHolderAndIsFreeAfterwards()
    {
        RunFolder run = RunFolder.Create(_folder.In("run"), new Recipe(), DateTimeOffset.UnixEpoch);
        using (RunLock.Take(run.Path))
        {
            foreach (Action second in new Action[] { run.RequireFree, () => RunLock.Take(run.Path), () => RunFolder.Create(run.Path, new Recipe(), DateTimeOffset.UnixEpoch) })
            {
                InputException error = Should.Throw<InputException>(second);
                error.Message.ShouldContain($"in use by process {Environment.ProcessId} on {Environment.MachineName} since ");
                error.Message.ShouldNotContain("space");
            }
        }

        run.RequireFree();
        RunLock.Take(run.Path).Dispose();
    }

    [Fact]
    public void Open_NoRun_IsRefused() =>
        Should.Throw<InputException>(() => RunFolder.Open(_folder.Path)).Message.ShouldContain("no recipe.yaml");

    [Fact]
    public void WriteReport_ThreeFiles_AgreeOnTheNumbers()
    {
        RunFolder run = RunFolder.Create(_folder.In("run"), new Recipe { Policy = new() { Model = _folder.Path } }, DateTimeOffset.UnixEpoch);
        new RunReport
        {
            Recipe = "quickstart",
            Method = "sgpo",
            Seed = 1,
            Steps = 100,
            Seconds = 120.25,
            TokensPerSecond = 9000,
            Run = run.Path,
            Judge = new("exact", Asked: 448, Placed: 440, Calls: 3, Tokens: 1234, Seconds: 0.5),
            EvaluationSampling = new() { Temperature = 0.6, TopP = 0.95, MaxNewTokens = 128, StopStrings = ["Q:"] },
            EvaluationSamples = 4,
            SolveRates = [(0, new(0.004, 0.001, 0.01)), (100, new(0.63, 0.6, 0.66))],
        }.Write(run);

        JsonElement json = JsonDocument.Parse(File.ReadAllText(run.In("report.json"))).RootElement;
        json.GetProperty("solveRateBefore").GetDouble().ShouldBe(0.004);
        json.GetProperty("solveRateAfter").GetDouble().ShouldBe(0.63);
        json.GetProperty("solveRateInterval").EnumerateArray().Select(e => e.GetDouble()).ShouldBe([0.6, 0.66]);
        json.GetProperty("steps").GetInt32().ShouldBe(100);
        json.GetProperty("judge").EnumerateObject().Select(p => p.Name).ShouldBe(["name", "asked", "placed", "calls", "tokens", "seconds"]);
        json.GetProperty("judge").GetProperty("placed").GetInt64().ShouldBe(440);
        File.ReadAllText(run.In("report.md")).ShouldContain(
            "The judge (exact) was asked about 448 responses and placed 440:\n3 calls of a model, 1234 tokens, 0.5 s.");
        json.GetProperty("evaluationSampling").GetProperty("topP").GetDouble().ShouldBe(0.95);
        json.GetProperty("evaluationSampling").GetProperty("stopStrings")[0].GetString().ShouldBe("Q:");
        File.ReadAllText(run.In("report.md")).ShouldContain(
            "Evaluated by 4 samples of each held-out problem: temperature 0.6, top-p 0.95, at most 128 tokens, stopped by \"Q:\".");
        json.GetProperty("run").GetString().ShouldBe(run.Path);
        File.ReadAllText(run.In("report.md")).ShouldContain("| 100 | 63.0 % | 60.0 – 66.0 % |");
        File.ReadAllText(run.In("curve.svg")).ShouldStartWith("<svg");
    }
}
