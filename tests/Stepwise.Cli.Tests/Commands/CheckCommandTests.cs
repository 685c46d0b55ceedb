using System.Text.Json;

namespace Stepwise.Cli.Tests.Commands;

public sealed class CheckCommandTests(TinyPolicy tiny)
{
    [Fact]
    public async Task Check_Json_HasEveryEventWithItsFields()
    {
        Output output = await Program.RunAsync("check", tiny.Recipe, "--groups", "6", "--json");

        output.Code.ShouldBe(0, output.Error);
        Dictionary<string, JsonElement[]> events = output.Json.GroupBy(line => line.GetProperty("event").GetString()!, StringComparer.Ordinal)
            .ToDictionary(lines => lines.Key, lines => lines.ToArray(), StringComparer.Ordinal);
        JsonElement prompt = events["prompt"].ShouldHaveSingleItem();
        prompt.GetProperty("text").GetString().ShouldNotBeNull().ShouldEndWith("\n");
        prompt.GetProperty("stopTokens")[0].GetProperty("id").GetInt32().ShouldBe(16);
        prompt.GetProperty("stopTokens")[0].GetProperty("text").GetString().ShouldBe("<|end|>");
        (prompt.GetProperty("context").GetInt32(), prompt.GetProperty("maxNewTokens").GetInt32(), prompt.GetProperty("vocabularySize").GetInt32())
            .ShouldBe((64, 24, 17));
        prompt.GetProperty("medianTokens").GetInt32().ShouldBeInRange(1, prompt.GetProperty("longestPrompt").GetInt32());
        events["probe"].Length.ShouldBe(10);
        events["probe"][0].GetProperty("expected").GetString().ShouldBe("pass");
        events["probe"][0].GetProperty("passed").GetInt32().ShouldBe(events["probe"][0].GetProperty("tried").GetInt32());
        JsonElement samples = events["samples"].ShouldHaveSingleItem();
        (samples.GetProperty("groups").GetInt32(), samples.GetProperty("samples").GetInt32()).ShouldBe((6, 24));
        foreach (string share in new[] { "truncatedShare", "solveRate", "allNegativeShare", "signalShare" })
        {
            double estimate = samples.GetProperty(share).GetDouble();
            samples.GetProperty($"{share}Interval")[0].GetDouble().ShouldBeInRange(0, estimate);
            samples.GetProperty($"{share}Interval")[1].GetDouble().ShouldBeInRange(estimate, 1);
        }

        samples.GetProperty("solveRate").GetDouble().ShouldBeGreaterThan(0);
        samples.GetProperty("logProbDifference").GetDouble().ShouldBe(0, "sampler and trainer give the same bits");
        samples.GetProperty("totalSeconds").GetDouble().ShouldBeGreaterThan(samples.GetProperty("secondsPerStep").GetDouble());
        JsonElement end = events["end"].ShouldHaveSingleItem();
        end.GetProperty("refusals").GetInt32().ShouldBe(0);
        end.GetProperty("memoryBytes").GetInt64().ShouldBeGreaterThan(140_000_000);
    }

    [Fact]
    public async Task Check_Text_ShowsPromptStopsProbesAndFigures()
    {
        Output output = await Program.RunAsync("check", tiny.Recipe);

        output.Code.ShouldBe(0, output.Error);
        foreach (string part in new[]
        {
            "  | ", "stop tokens               16 ⟦<|end|>⟧", "probe empty               passes on 0 of 16, should not: nothing", "sampled                   4 groups of 4",
            "sampler and trainer agree bit for bit", "a step, ", "memory  ",
        })
        {
            output.Text.ShouldContain(part);
        }
    }

    [Fact]
    public async Task Check_NoGroups_SamplesNone()
    {
        Output output = await Program.RunAsync("check", tiny.Recipe, "--groups", "0", "--json");

        output.Code.ShouldBe(0, output.Error);
        output.Json.Select(line => line.GetProperty("event").GetString()).Contains("samples", StringComparer.Ordinal).ShouldBeFalse();
    }

