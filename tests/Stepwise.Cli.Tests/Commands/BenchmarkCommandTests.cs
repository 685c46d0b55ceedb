using System.Text.Json;
using Stepwise.Tests;

namespace Stepwise.Cli.Tests.Commands;

public sealed class BenchmarkCommandTests(TinyPolicy tiny)
{
    private string Problems => tiny.Write(".jsonl", """
        {"id": 1, "problem": "1+1", "answer": "2"}
        {"id": "b", "problem": "1+2", "answer": 3}
        {"problem": "?", "answer": {"a": 1}}
        """);

    [Fact]
    public async Task SamplesFile_Json_GivesEveryVerdictAndTheScore()
    {
        string responses = tiny.Write(".jsonl", """
            {"id": "b", "response": "\\boxed{3}"}
            {"id": 1, "response": "\\boxed{1}"}
            {"id": "b", "response": "It is", "truncated": true}
            {"id": "3", "response": "\\boxed{1}"}
            """);

        Output output = await Program.RunAsync("eval", "--benchmark", $"aime={Problems}", "--samples-file", responses, "--json");

        output.Code.ShouldBe(0, output.Error);
        output.Json.SkipLast(1).Select(line => (Text(line, "event"), Text(line, "id"), Text(line, "verdict"), Text(line, "reason"))).ShouldBe(
        [
            ("sample", "b", "correct", "the answer is right"),
            ("sample", "1", "incorrect", "the answer is 2"),
            ("sample", "b", "incorrect", "truncated"),
            ("sample", "3", "undecided", "the reference cannot be read: the field \"answer\" is an object; expected a string, a number, a truth value, or a list of these."),
        ]);
        JsonElement end = output.Json[^1];
        Text(end, "event").ShouldBe("end");
        ((string[])["samples", "correct", "incorrect", "undecided", "problems"]).Select(name => end.GetProperty(name).GetInt32()).ShouldBe([4, 1, 2, 1, 3]);
        end.GetProperty("avg").GetDouble().ShouldBe(0.5 / 3, 1e-12);
        end.GetProperty("avgInterval").GetArrayLength().ShouldBe(2);
        end.GetProperty("truncatedShare").GetDouble().ShouldBe(0.25);
    }

    [Fact]
    public async Task SamplesFile_Text_ShowsTheScoreAlone()
    {
        string responses = tiny.Write(".jsonl", """{"id": 1, "response": "\\boxed{2}"}""");

        Output output = await Program.RunAsync("eval", "--benchmark", $"aime={Problems}", "--samples-file", responses);

        output.Code.ShouldBe(0, output.Error);
        output.Text.ShouldContain("aime                      1 problem, 1 sample");
        output.Text.ShouldContain("avg@1                     100.0 % (");
        output.Text.ShouldContain("  by their reference      1 problem");
    }

    [Theory]
    [InlineData("""{"id": "c", "response": ""}""", "line 2: ")]
    [InlineData("nonsense", "line 2: not a JSON object")]
    public async Task SamplesFile_BadLine_EndsBeforeAnyVerdict(string line, string message)
    {
        string responses = tiny.Write(".jsonl", $$"""{"id": 1, "response": "\\boxed{2}"}""" + "\n" + line);

        Output output = await Program.RunAsync("eval", "--benchmark", $"aime={Problems}", "--samples-file", responses, "--json");

        (output.Code, output.Text).ShouldBe((2, ""));
        output.Error.ShouldContain(message);
    }

    [Theory]
    [InlineData("\"aim\" is no benchmark", "--benchmark", "aim=x")]
    [InlineData("allowed is name=file", "--benchmark", "aime")]
    [InlineData("names aime twice", "--benchmark", "aime=x", "--benchmark", "aime=y")]
    [InlineData("--samples is given without --benchmark", "--samples", "4")]
    [InlineData("--rescore needs --out", "--benchmark", "aime=x", "--rescore")]
    [InlineData("greedy decoding gives the same", "--benchmark", "aime=x", "--temperature", "0")]
    [InlineData("--seed is \"x\"", "--benchmark", "aime=x", "--seed", "x")]
    [InlineData("--set changes a recipe", "--benchmark", "aime=x", "--set", "seed=1")]
    [InlineData("takes one --benchmark", "--benchmark", "aime=x", "--benchmark", "amc=y", "--samples-file", "z")]
    [InlineData("--out and --samples-file do not go together", "--benchmark", "aime=x", "--samples-file", "z", "--out", "d")]
    [InlineData("--samples-file needs no policy", "starter", "--benchmark", "aime=x", "--samples-file", "z")]
    [InlineData("Two policies are named", "starter", "--model", "starter", "--benchmark", "aime=x")]
    [InlineData("No policy is named", "--benchmark", "aime=x")]
    [InlineData("no evaluation of benchmarks", "--benchmark", "aime=x", "--out", "nowhere-at-all", "--rescore")]
    public async Task Eval_OptionsThatDoNotGoTogether_ExitWith2(string message, params string[] args)
    {
        Output output = await Program.RunAsync(["eval", .. args]);

        output.Code.ShouldBe(2, output.Error);
        output.Error.ShouldContain(message);
    }

