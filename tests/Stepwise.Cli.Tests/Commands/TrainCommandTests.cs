using System.Security.Cryptography;
using System.Text.Json;

namespace Stepwise.Cli.Tests.Commands;

public sealed class TrainCommandTests(TinyPolicy tiny)
{
    private const char Escape = '\e';

    [Fact]
    public async Task Train_PromptThatDoesNotFit_EndsTheRunOrIsLeftOut()
    {
        string longer = "1" + string.Concat(Enumerable.Repeat("+1", 40));
        string file = tiny.Write(".jsonl", $$"""
            {"id": "short", "prompt": "1+1", "answer": 2}
            {"id": "long", "prompt": "{{longer}}", "answer": 1}
            """);
        string[] train = ["train", tiny.Recipe, "--json", "--set", $"task.train={file}", "--set", "training.steps=1"];

        Output refused = await Program.RunAsync([.. train, "--out", tiny.Fresh()]);
        Output leftOut = await Program.RunAsync([.. train, "--out", tiny.Fresh(), "--set", "task.dropLongPrompts=true"]);

        refused.Code.ShouldBe(2);
        refused.Error.ShouldContain("Problem long: its prompt has 82 tokens");
        refused.Error.ShouldContain("task.dropLongPrompts: true");
        leftOut.Code.ShouldBe(0, leftOut.Error);
        JsonElement data = leftOut.Json[0].GetProperty("train");
        (data.GetProperty("problems").GetInt32(), data.GetProperty("dropped").GetInt32()).ShouldBe((1, 1));
    }

    [Fact]
    public async Task Train_Json_IsOneObjectPerStepAndEvaluationAndOneAtTheEnd()
    {
        string folder = tiny.Fresh();

        Output output = await Program.RunAsync("train", tiny.Recipe, "--out", folder, "--json");

        output.Code.ShouldBe(0, output.Error);
        JsonElement[] lines = output.Json;
        lines.Select(line => line.GetProperty("event").GetString())
            .ShouldBe(["data", "evaluation", "step", "step", "evaluation", "step", "step", "evaluation", "end"]);
        lines[0].GetProperty("train").GetProperty("problems").GetInt32().ShouldBe(24);
        lines[0].GetProperty("test").GetProperty("references").GetInt32().ShouldBe(5);
        lines[0].GetProperty("longestPrompt").GetInt32().ShouldBeInRange(1, 24);
        lines[1..^1].Select(line => line.GetProperty("step").GetInt32()).ShouldBe([0, 1, 2, 2, 3, 4, 4]);
        foreach (JsonElement evaluation in Events(lines, "evaluation"))
        {
            evaluation.GetProperty("solveRate").GetDouble().ShouldBeInRange(0, 1);
            evaluation.GetProperty("greedySolveRate").GetDouble().ShouldBeInRange(0, 1);
            evaluation.GetProperty("solveRateInterval").GetArrayLength().ShouldBe(2);
            evaluation.GetProperty("sampling").GetProperty("maxNewTokens").GetInt32().ShouldBe(24);
        }

        foreach (JsonElement step in Events(lines, "step"))
        {
            JsonElement ledger = step.GetProperty("ledger");
            string[] dispositions =
                ["trained", "allPositiveGroup", "allNegativeGroup", "undecided", "noJudgement", "truncated", "filtered", "failed"];
            dispositions.Sum(name => ledger.GetProperty(name).GetInt32()).ShouldBe(12);
            step.GetProperty("reward").GetDouble().ShouldBeInRange(0, 1);
            step.GetProperty("allNegativeShare").GetDouble().ShouldBeGreaterThanOrEqualTo(step.GetProperty("flatShare").GetDouble());
            step.GetProperty("sampledTokensPerSecond").GetDouble().ShouldBeGreaterThan(0);
            step.GetProperty("seconds").GetProperty("sample").GetDouble().ShouldBeGreaterThan(0);
        }

        JsonElement end = lines[^1];
        double[] interval = [.. end.GetProperty("solveRateInterval").EnumerateArray().Select(n => n.GetDouble())];
        interval.Length.ShouldBe(2);
        end.GetProperty("solveRateAfter").GetDouble().ShouldBeInRange(interval[0], interval[1]);
        end.GetProperty("solveRateBefore").GetDouble().ShouldBeInRange(0, 1);
        end.GetProperty("greedySolveRateBefore").GetDouble().ShouldBe(lines[1].GetProperty("greedySolveRate").GetDouble());
        end.GetProperty("greedySolveRateAfter").GetDouble().ShouldBe(lines[^2].GetProperty("greedySolveRate").GetDouble());
        end.GetProperty("steps").GetInt32().ShouldBe(4);
        end.GetProperty("seconds").GetDouble().ShouldBeGreaterThan(0);
        end.GetProperty("tokensPerSecond").GetDouble().ShouldBeGreaterThan(0);
        end.GetProperty("run").GetString().ShouldBe(folder);
        end.GetProperty("judge").GetProperty("name").GetString().ShouldBe("chained-arithmetic");
        end.GetProperty("judge").GetProperty("asked").GetInt64()
            .ShouldBe(Events(lines, "step").Sum(step => step.GetProperty("ledger").GetProperty("judged").GetInt64()));
        end.GetProperty("evaluations").EnumerateArray().Select(e => e.GetProperty("step").GetInt32()).ShouldBe([0, 2, 4]);
    }

