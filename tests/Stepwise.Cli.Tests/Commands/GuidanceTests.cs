using System.Text.Json;

namespace Stepwise.Cli.Tests.Commands;

/// <summary>Guided training by the program.</summary>
public sealed class GuidanceTests(TinyPolicy tiny)
{
    private static readonly string[] Guided =
    [
        "--set", "method.name=g2rpo-a", "--set", "method.guidanceUnit=percent", "--set", "method.guidance=60",
        "--set", "checkpoint.every=2",
    ];

    [Theory]
    [InlineData("method.guidanceLength=cycle", "method.longestGuidance=100")]
    [InlineData("method.guidanceLength=window", "method.trainGuidance=true")]
    [InlineData("method.guidanceLength=linear", "method.guidedProblems=unsolved")]
    public async Task Train_GuidedInterrupted_GoesOnToTheSameBytes(params string[] more)
    {
        string whole = tiny.Fresh(), parts = tiny.Fresh();
        string[] set = [.. Guided, .. more.SelectMany(key => (string[])["--set", key])];
        (await Program.RunAsync(["train", tiny.Recipe, "--out", whole, .. set])).Code.ShouldBe(0);
        (await Program.RunAsync(["train", tiny.Recipe, "--out", parts, .. set])).Code.ShouldBe(0);
        File.Delete(Path.Combine(parts, "report.json"));
        File.Delete(Path.Combine(parts, "report.md"));
        Directory.Delete(Path.Combine(parts, "checkpoints", "step-000004"), recursive: true);

        Output resumed = await Program.RunAsync("train", "--resume", parts);

        resumed.Code.ShouldBe(0, resumed.Error);
        TinyPolicy.Weights(parts).ShouldBe(TinyPolicy.Weights(whole));
    }

    [Fact]
    public async Task Train_Guided_CountsGuidedSamplesApart()
    {
        string run = tiny.Fresh();

        Output output = await Program.RunAsync(["train", tiny.Recipe, "--out", run, "--json", .. Guided]);

        output.Code.ShouldBe(0, output.Error);
        // α = 1/4 of groups of four, three problems a step.
        JsonElement step = output.Json.First(line => line.GetProperty("event").GetString() is "step");
        (step.GetProperty("ledger").GetProperty("guided").GetInt32(), step.GetProperty("guidance").GetProperty("length").GetDouble()).ShouldBe((3, 60.0));
    }

    [Fact]
    public async Task Train_NoReferenceSolutions_IsRefused()
    {
        string problems = tiny.Write(".jsonl", """
            {"question":"1+1","answer":"2"}
            {"question":"1+2","answer":"3"}
            """), recipe = tiny.Write(".yaml", $$"""
            policy: { model: {{tiny.Model}} }
            task: { name: math, train: {{problems}}, testProblems: 1, prompt: "{question}", chat: false }
            method: { name: g2rpo-a }
            sampling: { maxNewTokens: 8 }
            """), run = tiny.Fresh();

        Output output = await Program.RunAsync("train", recipe, "--out", run);

        output.Code.ShouldBe(2);
        output.Error.ShouldContain("no training problem has one");
    }
}