    [Fact]
    public async Task Eval_Model_KeepsSamplesAndIsResumedRescoredAndCompared()
    {
        string model = SharedFolder.Require("models", "smollm2-135m-instruct", "SmolLM2-135M-Instruct.Q4_1.gguf"), folder = tiny.Fresh(), other = tiny.Fresh(), problems = Problems;
        string[] command = ["eval", model, "--benchmark", $"aime={problems}", "--problems", "2", "--samples", "2", "--max-new-tokens", "8", "--json"];

        Output first = await Program.RunAsync([.. command, "--out", folder]);
        first.Code.ShouldBe(0, first.Error);
        string samples = await File.ReadAllTextAsync(Path.Combine(folder, "samples.jsonl"), TestContext.Current.CancellationToken);
        samples.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length.ShouldBe(4);
        File.Exists(Path.Combine(folder, "evaluation.md")).ShouldBeTrue();
        File.Exists(Path.Combine(folder, "evaluation.svg")).ShouldBeTrue();

        // Cut off within a line, it ends with the same file; and another folder's is the same too.
        await File.WriteAllTextAsync(Path.Combine(folder, "samples.jsonl"), samples[..(samples.Length / 2)], TestContext.Current.CancellationToken);
        Output resumed = await Program.RunAsync([.. command, "--out", folder]);
        resumed.Text.ShouldBe(first.Text);
        (await File.ReadAllTextAsync(Path.Combine(folder, "samples.jsonl"), TestContext.Current.CancellationToken)).ShouldBe(samples);

        Output compared = await Program.RunAsync([.. command, "--out", other, "--against", folder]);
        compared.Code.ShouldBe(0, compared.Error);
        JsonElement benchmark = compared.Json[^1].GetProperty("benchmarks")[0];
        benchmark.GetProperty("difference").GetDouble().ShouldBe(0);
        benchmark.GetProperty("differenceInterval").EnumerateArray().Select(end => end.GetDouble()).ShouldBe([0, 0]);

        Output rescored = await Program.RunAsync("eval", "--benchmark", $"aime={problems}", "--problems", "2", "--out", folder, "--rescore", "--json");
        rescored.Text.ShouldBe(first.Text);

        Output seeded = await Program.RunAsync([.. command, "--out", folder, "--seed", "2"]);
        seeded.Code.ShouldBe(2);
        seeded.Error.ShouldContain("seed is 2 here and 1 there");
        (await Program.RunAsync([.. command, "--out", tiny.Fresh(), "--seed", "2", "--against", folder])).Error.ShouldContain("cannot be compared with");
    }

    [Fact]
    public async Task HeldOut_OfARun_AsksItsOwnProblemsAndPairsItsCheckpoints()
    {
        string run = tiny.Fresh(), before = tiny.Fresh();
        (await Program.RunAsync("train", tiny.Recipe, "--set", "checkpoint.every=2", "--out", run, "--json")).Code.ShouldBe(0);
        string[] sampling = ["--benchmark", "held-out", "--samples", "2", "--temperature", "1", "--top-p", "1", "--max-new-tokens", "24", "--json"];

        Output first = await Program.RunAsync(["eval", Path.Combine(run, "checkpoints", "step-000002"), "--out", before, .. sampling]);
        Output last = await Program.RunAsync(["eval", run, "--against", before, .. sampling]);

        first.Code.ShouldBe(0, first.Error);
        last.Code.ShouldBe(0, last.Error);
        JsonElement score = last.Json[^1].GetProperty("benchmarks")[0];
        (Text(score, "benchmark"), score.GetProperty("problems").GetInt32(), score.GetProperty("samples").GetInt32()).ShouldBe(("held-out", 5, 10));
        string[] measures = ["difference", "sound", "soundDifference", "reached", "reachedDifference"];
        measures.ShouldAllBe(measure => score.GetProperty(measure).ValueKind == JsonValueKind.Number);
        Directory.Exists(Path.Combine(run, "evaluation")).ShouldBeTrue();
        Output named = await Program.RunAsync(["eval", tiny.Model, "--out", tiny.Fresh(), "--against", before, "--benchmark", $"held-out={tiny.Recipe}", .. sampling[2..]]);
        named.Code.ShouldBe(0, named.Error);
        Directory.Delete(Path.Combine(run, "checkpoints", "step-000002"), recursive: true);
        Output rescored = await Program.RunAsync("eval", "--benchmark", $"held-out={tiny.Recipe}", "--out", before, "--rescore", "--json");
        rescored.Code.ShouldBe(0, rescored.Error);
        (await Program.RunAsync("eval", tiny.Model, "--benchmark", "held-out")).Error.ShouldContain("stands for the test problems of a run, and ");
        (await Program.RunAsync("eval", run, "--benchmark", "held-out=")).Error.ShouldContain("--benchmark is \"held-out=\"; allowed is name=file");
        (await Program.RunAsync("eval", run, "--benchmark", "held-out", "--benchmark", $"aime={Problems}")).Error.ShouldContain("Evaluate the others apart");
    }

    private static string? Text(JsonElement line, string name) => line.GetProperty(name).GetString();
}
