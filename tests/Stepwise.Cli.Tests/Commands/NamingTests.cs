using System.Diagnostics;

namespace Stepwise.Cli.Tests.Commands;

/// <summary>How commands find the policies and recipes that are named.</summary>
public sealed class NamingTests(TinyPolicy tiny)
{
    private static readonly string[] Greedy = ["--greedy", "--max-tokens", "24", "--prompt", "1+2+3\n"];

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task Model_RunCheckpointAndPolicy_AreOnePolicyInEveryCommand(int rank)
    {
        string run = tiny.Fresh(), checkpoint = Path.Combine(run, "checkpoints", "step-000002");
        Output trained = await Program.RunAsync(
            "train", tiny.Recipe, "--out", run, "--set", "training.steps=2", "--set", $"lora.rank={rank}", "--set", "training.learningRate=0.05");
        trained.Code.ShouldBe(0, trained.Error);
        string[] names = [run, checkpoint, Path.Combine(checkpoint, "policy")];

        Output[] generated = await EachAsync(names, name => ["generate", "--model", name, .. Greedy]);
        Output[] evaluated = await EachAsync(names, name => ["eval", tiny.Recipe, "--model", name]);
        Output[] started = await EachAsync(names, name => ["recipe", run + "/recipe.yaml", "--json", "--set", $"policy.model={name}"]);
        Output[] exported = await EachAsync(names, name => ["export", name, "--out", tiny.Fresh()]);
        Output[] goneOn = await EachAsync(names, name => ["train", tiny.Recipe, "--out", tiny.Fresh(), "--set", $"policy.model={name}", "--set", "training.steps=1"]);

        foreach (Output output in (Output[])[.. generated, .. evaluated, .. started, .. exported, .. goneOn])
        {
            output.Code.ShouldBe(0, output.Error);
        }

        generated.Select(o => o.Text).Distinct(StringComparer.Ordinal).Count().ShouldBe(1);
        evaluated.Select(o => string.Join('\n', o.Lines.SkipLast(1))).Distinct(StringComparer.Ordinal).ShouldHaveSingleItem().ShouldContain(names[2]);
        exported.ShouldAllBe(o => o.Text.Contains($" from {names[2]} after "));
        generated[0].Error.ShouldContain($"{run} is a run; taken is its newest whole checkpoint, {checkpoint}.");
        goneOn[0].Error.ShouldContain($"taken is its newest whole checkpoint, {checkpoint}.");
    }

    [Fact]
    public async Task Eval_OfARun_TakesItsPolicyAndItsOwnRecipe()
    {
        string run = tiny.Fresh(), checkpoint = Path.Combine(run, "checkpoints", "step-000001");
        Output trained = await Program.RunAsync(
            "train", tiny.Recipe, "--out", run, "--set", "training.steps=1", "--set", "evaluation.samples=3", "--set", "task.testProblems=4");
        Output byHand = await Program.RunAsync("eval", run + "/recipe.yaml", "--model", checkpoint);

        Output[] evaluated = await EachAsync([run, checkpoint, Path.Combine(checkpoint, "policy")], name => ["eval", name]);

        trained.Code.ShouldBe(0, trained.Error);
        evaluated.ShouldAllBe(o => o.Code == 0 && o.Lines.SkipLast(1).SequenceEqual(byHand.Lines.SkipLast(1)));
        evaluated[0].Lines[2].ShouldContain("4 held out, 3 samples each");
        evaluated[0].Lines[3].ShouldBe("sampled                   temperature 1, at most 24 tokens");
        trained.Text.ShouldContain(evaluated[0].Lines[4][26..].Split(' ')[0] + " %");
    }

    [Fact]
    public async Task Model_NewestCheckpointIsBroken_TakesTheOneBeforeAndSaysSo()
    {
        string run = tiny.Fresh();
        (await Program.RunAsync("train", tiny.Recipe, "--out", run, "--set", "training.steps=2", "--set", "checkpoint.every=1")).Code.ShouldBe(0);
        await File.AppendAllTextAsync(
            Path.Combine(run, "checkpoints", "step-000002", "policy", "model.safetensors"), "x", TestContext.Current.CancellationToken);

        Output generated = await Program.RunAsync(["generate", "--model", run, .. Greedy]);

        generated.Code.ShouldBe(0, generated.Error);
        generated.Error.ShouldContain("step-000002/policy/model.safetensors: ");
        generated.Error.ShouldContain("taken is its newest whole checkpoint, " + Path.Combine(run, "checkpoints", "step-000001"));
    }