    [Theory]
    [InlineData("0.15", true)]
    [InlineData("1", false)]
    public async Task Check_ScafGrpo_TriesHintsIfTheRunEverDoes(string unhinted, bool tries)
    {
        Output output = await Program.RunAsync(
            "check", tiny.Recipe, "--groups", "8", "--json", "--set", "method.name=scaf-grpo", "--set", "method.hintPrompt={question}\n{hint}",
            "--set", $"method.unhintedShare={unhinted}");

        JsonElement samples = output.Json.Single(line => line.GetProperty("event").GetString() is "samples");
        (samples.GetProperty("samples").GetInt32() > 8 * 4).ShouldBe(tries, output.Error);
    }

    [Fact]
    public async Task Check_TreeSearch_CountsAGroupForEveryProblemDrawn()
    {
        Output output = await Program.RunAsync(
            "check", tiny.Recipe, "--groups", "3", "--json", "--set", "method.name=mcts-dpo", "--set", "training.groupSize=16");

        JsonElement samples = output.Json.Single(line => line.GetProperty("event").GetString() is "samples");
        (samples.GetProperty("groups").GetInt32(), samples.GetProperty("samples").GetInt32()).ShouldBe((3, 3 * 16), output.Error);
    }

    [Fact]
    public async Task Check_CapTooSmall_ExitsWith2AndNamesKeyAndValue()
    {
        Output output = await Program.RunAsync("check", tiny.Recipe, "--json", "--set", "sampling.maxNewTokens=1");

        output.Code.ShouldBe(2);
        output.Error.ShouldContain("cannot learn as it stands. Every one of 16 samples is cut off by sampling.maxNewTokens, 1,");
        output.Error.ShouldContain("Try sampling.maxNewTokens=4.");
        JsonElement finding = output.Json.Single(line => line.GetProperty("event").GetString() is "finding" && line.GetProperty("refuses").GetBoolean());
        (finding.GetProperty("name").GetString(), finding.GetProperty("key").GetString(), finding.GetProperty("try").GetString())
            .ShouldBe(("cut-off", "sampling.maxNewTokens", "4"));
        output.Json[^1].GetProperty("refusals").GetInt32().ShouldBe(1);
    }

    [Fact]
    public async Task Check_PolicyThatSolvesNothingUnderPlainGrpo_ExitsWith2()
    {
        Output output = await Program.RunAsync(
            "check", tiny.Recipe, "--set", $"policy.model={tiny.Untaught}", "--set", "policy.weights=random", "--set", "method.name=grpo");

        output.Code.ShouldBe(2);
        output.Error.ShouldContain("None of 4 groups of 4 has a signal under method.name grpo");
        output.Error.ShouldContain("Try method.name=sgpo.");
        output.Text.ShouldContain("groups with signal        0.0 %");
    }

    [Fact]
    public async Task Check_PromptLongerThanTheContext_ExitsWith2AndNamesTheKey()
    {
        string file = tiny.Write(".jsonl", $$"""{"id": "long", "prompt": "1{{string.Concat(Enumerable.Repeat("+1", 40))}}", "answer": 1}""");

        Output output = await Program.RunAsync("check", tiny.Recipe, "--set", $"task.train={file}");

        output.Code.ShouldBe(2);
        output.Error.ShouldContain("Problem long: its prompt has 82 tokens");
        output.Error.ShouldContain("task.dropLongPrompts: true");
    }

    [Theory]
    [InlineData("--groups", "-1")]
    [InlineData("--groups", "many")]
    [InlineData("--set", "sampling.topK=5")]
    [InlineData("--set", "no.such.key=5")]
    public async Task Check_BadValue_ExitsWith2(string option, string value) =>
        (await Program.RunAsync("check", tiny.Recipe, option, value)).Code.ShouldBe(2);

    [Fact]
    public async Task Check_NoSuchRecipe_ExitsWith2() => (await Program.RunAsync("check", tiny.Fresh())).Code.ShouldBe(2);
}