    [Fact]
    public async Task Train_Adapters_TheirCheckpointServesAsAModelAndForMoreAdapters()
    {
        string folder = tiny.Fresh(), second = tiny.Fresh();
        string[] lora = ["--set", "lora.rank=4", "--set", "training.learningRate=2e-2"];

        Output trained = await Program.RunAsync(["train", tiny.Recipe, "--out", folder, .. lora]);

        trained.Code.ShouldBe(0, trained.Error);
        trained.Text.ShouldContain("parameters of adapters beside");
        trained.Text.ShouldContain("Memory: ");
        string policy = Path.Combine(folder, "checkpoints", "step-000004", "policy");
        File.Exists(Path.Combine(policy, "adapter_model.safetensors")).ShouldBeTrue();
        JsonElement after = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(folder, "report.json"), TestContext.Current.CancellationToken)).RootElement;
        Output measured = await Program.RunAsync(["eval", tiny.Recipe, "--model", policy, "--json", .. lora]);
        measured.Code.ShouldBe(0, measured.Error);
        measured.Json[^1].GetProperty("solveRate").GetDouble().ShouldBe(after.GetProperty("solveRateAfter").GetDouble());
        (await Program.RunAsync("export", policy, "--out", tiny.Fresh())).Code.ShouldBe(0);

        Output again = await Program.RunAsync(["train", tiny.Recipe, "--out", second, "--json", "--set", $"policy.model={policy}", "--set", "lora.rank=2"]);
        again.Code.ShouldBe(0, again.Error);
        again.Json[^1].GetProperty("solveRateBefore").GetDouble().ShouldBe(after.GetProperty("solveRateAfter").GetDouble());
        (await Program.RunAsync("export", second, "--out", tiny.Fresh())).Code.ShouldBe(0);
        Output forPeft = await Program.RunAsync("export", second, "--adapter", "--out", tiny.Fresh());
        forPeft.Code.ShouldBe(2);
        forPeft.Error.ShouldContain("--base-name");
    }

    [Fact]
    public async Task Train_NoTerminal_PrintsAlignedLinesWithoutEscapes()
    {
        Output output = await Program.RunAsync("train", tiny.Recipe, "--out", tiny.Fresh());

        output.Code.ShouldBe(0, output.Error);
        output.Text.ShouldNotContain(Escape);
        string[] steps = [.. output.Lines.Where(line => line.TrimStart().StartsWith("step ", StringComparison.Ordinal)
            || line.Contains("/4 ", StringComparison.Ordinal))];
        steps.Length.ShouldBe(5);
        steps.ShouldAllBe(line => line.Length == steps[0].Length && line.Length <= 147);
        output.Lines.Count(line => line.StartsWith("Solve rate ", StringComparison.Ordinal)).ShouldBe(3);
    }

    [Fact]
    public async Task Train_PromptThatTheTokenizerCannotWrite_IsRefused()
    {
        string run = tiny.Fresh();

        Output output = await Program.RunAsync("train", tiny.Recipe, "--out", run, "--set", "task.prompt=\"Solve: {question}\\n\"");

        output.Code.ShouldBe(2);
        output.Error.ShouldContain("has no token, and which would be lost: 'S', 'o', 'l', 'v', 'e'");
        Directory.Exists(run).ShouldBeFalse();
    }

    [Fact]
    public async Task Train_FewerProblemsThanAStepAsks_SaysSo()
    {
        Output output = await Program.RunAsync("train", tiny.Recipe, "--out", tiny.Fresh(), "--set", "task.trainProblems=1");

        output.Code.ShouldBe(0, output.Error);
        output.Text.ShouldContain(" problems, and there is one: it asks some more than once.");
    }

    [Fact]
    public async Task Train_OnTerminal_DrawsThePanelAndShowsGroups()
    {
        Output output = await Program.RunAsync(
            new StringWriter(), "", ["train", tiny.Recipe, "--out", tiny.Fresh()], TestContext.Current.CancellationToken, interactive: true);

        output.Code.ShouldBe(0, output.Error);
        output.Text.ShouldContain("━ 4/4, done");
        output.Text.ShouldContain("ledger");
        output.Text.ShouldContain("─step 2, ");
        output.Text.ShouldContain("─step 4, ");
        output.Text.ShouldNotContain("─step 3, ");
    }

    [Fact]
    public async Task Train_OneAndTwoThreads_GiveTheSameBytes()
    {
        string one = tiny.Fresh(), two = tiny.Fresh();

        (await Program.RunAsync("train", tiny.Recipe, "--out", one, "--threads", "1")).Code.ShouldBe(0);
        (await Program.RunAsync("train", tiny.Recipe, "--out", two, "--threads", "2")).Code.ShouldBe(0);

        string trained = Sum(Trained(one, "model.safetensors"));
        Sum(Trained(two, "model.safetensors")).ShouldBe(trained);
        trained.ShouldNotBe(Sum(Path.Combine(tiny.Model, "model.safetensors")), StringComparer.Ordinal);
    }

    [Fact]
    public async Task Train_InterruptedAfterStep2AndResumed_EqualsUninterrupted()
    {
        string whole = tiny.Fresh(), parts = tiny.Fresh();
        (await Program.RunAsync("train", tiny.Recipe, "--out", whole)).Code.ShouldBe(0);
        using CancellationTokenSource stop = new();
        using StopAt output = new(stop, "\"step\":2,");

        Output first = await Program.RunAsync(output, "", ["train", tiny.Recipe, "--out", parts, "--json"], stop.Token);

        first.Code.ShouldBe(CommandLine.Interrupted);
        first.Error.ShouldContain($"--resume {parts}");
        Directory.GetDirectories(Path.Combine(parts, "checkpoints")).Select(Path.GetFileName).ShouldBe(["step-000002"]);

        Output rest = await Program.RunAsync("train", "--resume", parts, "--json");

        rest.Code.ShouldBe(0, rest.Error);
        Events(rest.Json, "step").Select(line => line.GetProperty("step").GetInt32()).ShouldBe([3, 4]);
        rest.Json[^1].GetProperty("greedySolveRateBefore").ValueKind.ShouldBe(JsonValueKind.Null);
        foreach (string file in new[] { "model.safetensors", "optimizer.safetensors" })
        {
            Sum(Trained(parts, file)).ShouldBe(Sum(Trained(whole, file)), file);
        }

        Evaluations(parts).ShouldBe(Evaluations(whole));
    }

    [Fact]
    public async Task Train_ResumeOfFinishedRun_IsRefused()
    {
        string folder = tiny.Fresh();
        (await Program.RunAsync("train", tiny.Recipe, "--out", folder, "--set", "training.steps=1")).Code.ShouldBe(0);

        Output output = await Program.RunAsync("train", "--resume", folder);

        output.Code.ShouldBe(2);
        output.Error.ShouldContain("finished");
    }

    [Fact]
    public async Task Train_ReportCannotBeWritten_ExitsWith1()
    {
        string folder = tiny.Fresh();
        (await Program.RunAsync("train", tiny.Recipe, "--out", folder, "--set", "training.steps=1")).Code.ShouldBe(0);
        string report = Path.Combine(folder, "report.md");
        File.Delete(report);
        Directory.CreateDirectory(report);

        Output output = await Program.RunAsync("train", "--resume", folder);

        output.Code.ShouldBe(CommandLine.Failed);
        output.Error.ShouldContain("report.md: cannot be written");
    }

    [Fact]
    public async Task Train_ResumeAfterRecipeChanged_IsRefused()
    {
        string folder = tiny.Fresh();
        (await Program.RunAsync("train", tiny.Recipe, "--out", folder, "--set", "training.steps=1")).Code.ShouldBe(0);
        File.Delete(Path.Combine(folder, "report.md"));
        string recipe = Path.Combine(folder, "recipe.yaml");
        await File.WriteAllTextAsync(
            recipe, (await File.ReadAllTextAsync(recipe, TestContext.Current.CancellationToken)).Replace("learningRate: 0.001", "learningRate: 0.002", StringComparison.Ordinal),
            TestContext.Current.CancellationToken);

        Output output = await Program.RunAsync("train", "--resume", folder);

        output.Code.ShouldBe(2);
        output.Error.ShouldContain("another recipe, by another version of this program,");
    }

    [Fact]
    public async Task Train_OutputFails_TrainsOnAndSaysSoOnce()
    {
        string folder = tiny.Fresh();
        using FullAfter output = new(lines: 3);

        Output ended = await Program.RunAsync(output, "", ["train", tiny.Recipe, "--out", folder], TestContext.Current.CancellationToken);

        ended.Code.ShouldBe(0, ended.Error);
        ended.Error.ShouldBe($"Warning: the output cannot be written (No space left on device). The run goes on without it.{Environment.NewLine}");
        File.Exists(Path.Combine(folder, "report.md")).ShouldBeTrue();
    }

    [Fact]
    public async Task Train_ResumeAfterAFileOfTheModelChanged_NamesIt()
    {
        string model = tiny.Fresh(), folder = tiny.Fresh();
        Directory.CreateDirectory(model);
        Array.ForEach(Directory.GetFiles(tiny.Model), file => File.Copy(file, Path.Combine(model, Path.GetFileName(file))));
        using CancellationTokenSource stop = new();
        using StopAt output = new(stop, "\"step\":2,");
        (await Program.RunAsync(output, "", ["train", tiny.Recipe, "--out", folder, "--json", "--set", $"policy.model={model}"], stop.Token))
            .Code.ShouldBe(CommandLine.Interrupted);
        await File.WriteAllTextAsync(Path.Combine(model, "chat_template.jinja"), "{{ messages }}", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(model, ".DS_Store"), "x", TestContext.Current.CancellationToken);

        Output resumed = await Program.RunAsync("train", "--resume", folder);

        resumed.Code.ShouldBe(CommandLine.WrongInput);
        resumed.Error.ShouldContain("other problems: policy.model/chat_template.jinja is new; a run goes on with its own only");
        File.Delete(Path.Combine(model, "chat_template.jinja"));
        (await Program.RunAsync("train", "--resume", folder)).Code.ShouldBe(0);
    }

    [Fact]
    public async Task Train_KlPenalty_LoadsTheReferencePolicy()
    {
        Output output = await Program.RunAsync(
            "train", tiny.Recipe, "--out", tiny.Fresh(), "--json", "--set", "method.klCoefficient=0.1", "--set", "training.updatesPerBatch=2");

        output.Code.ShouldBe(0, output.Error);
        Events(output.Json, "step")[^1].GetProperty("kl").GetDouble().ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task Train_NothingToLearn_WarnsAfterThreeStepsAndAtTheEnd()
    {
        // Two tokens hold no answer.
        string[] args = ["train", tiny.Recipe, "--set", "sampling.maxNewTokens=2", "--set", "method.name=grpo", "--set", "evaluation.every=0"];

        Output plain = await Program.RunAsync([.. args, "--out", tiny.Fresh()]);
        Output json = await Program.RunAsync([.. args, "--out", tiny.Fresh(), "--json"]);

        (plain.Code, json.Code).ShouldBe((0, 0), plain.Error + json.Error);
        plain.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line[..40]).ShouldBe(
            ["Warning: Training steps 1 to 3 had no si", "Warning: None of the 4 training steps ha"]);
        JsonElement[] warnings = Events(json.Json, "warning");
        warnings.Select(w => w.GetProperty("step").GetInt32()).ShouldBe([3, 4]);
        warnings[0].GetProperty("message").GetString()!.ShouldContain("sampling.maxNewTokens");
        JsonElement step = Events(json.Json, "step")[0];
        foreach (string unknown in new[] { "loss", "entropy", "kl", "clippedLowShare", "clippedHighShare" })
        {
            step.GetProperty(unknown).ValueKind.ShouldBe(JsonValueKind.Null, unknown);
        }
    }

    private static JsonElement[] Events(JsonElement[] lines, string name) =>
        [.. lines.Where(line => string.Equals(line.GetProperty("event").GetString(), name, StringComparison.Ordinal))];

    private static string Trained(string run, string file) => Path.Combine(run, "checkpoints", "step-000004", "policy", file);

    private static string Sum(string file) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file)));

    private static string Evaluations(string run) =>
        JsonDocument.Parse(File.ReadAllText(Path.Combine(run, "report.json"))).RootElement.GetProperty("evaluations").GetRawText();

    /// <summary>Output on a disk that is full after the first lines.</summary>
    private sealed class FullAfter(int lines) : StringWriter
    {
        private int _written;

        public override void WriteLine(string? value)
        {
            if (_written++ >= lines)
            {
                throw new IOException("No space left on device");
            }

            base.WriteLine(value);
        }
    }
}
