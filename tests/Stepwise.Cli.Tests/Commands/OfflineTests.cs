using System.Text.Json;

namespace Stepwise.Cli.Tests.Commands;

/// <summary>Rollouts sampled, coloured, shown and trained on, by the program.</summary>
public sealed class OfflineTests(TinyPolicy tiny)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Rollouts_OfARecipe_AreTheSameTwiceAndKeepTokens()
    {
        string file = await SampleAsync("--groups", "3");
        Output again = await Program.RunAsync("rollouts", tiny.Recipe, "--groups", "3");
        Output other = await Program.RunAsync("rollouts", tiny.Recipe, "--groups", "3", "--seed", "2");

        again.Lines.Length.ShouldBe(3 * 4);
        (await File.ReadAllTextAsync(file, Stop)).ShouldBe(again.Text.ReplaceLineEndings("\n"));
        other.Text.Equals(again.Text, StringComparison.Ordinal).ShouldBeFalse();
        foreach (JsonElement line in again.Json)
        {
            line.GetProperty("tokens").GetArrayLength().ShouldBe(line.GetProperty("logProbs").GetArrayLength());
            line.GetProperty("problem").GetProperty("answer").GetString().ShouldNotBeNullOrEmpty();
            line.TryGetProperty("reward", out _).ShouldBeFalse("nothing was earned yet");
        }
    }

    [Fact]
    public async Task Color_OfARecipe_GivesJudgementsTwiceTheSame()
    {
        string file = await SampleAsync(), coloured = tiny.Fresh() + ".jsonl", twice = tiny.Fresh() + ".jsonl";

        Output json = await Program.RunAsync("judge", "color", file, tiny.Recipe, "--json", "--out", coloured);
        Output text = await Program.RunAsync("judge", "color", coloured, tiny.Recipe, "--out", twice);

        json.Code.ShouldBe(0, json.Error);
        JsonElement[] lines = [.. json.Json.SkipLast(1)];
        lines.Length.ShouldBe(24 * 4);
        lines.Select(line => line.GetProperty("id").GetString()).ShouldBe(
            (await File.ReadAllLinesAsync(file, Stop)).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("id").GetString()));
        foreach (JsonElement line in lines)
        {
            (int steps, double rts) = (line.GetProperty("steps").GetInt32(), line.GetProperty("rtsSteps").GetDouble());
            bool error = line.GetProperty("outcome").GetString() is "error-found";
            rts.ShouldBe(error ? (line.GetProperty("firstError").GetInt32() - 1) / (double)steps : 1, 1e-12);
            line.GetProperty("rtsProgress").GetDouble()
                .ShouldBe(line.GetProperty("reached").GetInt32() / (double)line.GetProperty("milestones").GetInt32(), 1e-12);
            double reward = line.GetProperty("reward").GetDouble();
            reward.ShouldBe(line.GetProperty("verdict").GetString() is "correct" ? 1 : 1 / (1 + Math.Exp(-10 * (rts - 0.5))), 1e-9);
        }

        json.Json[^1].GetProperty("rollouts").GetInt32().ShouldBe(96);
        text.Text.ShouldContain("96 rollouts: an error found in");
        (await File.ReadAllTextAsync(twice, Stop)).ShouldBe(await File.ReadAllTextAsync(coloured, Stop));
    }

    [Fact]
    public async Task Color_NoisyJudge_DrawsForEveryGroupAnew()
    {
        string file = await SampleAsync();
        string[] noisy = ["--judge", "noisy", "--set", "judge.miss=0.5", "--json"];

        Output one = await Program.RunAsync(["judge", "color", file, tiny.Recipe, .. noisy]);
        Output again = await Program.RunAsync(["judge", "color", file, tiny.Recipe, .. noisy]);
        Output other = await Program.RunAsync(["judge", "color", file, tiny.Recipe, .. noisy, "--seed", "2"]);

        again.Text.ShouldBe(one.Text);
        other.Text.Equals(one.Text, StringComparison.Ordinal).ShouldBeFalse();
        JsonElement[][] groups = [.. one.Json.SkipLast(1).Chunk(4)];
        for (int sample = 0; sample < 4; sample++)
        {
            JsonElement[] wrong = [.. groups.Select(group => group[sample]).Where(line => line.GetProperty("verdict").GetString() is "incorrect")];
            int missed = wrong.Count(line => line.GetProperty("outcome").GetString() is "no-error");
            missed.ShouldBeInRange(1, wrong.Length - 1, "half of the errors are missed, in every place of a group");
        }
    }

    /// <summary>What a run was given to go on from is known wherever its rollouts go.</summary>
    [Fact]
    public async Task Rollouts_OfAGuidedRun_SayWhatWasGiven()
    {
        string run = tiny.Fresh(), file = tiny.Fresh() + ".jsonl", offline = tiny.Fresh();
        string[] guided = ["method.name=sgpo-guided", "method.guidanceUnit=steps", "method.guidance=1", "method.guidanceLength=fixed", "method.guidedShare=0.5"];
        (await Program.RunAsync(["train", tiny.Recipe, "--out", run, .. guided.SelectMany(key => new[] { "--set", key })])).Code.ShouldBe(0);

        (await Program.RunAsync("rollouts", run, "--out", file)).Code.ShouldBe(0);
        Output coloured = await Program.RunAsync("judge", "color", file, tiny.Recipe, "--json");
        Output shown = await Program.RunAsync("show", run);
        Output trained = await TrainAsync(file, offline, "data.ratio=start", "method.name=sgpo");
        Output after = await Program.RunAsync("rollouts", offline);

        (JsonElement Stored, JsonElement Coloured)[] pairs = [.. (await File.ReadAllLinesAsync(file, Stop)).Select(line => JsonDocument.Parse(line).RootElement)
            .Zip(coloured.Json)];
        JsonElement[] given = [.. pairs.Select(p => p.Stored).Where(line => line.TryGetProperty("given", out _))];
        given.Length.ShouldBeGreaterThan(0);
        given.ShouldAllBe(line => line.GetProperty("response").GetString()!.StartsWith(line.GetProperty("given").GetString()!, StringComparison.Ordinal));

        // A coloured group's rewards are those of its judgements, of guided samples too.
        (JsonElement Stored, JsonElement Coloured)[] graded =
            [.. pairs.Where(p => p.Stored.TryGetProperty("judgement", out _) && p.Stored.TryGetProperty("given", out _) && p.Stored.GetProperty("reward").GetDouble() > 0)];
        graded.Length.ShouldBeGreaterThan(0);
        graded.ShouldAllBe(p => Math.Abs(p.Stored.GetProperty("reward").GetDouble() - p.Coloured.GetProperty("reward").GetDouble()) < 1e-12);
        shown.Text.ShouldContain("given a beginning");
        trained.Code.ShouldBe(0, trained.Error);
        after.Json.Count(line => line.TryGetProperty("given", out _)).ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task Train_OnStoredRollouts_RatioStartsAlikeFromTheFileAndFromThePolicy()
    {
        string file = await SampleAsync(), current = tiny.Fresh(), sampler = tiny.Fresh();

        Output one = await TrainAsync(file, current, "data.ratio=current", "training.steps=1");
        Output other = await TrainAsync(file, sampler, "data.ratio=sampler", "training.steps=1");

        one.Code.ShouldBe(0, one.Error);
        other.Code.ShouldBe(0, other.Error);
        // The sampler's and the trainer's log-probabilities are the same bits, so that it is the same step, bit for bit.
        TinyPolicy.Weights(current).ShouldBe(TinyPolicy.Weights(sampler));
        string start = tiny.Fresh(), kept = tiny.Fresh();
        (await TrainAsync(file, start, "data.ratio=start")).Code.ShouldBe(0);
        (await TrainAsync(file, kept, "data.ratio=sampler")).Code.ShouldBe(0);
        TinyPolicy.Weights(start).ShouldBe(TinyPolicy.Weights(kept), "the run starts with the policy that sampled, in every later step too");
        TinyPolicy.Weights(current).ShouldNotBe(await File.ReadAllBytesAsync(Path.Combine(tiny.Model, "model.safetensors"), Stop));
    }

    [Fact]
    public async Task Train_JudgementsOfTheFile_AreTakenForTheJudges()
    {
        string file = await SampleAsync(), coloured = tiny.Fresh() + ".jsonl", asked = tiny.Fresh(), stored = tiny.Fresh();
        (await Program.RunAsync("judge", "color", file, tiny.Recipe, "--out", coloured)).Code.ShouldBe(0);

        (await TrainAsync(file, asked, "training.steps=2")).Code.ShouldBe(0);
        Output blind = await TrainAsync(coloured, stored, "training.steps=2", "judge.kind=noisy", "judge.abstain=1");

        blind.Code.ShouldBe(0, blind.Error);
        TinyPolicy.Weights(stored).ShouldBe(TinyPolicy.Weights(asked));
    }

    [Fact]
    public async Task Train_ProgressOfOtherSteps_IsNotTaken()
    {
        string file = await SampleAsync(), coloured = tiny.Fresh() + ".jsonl", asked = tiny.Fresh(), stored = tiny.Fresh();
        (await Program.RunAsync("judge", "color", file, tiny.Recipe, "--out", coloured)).Code.ShouldBe(0);
        const string Progress = "\"progress\":{\"milestones\":";
        string other = tiny.Write(".jsonl", (await File.ReadAllTextAsync(coloured, Stop)).Replace(
            Progress, "\"progress\":{\"milestones\":9,\"reachedAt\":[18],\"firstError\":25,\"steps\":25},\"unread\":{\"milestones\":", StringComparison.Ordinal));

        (await TrainAsync(coloured, asked, "training.steps=2", "method.name=sgpo-progress")).Code.ShouldBe(0);
        Output output = await TrainAsync(other, stored, "training.steps=2", "method.name=sgpo-progress");

        output.Code.ShouldBe(0, output.Error);
        TinyPolicy.Weights(stored).ShouldBe(TinyPolicy.Weights(asked));
    }

    [Theory]
    [InlineData("negative", true)]
    [InlineData("positive", false)]
    public async Task Train_KindOfGroup_TrainsOnThatKindAlone(string kind, bool negative)
    {
        string file = await SampleAsync(), run = tiny.Fresh();

        Output output = await TrainAsync(file, run, $"data.groups={kind}", "training.steps=3");
        Output rollouts = await Program.RunAsync("rollouts", run);

        output.Code.ShouldBe(0, output.Error);
        rollouts.Json.GroupBy(line => (line.GetProperty("id").GetString(), line.GetProperty("step").GetInt32()))
            .All(group => group.Any(line => line.GetProperty("verdict").GetString() is "correct") != negative).ShouldBeTrue();
    }

    [Fact]
    public async Task Train_StoredRolloutsInterrupted_GoesOnToTheSameWeights()
    {
        string file = await SampleAsync(), whole = tiny.Fresh(), parts = tiny.Fresh();
        (await TrainAsync(file, whole, "checkpoint.every=2")).Code.ShouldBe(0);
        (await TrainAsync(file, parts, "checkpoint.every=2")).Code.ShouldBe(0);
        File.Delete(Path.Combine(parts, "report.json"));
        File.Delete(Path.Combine(parts, "report.md"));
        Directory.Delete(Path.Combine(parts, "checkpoints", "step-000004"), recursive: true);

        Output resumed = await Program.RunAsync("train", "--resume", parts);

        resumed.Code.ShouldBe(0, resumed.Error);
        TinyPolicy.Weights(parts).ShouldBe(TinyPolicy.Weights(whole));
    }

    [Fact]
    public async Task Check_StoredRightAnswersUnderGrpo_IsRefusedWithTheirFile()
    {
        string file = tiny.Write(".jsonl", """
            {"id":"q","problem":{"id":"q","question":"1+1","answer":"2"},"response":"1+1=2\n#2"}
            {"id":"q","problem":{"id":"q","question":"1+1","answer":"2"},"response":"1+1=2\n#2"}
            {"id":"r","problem":{"id":"r","question":"1+2","answer":"3"},"response":"1+2=3\n#3"}
            """);

        Output output = await Program.RunAsync(
            "check", tiny.Recipe, "--groups", "2", "--json", "--set", $"data.rollouts={file}", "--set", "method.name=grpo");

        output.Code.ShouldBe(2);
        output.Error.ShouldContain("None of 2 groups of 2 has a signal under method.name grpo");
        output.Error.ShouldContain("every answer is right. --groups looks at more. Look at data.rollouts.");
        JsonElement samples = output.Json.Single(line => line.GetProperty("event").GetString() is "samples");
        (samples.GetProperty("solveRate").GetDouble(), samples.GetProperty("signalShare").GetDouble(), samples.GetProperty("allNegativeShare").GetDouble())
            .ShouldBe((1.0, 0.0, 0.0));
        samples.GetProperty("samples").GetInt32().ShouldBe(3);
    }

    [Theory]
    [InlineData("start")]
    [InlineData("sampler")]
    [InlineData("current")]
    public async Task Check_StoredRollouts_AreThoseOfTheRunsFirstStep(string ratio)
    {
        string file = await SampleAsync(), run = tiny.Fresh();

        Output output = await Program.RunAsync(
            "check", tiny.Recipe, "--groups", "3", "--json", "--set", $"data.rollouts={file}", "--set", $"data.ratio={ratio}");
        (await TrainAsync(file, run, "training.steps=1")).Code.ShouldBe(0);
        Output rollouts = await Program.RunAsync("rollouts", run);

        output.Code.ShouldBe(0, output.Error);
        JsonElement samples = output.Json.Single(line => line.GetProperty("event").GetString() is "samples");
        (samples.GetProperty("groups").GetInt32(), samples.GetProperty("groupSize").GetInt32(), samples.GetProperty("logProbDifference").GetDouble())
            .ShouldBe((3, 4, 0.0));
        int right = rollouts.Json.Count(line => line.GetProperty("verdict").GetString() is "correct");
        samples.GetProperty("solveRate").GetDouble().ShouldBe(right / 12.0, 1e-12);
    }

    [Theory]
    [InlineData("""{"id":"x","response":"1"}""", "", "has no problem, and the task has no training problem \"x\"")]
    [InlineData("""{"id":"x","problem":{"id":"x","question":"1+1","answer":"2"},"response":"1+1=2"}""", "data.groups=negative", "has no verdict")]
    [InlineData("""{"id":"x","problem":{"id":"x","question":"1+1","answer":"2"},"response":"1+1=2"}""", "data.ratio=sampler", "has no logProbs")]
    [InlineData("""{"id":"x","problem":{"id":"x","question":"1+1","answer":"2"},"response":"1+1=2","verdict":"correct"}""", "data.groups=negative", "is of the kind")]
    [InlineData("""{"id":"x","problem":{"id":"x","question":"1+1","answer":"2"},"response":"1","tokens":[3]}""", "", "of another tokenizer")]
    [InlineData("""{"id":"x","problem":{"id":"x","question":"1+1","answer":"2"},"response":"","truncated":true}""", "", "has no token")]
    public async Task Train_RolloutsThatDoNotFit_AreRefusedBeforeTheRun(string line, string set, string message)
    {
        string file = tiny.Write(".jsonl", line), run = tiny.Fresh();

        Output output = await TrainAsync(file, run, set.Length > 0 ? [set] : []);

        output.Code.ShouldBe(2);
        output.Error.ShouldContain(message);
        Directory.Exists(run).ShouldBeFalse();
    }

    [Theory]
    [InlineData("method.name=mcts-dpo", "Take a method that searches no tree, such as dpo (method.name).")]
    [InlineData("method.name=mcts-dpo|method.scheme=plain", "search goes by what a tree search finds a step worth, and method.scheme searches none")]
    [InlineData("method.name=dapo", "and dapo says itself what is sampled. Set method.scheme to plain.")]
    public async Task Train_MethodThatDrawsItsOwnWay_IsRefusedWithWhatHelps(string keys, string message)
    {
        Output output = await TrainAsync(await SampleAsync("--groups", "3"), tiny.Fresh(), keys.Split('|'));

        (output.Code, output.Error.Contains(message, StringComparison.Ordinal)).ShouldBe((2, true), output.Error);
    }

    [Fact]
    public async Task Show_FileAndRun_MarkTheFirstError()
    {
        string file = tiny.Write(".jsonl", """
            {"id":"a","problem":{"id":"p","question":"1+2+3","answer":"6","solution":"1+2=3\n3+3=6\n#6"},"response":"1+2=3\n3+3=5\n#5","verdict":"incorrect","reward":0.076,"judgement":{"outcome":"error-found","firstError":2,"steps":3,"reason":"3+3 is 6","progress":{"milestones":3,"reachedAt":[1],"firstError":2,"steps":3}}}
            {"id":"b","problem":{"id":"q","question":"1+1","answer":"2"},"response":"1+1=2\n#2","verdict":"correct","reward":1,"advantage":0.5}
            """);

        Output worst = await Program.RunAsync("show", file, "--worst", "1");
        Output one = await Program.RunAsync("show", file, "--problem", "q");
        Output none = await Program.RunAsync("show", file, "--problem", "z"), folder = await Program.RunAsync("show", Path.GetDirectoryName(file)!);

        worst.Code.ShouldBe(0, worst.Error);
        worst.Text.ShouldContain("  +   1  1+2=3\n  ✗   2  3+3=5\n      3  #5\n  judge: 3+3 is 6\n");
        worst.Text.ShouldContain("wrong, reward 0.076, first error 2 of 3, 1 of 3 milestones, reached at 1");
        worst.Text.ShouldNotContain("1+1=2");
        one.Text.ShouldContain("right, reward 1.000, advantage +0.50");
        (none.Code, none.Error.Contains("no rollout of a problem \"z\"", StringComparison.Ordinal)).ShouldBe((2, true));
        (folder.Code, folder.Error.Contains("a folder without recipe.yaml, so it is no run", StringComparison.Ordinal)).ShouldBe((2, true));
    }

    private async Task<string> SampleAsync(params string[] more)
    {
        string file = tiny.Fresh() + ".jsonl";
        Output output = await Program.RunAsync(["rollouts", tiny.Recipe, "--out", file, .. more]);
        output.Code.ShouldBe(0, output.Error);
        return file;
    }

    private Task<Output> TrainAsync(string rollouts, string run, params string[] set) => Program.RunAsync(
        ["train", tiny.Recipe, "--out", run, "--set", $"data.rollouts={rollouts}", .. set.SelectMany(key => (string[])["--set", key])]);
}