    [Theory]
    [InlineData("org/name", "org/name: is no file or folder here; stepwise pull org/name fetches it.")]
    [InlineData("nowhere", "nowhere: no such model: ")]
    [InlineData("a/b/c", "does not exist. Give a model folder, a folder of adapters, a .gguf file, a run or a checkpoint; with the program comes starter.")]
    [InlineData(".", "there is no config.json in it, no adapter_config.json, and it is no file ending with .gguf. Give a model folder, a folder of ")]
    [InlineData("Stepwise.dll", "Stepwise.dll: no such model: ")]
    public async Task Model_ThatIsNone_SaysTheSameInEveryCommand(string name, string message)
    {
        Output[] outputs =
        [
            await Program.RunAsync(["generate", "--model", name, .. Greedy]),
            await Program.RunAsync("eval", tiny.Recipe, "--model", name),
            await Program.RunAsync("export", name, "--out", tiny.Fresh()),
            await Program.RunAsync("train", tiny.Recipe, "--out", tiny.Fresh(), "--set", $"policy.model={name}"),
            await Program.RunAsync("sft", tiny.Recipe, "--out", tiny.Fresh(), "--set", $"policy.model={name}"),
        ];

        outputs.ShouldAllBe(output => output.Code == 2);
        outputs.ShouldAllBe(output => output.Error.Contains(message));
    }

    [Fact]
    public async Task Model_RunWithoutACheckpoint_IsRefused()
    {
        string run = tiny.Fresh();
        Directory.CreateDirectory(run);
        await File.WriteAllTextAsync(Path.Combine(run, "recipe.yaml"), "", TestContext.Current.CancellationToken);

        Output generated = await Program.RunAsync(["generate", "--model", run, .. Greedy]);

        generated.Code.ShouldBe(2);
        generated.Error.ShouldContain("this run has no whole checkpoint yet");
    }

    [Theory]
    [InlineData("starter")]
    [InlineData("models/starter")]
    public async Task Starter_FromAnEmptyFolder_IsFoundByName(string name)
    {
        (int code, string text) = await InEmptyFolderAsync("generate", "--model", name, "--greedy", "--max-tokens", "4", "--prompt", "3+4\n");

        code.ShouldBe(0, text);
        text.ShouldBe("7\n");
    }

    [Theory]
    [InlineData("easier")]
    [InlineData("easier.yaml")]
    [InlineData("recipes/easier")]
    [InlineData("recipes/easier.yaml")]
    public async Task Recipe_FromAnEmptyFolder_IsFoundByName(string name)
    {
        (int code, string text) = await InEmptyFolderAsync("train", name, "--threads", "1", "--set", "training.steps=1", "--set", "evaluation.problems=1");

        code.ShouldBe(0, text);
        text.ShouldStartWith("easier: sgpo, seed 1, 444,864 parameters");
    }

    [Fact]
    public async Task Recipe_AFileOfThatName_Wins()
    {
        string folder = tiny.Fresh();
        Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(Path.Combine(folder, "easier.yaml"), "training: { steps: 77 }\n", TestContext.Current.CancellationToken);

        foreach (string name in new[] { "easier", "easier.yaml" })
        {
            (int code, string text) = await InFolderAsync(folder, "recipe", name, "--json");
            code.ShouldBe(0, text);
            text.ShouldContain("\"name\":\"training.steps\",\"value\":\"77\"");
        }
    }

    [Theory]
    [InlineData("train")]
    [InlineData("eval")]
    [InlineData("recipe")]
    public async Task Recipe_Unknown_ListsThoseOfTheProgramAndTheNearest(string command)
    {
        Output output = await Program.RunAsync(command, "esier");

        output.Code.ShouldBe(2);
        output.Error.ShouldContain("esier: no such recipe");
        output.Error.ShouldContain("With the program come compare-easy, ");
        output.Error.ShouldContain(", easier, ");
        output.Error.ShouldContain("the nearest is easier.");
    }

    [Theory]
    [InlineData("train")]
    [InlineData("recipe")]
    public async Task Recipe_IsAComparison_PointsToCompare(string command)
    {
        Output output = await Program.RunAsync(command, "compare-hard");

        output.Code.ShouldBe(2);
        output.Error.ShouldContain("stepwise compare takes that");
    }

    [Fact]
    public async Task Recipe_IsARunsFolder_NamesTheRecipeInIt()
    {
        string run = tiny.Fresh();
        (await Program.RunAsync("train", tiny.Recipe, "--out", run, "--set", "training.steps=1")).Code.ShouldBe(0);

        Output output = await Program.RunAsync("train", run);

        output.Code.ShouldBe(2);
        output.Error.ShouldContain($"that of this run is {Path.Combine(run, "recipe.yaml")}");
    }

    private static async Task<Output[]> EachAsync(string[] names, Func<string, string[]> args)
    {
        List<Output> outputs = [];
        foreach (string name in names)
        {
            outputs.Add(await Program.RunAsync(args(name)));
        }

        return [.. outputs];
    }

    private Task<(int Code, string Text)> InEmptyFolderAsync(params string[] args)
    {
        string folder = tiny.Fresh();
        Directory.CreateDirectory(folder);
        return InFolderAsync(folder, args);
    }

    /// <summary>The program as a process of its own, whose working directory is no other test's.</summary>
    private static async Task<(int Code, string Text)> InFolderAsync(string folder, params string[] args)
    {
        ProcessStartInfo start = new("dotnet", [Path.Combine(AppContext.BaseDirectory, "Stepwise.Cli.dll"), .. args])
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string text = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, text + await error);
    }
}
