using System.Text.Json;
using Stepwise.Cli.Commands;
using Stepwise.Comparisons;
using Stepwise.Evaluation;
using Stepwise.Rollouts;
using Stepwise.Runs;
using Stepwise.Training;

namespace Stepwise.Cli.Tests.Commands;

public sealed class CompareCommandTests(TinyPolicy tiny)
{
    private const string Two = "variants: { grpo: { method.name: grpo }, sgpo: { method.name: sgpo } }\n";

    [Fact]
    public async Task Compare_TwoVariants_KeepsEveryRunAsTrainWouldAndWithTheSameNumbers()
    {
        string folder = tiny.Fresh(), alone = tiny.Fresh();
        Output compared = await Program.RunAsync("compare", Comparison(Two), "--seeds", "2", "--out", folder, "--parallel", "2", "--json");
        Output trained = await Program.RunAsync("train", tiny.Recipe, "--set", "method.name=grpo", "--seed", "2", "--out", alone, "--threads", "1");

        (compared.Code, trained.Code).ShouldBe((0, 0), compared.Error + trained.Error);
        string run = Path.Combine(folder, "runs", "grpo-seed2"), policy = Path.Combine("checkpoints", "step-000004", "policy", "model.safetensors");
        File.ReadAllBytes(Path.Combine(run, policy)).AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(alone, policy))).ShouldBeTrue();
        File.ReadAllText(Path.Combine(run, "recipe.yaml")).ShouldBe(File.ReadAllText(Path.Combine(alone, "recipe.yaml")));
        Rates(run).ShouldBe(Rates(alone));
        Directory.GetFiles(Path.Combine(folder, "runs")).Length.ShouldBe(4);
        Directory.GetFiles(run, "run.db*").ShouldHaveSingleItem();
        File.Exists(Path.Combine(run, "report.md")).ShouldBeTrue();
        (await Program.RunAsync("generate", "--model", run, "--prompt", "1+2+3\n", "--max-tokens", "4")).Code.ShouldBe(0);
    }

    [Fact]
    public async Task Compare_Stopped_GoesOnInTheRunsWhereTheyWere()
    {
        string whole = tiny.Fresh(), stopped = tiny.Fresh(), comparison = Comparison(Two);
        (await Program.RunAsync("compare", comparison, "--seeds", "1", "--out", whole)).Code.ShouldBe(0);
        CompareFolder folder = CompareFolder.Open(stopped, "two", DateTimeOffset.UnixEpoch);
        using CancellationTokenSource stop = new();
        PlannedRun first = ComparisonPlan.Of([comparison], [], seeds: 1).Runs().First();
        await Should.ThrowAsync<OperationCanceledException>(() =>
            new ComparedTraining(folder, threads: 1, new Stopper(stop, step: 3)).ExecuteAsync(first, stop.Token));
        Directory.CreateDirectory(Path.Combine(stopped, "runs", "sgpo-seed1"));

        Output again = await Program.RunAsync("compare", comparison, "--seeds", "1", "--out", stopped);

        again.Code.ShouldBe(0, again.Error);
        Directory.GetDirectories(Path.Combine(stopped, "runs", "grpo-seed1", "checkpoints")).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)
            .ShouldBe(["step-000003", "step-000004"]);
        File.ReadAllText(Path.Combine(stopped, "comparison.md")).ShouldBe(File.ReadAllText(Path.Combine(whole, "comparison.md")));
        foreach (string run in new[] { "grpo-seed1", "sgpo-seed1" })
        {
            string policy = Path.Combine("runs", run, "checkpoints", "step-000004", "policy", "model.safetensors");
            File.ReadAllBytes(Path.Combine(stopped, policy)).AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(whole, policy))).ShouldBeTrue(run);
        }
    }

    /// <summary>A program that reads lines until the last one reads all.</summary>
    [Fact]
    public async Task Noise_Json_EndsWithTheComparison()
    {
        string folder = tiny.Fresh();

        Output output = await Program.RunAsync("judge", "noise", tiny.Recipe, "--errors", "50", "--seeds", "1", "--out", folder, "--json");

        output.Code.ShouldBe(0, output.Error);
        string[] events = [.. output.Json.Select(line => line.GetProperty("event").GetString()!)];
        events.Count(name => string.Equals(name, "run", StringComparison.Ordinal)).ShouldBe(5);
        events[^5..].ShouldBe(["noise", "noise", "noise", "noise", "end"]);
        output.Json[^5].GetProperty("line").GetString().ShouldBe("sigmoid");
        File.Exists(Path.Combine(folder, "noise.svg")).ShouldBeTrue();
    }

    [Fact]
    public async Task Compare_AVariantCannotBeLoaded_TheOthersAreFinishedAndTheExitCodeTells()
    {
        const string Rounded = "rounded: { lora.rank: 2, lora.frozen: bfloat16 }"; // Of fp32 weights that bfloat16 has no number for.
        string folder = tiny.Fresh();

        Output compared = await Program.RunAsync(
            "compare", Comparison($"variants: {{ {Rounded}, whole: {{}}, grpo: {{ method.name: grpo }} }}\n"), "--seeds", "1", "--out", folder);
        Output again = await Program.RunAsync(
            "compare", Comparison($"variants: {{ {Rounded}, whole: {{}} }}\n"), "--seeds", "1", "--out", tiny.Fresh(), "--json");

        again.Json.Single(line => line.GetProperty("event").GetString() is "failure").GetProperty("variant").GetString().ShouldBe("rounded");
        compared.Code.ShouldBe(1);
        compared.Error.ShouldContain("rounded, seed 1 failed: ");
        compared.Error.ShouldContain("1 of 3 runs failed");
        compared.Text.ShouldContain("| whole");
        Directory.GetFiles(Path.Combine(folder, "runs")).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)
            .ShouldBe(["grpo-seed1.json", "whole-seed1.json"]);
    }

    [Fact]
    public async Task Compare_NoVariantCanBeLoaded_ExitsWith2AndLeavesNoFolder()
    {
        string folder = tiny.Fresh();

        Output compared = await Program.RunAsync("compare", Comparison(Two), "--out", folder, "--set", $"policy.model={tiny.Untaught}");

        compared.Code.ShouldBe(2);
        Path.Exists(folder).ShouldBeFalse();
    }

    [Fact]
    public async Task Compare_FinishedRuns_AreTakenAsTheyAre()
    {
        string[] runs = [.. Enumerable.Range(0, 3).Select(_ => tiny.Fresh())];
        string folder = tiny.Fresh();
        string[][] settings = [["--seed", "1"], ["--seed", "2"], ["--seed", "1", "--set", "method.name=grpo"]];
        for (int i = 0; i < runs.Length; i++)
        {
            (await Program.RunAsync(["train", tiny.Recipe, "--out", runs[i], .. settings[i]])).Code.ShouldBe(0);
        }

        Output compared = await Program.RunAsync(["compare", .. runs, "--out", folder, "--json"]);
        Output beside = await Program.RunAsync(["compare", runs[0], Comparison(Two), "--seeds", "1", "--out", tiny.Fresh(), "--json"]);
        Output alike = await Program.RunAsync(["compare", runs[0], runs[2], "--seeds", "3"]);
        Output text = await Program.RunAsync(["compare", .. runs, "--out", tiny.Fresh()]);

        text.Code.ShouldBe(0, text.Error);
        text.Text.ShouldContain("Finished runs, as they are: ");
        compared.Code.ShouldBe(0, compared.Error);
        JsonElement end = compared.Json.ShouldHaveSingleItem().GetProperty("comparison");
        end.GetProperty("seeds").GetInt32().ShouldBe(2);
        JsonElement[] points = [.. end.GetProperty("points").EnumerateArray().Where(p => p.GetProperty("step").GetInt32() == 4)];
        points.Select(p => (p.GetProperty("variant").GetString(), p.GetProperty("runs").GetInt32()))
            .ShouldBe([(Path.GetFileName(runs[0]), 2), (Path.GetFileName(runs[2]), 1)]);
        points[1].GetProperty("mean").GetDouble().ShouldBe(Rates(runs[2])[^1]);
        beside.Code.ShouldBe(0, beside.Error);
        beside.Json[^1].GetProperty("comparison").GetProperty("variants").GetArrayLength().ShouldBe(3);
        alike.Code.ShouldBe(2);
        alike.Error.ShouldContain("--set and --seeds are for what is run");
        Directory.GetFiles(runs[0]).ShouldNotContain(f => f.EndsWith("-wal", StringComparison.Ordinal) || f.EndsWith("-shm", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Compare_WhileAnotherIsAtTheFolder_IsRefused()
    {
        string path = tiny.Fresh();
        CompareFolder folder = CompareFolder.Open(path, "two", DateTimeOffset.UnixEpoch);
        using (folder.Hold())
        {
            Output compared = await Program.RunAsync("compare", Comparison(Two), "--seeds", "1", "--out", path);

            compared.Code.ShouldBe(2);
            compared.Error.ShouldContain("Another comparison may be at it");
        }

        Directory.GetFiles(path).ShouldBeEmpty();
    }

    [Fact]
    public async Task Compare_RunsEvaluatedOtherwise_AreRefused()
    {
        string[] runs = [tiny.Fresh(), tiny.Fresh()];
        (await Program.RunAsync("train", tiny.Recipe, "--out", runs[0], "--set", "training.steps=1")).Code.ShouldBe(0);
        (await Program.RunAsync("train", tiny.Recipe, "--out", runs[1], "--set", "training.steps=1", "--set", "evaluation.samples=3")).Code.ShouldBe(0);

        Output compared = await Program.RunAsync("compare", runs[0], runs[1], "--out", tiny.Fresh());
        Output twice = await Program.RunAsync("compare", runs[0], runs[0], "--out", tiny.Fresh());

        compared.Code.ShouldBe(2);
        compared.Error.ShouldContain("evaluation.samples 3");
        twice.Code.ShouldBe(2);
        twice.Error.ShouldContain("the same settings and seed 1");
    }

    [Fact]
    public async Task Compare_AVariantAsksWhatThePolicyCannotRead_IsRefusedBeforeTheStart()
    {
        string folder = tiny.Fresh();

        Output compared = await Program.RunAsync(
            "compare", Comparison("variants: { grpo: { method.name: grpo }, hints: { method.name: scaf-grpo } }\n"), "--out", folder);

        compared.Code.ShouldBe(2);
        compared.Error.ShouldContain("Variant hints: method.hintPrompt has characters for which the policy's tokenizer has no token");
        Path.Exists(folder).ShouldBeFalse();
    }

    [Fact]
    public async Task Compare_ASecondVariantThatDoesNotFit_IsRefusedBeforeTheStart()
    {
        string folder = tiny.Fresh();

        // Of the second, every sample of a step runs forward and backward at once.
        Output compared = await Program.RunAsync(
            "compare", Comparison("variants: { small: { training.microBatchTokens: 1 }, large: { training.microBatchTokens: 1000000000 } }\n"), "--out", folder,
            "--set", "training.groupSize=4096", "--set", "training.promptsPerStep=65536");

        compared.Code.ShouldBe(2);
        compared.Error.ShouldContain("Variant large: The run may need");
        Path.Exists(folder).ShouldBeFalse();
    }

    [Fact]
    public async Task Compare_MoreAtATimeThanFit_IsRefusedBeforeTheStart()
    {
        string folder = tiny.Fresh();

        Output compared = await Program.RunAsync(
            "compare", Comparison(Two), "--out", folder, "--parallel", "1000", "--seeds", "1000", "--set", "training.promptsPerStep=500",
            "--set", "training.groupSize=16", "--set", "training.microBatchTokens=1000000");

        compared.Code.ShouldBe(2);
        compared.Error.ShouldContain("--parallel is 1000: a run of variant ");
        Path.Exists(folder).ShouldBeFalse();
    }

    private string Comparison(string variants) => tiny.Write(".yaml", $"base: {Path.GetFileName(tiny.Recipe)}\n{variants}");

    private static double[] Rates(string run) =>
    [
        .. JsonDocument.Parse(File.ReadAllText(Path.Combine(run, "report.json"))).RootElement.GetProperty("evaluations").EnumerateArray()
            .Select(e => e.GetProperty("solveRate").GetDouble()),
    ];

    private sealed class Stopper(CancellationTokenSource stop, int step) : IRunObserver
    {
        public ValueTask OnStepAsync(StepReport report, IReadOnlyList<Group> groups, CancellationToken cancellationToken)
        {
            if (report.Step == step)
            {
                stop.Cancel();
            }

            return ValueTask.CompletedTask;
        }

        public void OnEvaluation(int step, EvaluationResult result)
        {
        }
    }
}
