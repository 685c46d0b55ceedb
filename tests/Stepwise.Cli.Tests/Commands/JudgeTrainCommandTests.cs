using System.Text.Json;

namespace Stepwise.Cli.Tests.Commands;

public sealed class JudgeTrainCommandTests(TinyPolicy tiny)
{
    [Theory]
    [InlineData("lora.rank=0", "model.safetensors")]
    [InlineData("lora.rank=4", "adapter_model.safetensors")]
    public async Task Train_Json_LearnsAndWritesAJudgeThatARunAndTheBenchmarkCanAsk(string set, string weights)
    {
        string judge = tiny.Fresh(), again = tiny.Fresh(), run = tiny.Fresh();

        Output trained = await Program.RunAsync([.. Arguments(judge, set), "--json"]);

        trained.Code.ShouldBe(0, trained.Error);
        JsonElement[] steps = trained.Json[..^1];
        steps.Length.ShouldBe(60);
        double[] losses = [.. steps.Select(step => step.GetProperty("loss").GetDouble())];
        losses[^5..].Average().ShouldBeLessThan(0.8 * losses[..5].Average());
        JsonElement end = trained.Json[^1];
        (end.GetProperty("erroneous").GetInt32() + end.GetProperty("correct").GetInt32()).ShouldBeGreaterThan(10);
        File.Exists(Path.Combine(judge, weights)).ShouldBeTrue();

        // The same seed, the same bytes, at another number of threads.
        (await Program.RunAsync([.. Arguments(again, set), "--threads", "3"])).Code.ShouldBe(0);
        foreach (string file in Directory.GetFiles(judge))
        {
            File.ReadAllBytes(Path.Combine(again, Path.GetFileName(file))).AsSpan().SequenceEqual(File.ReadAllBytes(file)).ShouldBeTrue(file);
        }

        Output asked = await Program.RunAsync(
            "train", tiny.Recipe, "--out", run, "--json", "--set", "method.name=sgpo", "--set", "judge.kind=trained", "--set", $"judge.model={judge}");
        asked.Code.ShouldBe(0, asked.Error);

        string traces = tiny.Write(".json", """
            [{"id":"a","problem":"1+2+3","steps":["1+2=3","3+3=1"],"label":-1},{"id":"b","problem":"1+2+3","steps":["1+2=4"],"label":0}]
            """);
        Output measured = await Program.RunAsync(
            "judge", traces, tiny.Recipe, "--judge", "trained", "--set", $"judge.model={judge}", "--json");
        measured.Code.ShouldBe(0, measured.Error);
        measured.Json[0].GetProperty("judged").ValueKind.ShouldBe(JsonValueKind.Number);
    }

    /// <summary>Its own log-probabilities would mean something else after each step.</summary>
    [Theory]
    [InlineData("surprise", true)]
    [InlineData("both", false)]
    public async Task Train_ReadsSurprise_LeavesTheModelUnlessStatesAreReadToo(string reads, bool same)
    {
        string[] judges = [tiny.Fresh(), tiny.Fresh()];
        for (int i = 0; i < judges.Length; i++)
        {
            Output output = await Program.RunAsync([.. Arguments(judges[i], $"training.steps={1 + (2 * i)}"), "--set", $"judgeTraining.reads={reads}"]);
            output.Code.ShouldBe(0, output.Error);
        }

        byte[][] models = [.. judges.Select(judge => File.ReadAllBytes(Path.Combine(judge, "model.safetensors")))];
        models[0].AsSpan().SequenceEqual(models[1]).ShouldBe(same);
        string[] heads = [.. judges.Select(judge => File.ReadAllText(Path.Combine(judge, "stepwise_judge.json")))];
        string.Equals(heads[0], heads[1], StringComparison.Ordinal).ShouldBeFalse();
    }

    [Fact]
    public async Task Train_Text_ShowsStepsAndHowItDoes()
    {
        Output output = await Program.RunAsync(
            [.. Arguments(tiny.Fresh(), "training.steps=3"), "--set", "judgeTraining.sources.1.name=rollouts", "--set", "judgeTraining.reference=true"]);

        output.Code.ShouldBe(0, output.Error);
        output.Text.ShouldContain("3/3");
        output.Text.ShouldContain("On solutions that were held out:");
        output.Text.ShouldContain("no error from");
    }

    [Fact]
    public async Task Train_MistakesOfTheUser_AreRefusedBeforeAnythingIsWritten()
    {
        string judge = tiny.Fresh();

        (await Program.RunAsync([.. Arguments(judge, "judgeTraining.heldOut=24")])).Error.ShouldContain("judgeTraining.heldOut is 24 of 24 training problems");
        (await Program.RunAsync([.. Arguments(judge, "judgeTraining.sources.1.name=file")])).Error.ShouldContain("judgeTraining.sources.1.path is not set");
        (await Program.RunAsync([.. Arguments(judge, "judgeTraining.corruptions.1.name=spelling")])).Error.ShouldContain("referent");
        (await Program.RunAsync([.. Arguments(judge, "judgeTraining.corruptions.1.name=number"), "--set", "judgeTraining.corruptions.1.weight=0"]))
            .Error.ShouldContain("judgeTraining.corruptions have no weight above 0");
        (await Program.RunAsync(Arguments(judge, "judgeTraining.calibrateOn=nowhere.json"))).Error.ShouldContain("judgeTraining.calibrateOn names");
        (await Program.RunAsync("judge", "train", tiny.Recipe)).Error.ShouldContain("--out");
        Output asked = await Program.RunAsync(
            "train", tiny.Recipe, "--out", tiny.Fresh(), "--set", "judge.kind=trained", "--set", $"judge.model={tiny.Model}");
        asked.Code.ShouldBe(2);
        asked.Error.ShouldContain("judge.model");
        Directory.Exists(judge).ShouldBeFalse();
    }

    private string[] Arguments(string judge, string set) =>
    [
        "judge", "train", tiny.Recipe, "--out", judge,
        .. new[] { "training.steps=60", "training.learningRate=3e-3", "judgeTraining.heldOut=8", "judgeTraining.headLearningRate=1e-2" }
            .Where(usual => !set.StartsWith(usual.Split('=')[0], StringComparison.Ordinal)).Append(set).SelectMany(value => new[] { "--set", value }),
    ];
}
