namespace Stepwise.Cli.Tests.Commands;

public sealed class SftCommandTests(TinyPolicy tiny)
{
    [Theory]
    [InlineData("lora.rank=0")]
    [InlineData("lora.rank=4")]
    public async Task Sft_InterruptedAndResumed_EqualsUninterrupted(string set)
    {
        string whole = tiny.Fresh(), parts = tiny.Fresh();
        (await Program.RunAsync(Arguments(whole, set))).Code.ShouldBe(0);
        using CancellationTokenSource stop = new();
        using StopAt output = new(stop, "\"step\":3,");

        Output first = await Program.RunAsync(output, "", Arguments(parts, set), stop.Token);

        first.Code.ShouldBe(CommandLine.Interrupted);
        first.Error.ShouldContain($"stepwise sft --resume {parts}");
        Directory.Exists(parts).ShouldBeFalse();
        Output rest = await Program.RunAsync("sft", "--resume", parts, "--json");
        rest.Code.ShouldBe(0, rest.Error);
        rest.Json[0].GetProperty("step").GetInt32().ShouldBe(4);
        foreach (string file in Directory.GetFiles(whole))
        {
            File.ReadAllBytes(Path.Combine(parts, Path.GetFileName(file))).AsSpan().SequenceEqual(File.ReadAllBytes(file)).ShouldBeTrue(file);
        }

        Directory.Exists(parts + ".partial").ShouldBeFalse();
    }

    [Fact]
    public async Task Sft_FolderIsTakenMeanwhile_WritesBesideAndSaysSo()
    {
        string folder = tiny.Fresh();
        using TakeAt output = new(folder, "\"step\":3,");

        Output ended = await Program.RunAsync(output, "", Arguments(folder), TestContext.Current.CancellationToken);

        ended.Code.ShouldBe(0, ended.Error);
        ended.Error.ShouldContain($"the policy is in {folder}-2");
        Directory.GetFileSystemEntries(folder).ShouldBeEmpty();
        File.Exists(Path.Combine(folder + "-2", "model.safetensors")).ShouldBeTrue();
    }

    [Fact]
    public async Task Sft_FolderOfOneThatIsInTheMaking_IsRefused()
    {
        string folder = tiny.Fresh();
        using CancellationTokenSource stop = new();
        using StopAt output = new(stop, "\"step\":1,");
        (await Program.RunAsync(output, "", Arguments(folder), stop.Token)).Code.ShouldBe(CommandLine.Interrupted);

        Output second = await Program.RunAsync(Arguments(folder));

        second.Code.ShouldBe(CommandLine.WrongInput);
        second.Error.ShouldContain("--resume");
        second.Text.ShouldBeEmpty();
    }

    [Fact]
    public async Task Sft_SolutionThatTheTokenizerCannotWrite_IsRefused()
    {
        string folder = tiny.Fresh();
        string problems = tiny.Write(".jsonl", """{"question": "1+1", "answer": "1+1=2 eggs\n####2"}""");

        Output output = await Program.RunAsync([
            .. Arguments(folder), "--set", "task.name=gsm8k", "--set", $"task.train={problems}", "--set", $"task.test={problems}",
            "--set", "task.prompt={question}", "--set", "task.chat=false"]);

        output.Code.ShouldBe(CommandLine.WrongInput);
        output.Error.ShouldContain(
            "Problem train-1: its solution has characters for which the policy's tokenizer has no token, and which would be lost: ' ', 'e', 'g', 's'. ");
        Directory.Exists(folder + ".partial").ShouldBeFalse();
    }

    [Fact]
    public async Task Sft_SolutionLongerThanTheContext_IsRefusedByItsProblemBeforeAnythingIsTrained()
    {
        string folder = tiny.Fresh();
        string model = tiny.Fresh();
        Directory.CreateDirectory(model);
        Array.ForEach(Directory.GetFiles(tiny.Model), file => File.Copy(file, Path.Combine(model, Path.GetFileName(file))));
        await File.WriteAllTextAsync(
            Path.Combine(model, "chat_template.jinja"), "{% for m in messages %}{{ m.content }}{% endfor %}", TestContext.Current.CancellationToken);
        string problems = tiny.Write(".jsonl", $$"""
            {"question": "1+1", "answer": "1+1=2\n####2"}
            {"question": "2+2", "answer": "{{new string('4', 64)}}\n####4"}
            """);

        Output output = await Program.RunAsync([
            .. Arguments(folder), "--set", $"policy.model={model}", "--set", "task.name=gsm8k", "--set", $"task.train={problems}", "--set", $"task.test={problems}",
            "--set", "task.prompt={question}"]);

        output.Code.ShouldBe(CommandLine.WrongInput);
        output.Error.ShouldContain("1 of 2 training problems have a prompt and a solution too long for the policy's context of 64 tokens: ");
        output.Error.ShouldContain("train-2 (");
        Directory.Exists(folder + ".partial").ShouldBeFalse();
    }

    [Fact]
    public async Task Sft_Text_SaysTheMemoryItTakesAndSamplesNothing()
    {
        Output output = await Program.RunAsync([.. Arguments(tiny.Fresh()).Where(argument => argument is not "--json")]);

        output.Code.ShouldBe(0, output.Error);
        output.Lines[0].ShouldStartWith("Memory: ");
        output.Lines[0].ShouldContain("moments");
        output.Lines[0].ShouldNotContain("key-value cache");
    }

    [Fact]
    public async Task Sft_NeitherOutNorResume_IsRefused()
    {
        (await Program.RunAsync("sft", tiny.Recipe)).Code.ShouldBe(CommandLine.WrongInput);
        (await Program.RunAsync("sft", tiny.Recipe, "--resume", tiny.Fresh())).Code.ShouldBe(CommandLine.WrongInput);
        (await Program.RunAsync("sft", "--resume", tiny.Fresh())).Error.ShouldContain("no run's folder");
    }

    private string[] Arguments(string folder, params string[] sets) =>
    [
        "sft", tiny.Recipe, "--out", folder, "--json", "--set", "training.steps=6", "--set", "training.learningRate=1e-2", "--set",
        "sft.batchSize=4", .. sets.SelectMany(set => new[] { "--set", set }),
    ];

    /// <summary>Makes a folder when the program prints a text.</summary>
    private sealed class TakeAt(string folder, string text) : StringWriter
    {
        public override void WriteLine(string? value)
        {
            base.WriteLine(value);
            if (value?.Contains(text, StringComparison.Ordinal) == true)
            {
                Directory.CreateDirectory(folder);
            }
        }
    }
}
