using System.Text.Json;

namespace Stepwise.Cli.Tests.Commands;

/// <summary>The policy as its own judge, by the program.</summary>
public sealed class SelfJudgeTests(TinyPolicy tiny)
{
    [Fact]
    public async Task Train_PolicyThatCannotChat_GoesOnAsGrpoWithTheReason()
    {
        string judged = tiny.Fresh(), plain = tiny.Fresh();

        Output self = await Program.RunAsync("train", tiny.Recipe, "--out", judged, "--json", "--set", "method.name=sgpo", "--set", "judge.kind=self");
        (await Program.RunAsync("train", tiny.Recipe, "--out", plain, "--set", "method.name=grpo")).Code.ShouldBe(0);
        Output shown = await Program.RunAsync("rollouts", judged);

        self.Code.ShouldBe(0, self.Error);
        TinyPolicy.Weights(judged).ShouldBe(TinyPolicy.Weights(plain), "judging changes no sample, and nothing that is not judged");
        JsonElement[] asked = [.. shown.Json.Where(line => line.TryGetProperty("judgement", out _)).Select(line => line.GetProperty("judgement"))];
        asked.ShouldNotBeEmpty();
        foreach (JsonElement judgement in asked)
        {
            judgement.GetProperty("outcome").GetString().ShouldBe("no-judgement");
            judgement.GetProperty("reason").GetString().ShouldNotBeNull().ShouldContain("chat template");
        }
    }

    [Fact]
    public async Task Color_Self_IsRefusedAsNothingIsTrained()
    {
        string file = tiny.Write(".jsonl", """{"id":"x","problem":{"id":"x","question":"1+1","answer":"2"},"response":"1+1=2"}""");

        Output output = await Program.RunAsync("judge", "color", file, "--judge", "self");

        (output.Code, output.Error.Contains("judge.kind: local", StringComparison.Ordinal)).ShouldBe((2, true));
    }
}
