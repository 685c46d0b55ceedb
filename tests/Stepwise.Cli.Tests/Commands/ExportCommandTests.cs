using System.Text.Json;

namespace Stepwise.Cli.Tests.Commands;

public sealed class ExportCommandTests(TinyPolicy tiny)
{
    [Theory]
    [InlineData("")]
    [InlineData(".gguf")]
    public async Task Export_F32_ContinuesAsTheModelDoes(string extension)
    {
        string path = tiny.Fresh() + extension;

        Output output = await Program.RunAsync("export", tiny.Model, "--out", path);

        output.Code.ShouldBe(0, output.Error);
        output.Lines[^3].ShouldStartWith($"Wrote {path} from {tiny.Model} after ");

        // 17·32 for the embedding, per layer 4·32² + 3·32·64 + 2·32, the last norm 32: 21,184 numbers.
        output.Lines[^2].ShouldBe("all       20 tensors          84,736 bytes");
        output.Lines[^1].ShouldBe("F32       20 tensors          84,736 bytes  exact");
        string[] generate = ["--greedy", "--max-tokens", "24", "--prompt", "1+2+3\n"];
        Output before = await Program.RunAsync(["generate", "--model", tiny.Model, .. generate]);
        Output after = await Program.RunAsync(["generate", "--model", path, .. generate]);
        after.Code.ShouldBe(0, after.Error);
        after.Text.ShouldBe(before.Text);
    }

    [Fact]
    public async Task Export_Json_HasEveryFigure()
    {
        string path = tiny.Fresh() + ".gguf";

        Output output = await Program.RunAsync("export", tiny.Model, "--out", path, "--format", "gguf", "--dtype", "q8_0", "--json");

        output.Code.ShouldBe(0, output.Error);
        JsonElement end = output.Json.ShouldHaveSingleItem();
        end.GetProperty("path").GetString().ShouldBe(path);
        end.GetProperty("format").GetString().ShouldBe("gguf");
        end.GetProperty("tensors").GetInt32().ShouldBe(20);
        JsonElement[] weights = [.. end.GetProperty("weights").EnumerateArray()];
        weights.Select(w => w.GetProperty("format").GetString()).ShouldBe(["Q8_0", "F32"]);
        weights.Sum(w => w.GetProperty("bytes").GetInt64()).ShouldBe(end.GetProperty("bytes").GetInt64());
        weights[0].GetProperty("largestError").GetDouble().ShouldBeInRange(1e-9, 0.1);
        weights[1].GetProperty("largestError").GetDouble().ShouldBe(0);
        new FileInfo(path).Length.ShouldBeGreaterThan(end.GetProperty("bytes").GetInt64());
    }

    [Fact]
    public async Task Export_RunAndCheckpoint_WriteTheLatestPolicy()
    {
        string run = tiny.Fresh();
        (await Program.RunAsync("train", tiny.Recipe, "--out", run, "--set", "training.steps=1")).Code.ShouldBe(0);
        string checkpoint = Path.Combine(run, "checkpoints", "step-000001"), fromRun = tiny.Fresh(), fromCheckpoint = tiny.Fresh();

        Output first = await Program.RunAsync("export", run, "--out", fromRun);
        Output second = await Program.RunAsync("export", checkpoint, "--out", fromCheckpoint);

        (first.Code, second.Code).ShouldBe((0, 0), first.Error + second.Error);
        byte[] expected = File.ReadAllBytes(Path.Combine(checkpoint, "policy", "model.safetensors"));
        foreach (string folder in new[] { fromRun, fromCheckpoint })
        {
            File.ReadAllBytes(Path.Combine(folder, "model.safetensors")).AsSpan().SequenceEqual(expected).ShouldBeTrue();
            Directory.GetFiles(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal)
                .ShouldBe(["config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"]);
        }
    }

    [Fact]
    public async Task Export_AdaptersTrainedFromGguf_AFolderForPeftWithTheNameOfTheBase()
    {
        string gguf = tiny.Fresh() + ".gguf", run = tiny.Fresh(), adapters = tiny.Fresh();
        (await Program.RunAsync("export", tiny.Model, "--out", gguf)).Code.ShouldBe(0);
        Output trained = await Program.RunAsync(
            "train", tiny.Recipe, "--out", run, "--set", $"policy.model={gguf}", "--set", "lora.rank=2", "--set", "training.steps=1");
        trained.Code.ShouldBe(0, trained.Error);

        Output unnamed = await Program.RunAsync("export", run, "--adapter", "--out", adapters);
        unnamed.Code.ShouldBe(2);
        unnamed.Error.ShouldContain("--base-name ORG/NAME");
        Path.Exists(adapters).ShouldBeFalse();

        Output named = await Program.RunAsync("export", run, "--adapter", "--base-name", "org/name", "--out", adapters, "--json");
        named.Code.ShouldBe(0, named.Error);
        named.Json[^1].GetProperty("format").GetString().ShouldBe("adapter");
        named.Json[^1].GetProperty("tensors").GetInt32().ShouldBe(2 * 7 * 2);
        Directory.GetFiles(adapters).Select(Path.GetFileName).Order(StringComparer.Ordinal).ShouldBe(
            ["adapter_config.json", "adapter_model.safetensors", "generation_config.json", "tokenizer.json", "tokenizer_config.json"]);
        string config = Path.Combine(adapters, "adapter_config.json"), json = await File.ReadAllTextAsync(config, TestContext.Current.CancellationToken);
        JsonElement.Parse(json).GetProperty("base_model_name_or_path").GetString().ShouldBe("org/name");
        string policy = Path.Combine(run, "checkpoints", "step-000001", "policy");
        File.ReadAllBytes(Path.Combine(adapters, "adapter_model.safetensors"))
            .ShouldBe(File.ReadAllBytes(Path.Combine(policy, "adapter_model.safetensors")));

        // Over the model that the GGUF file was made from, it is the trained policy.
        await File.WriteAllTextAsync(config, json.Replace("org/name", tiny.Model, StringComparison.Ordinal), TestContext.Current.CancellationToken);
        string[] generate = ["--greedy", "--max-tokens", "8", "--prompt", "1+2+3\n"];
        Output expected = await Program.RunAsync(["generate", "--model", policy, .. generate]);
        Output actual = await Program.RunAsync(["generate", "--model", adapters, .. generate]);
        actual.Code.ShouldBe(0, actual.Error);
        actual.Text.ShouldBe(expected.Text);
    }

    [Fact]
    public async Task Export_PathIsTaken_ExitsWith2AndLeavesItAsItIs()
    {
        string file = tiny.Write(".gguf", "mine");

        Output output = await Program.RunAsync("export", tiny.Model, "--out", file);

        output.Code.ShouldBe(2);
        output.Error.ShouldContain("exists already");
        File.ReadAllText(file).ShouldBe("mine");
    }

    [Theory]
    [InlineData("--dtype", "q4_0", "allowed is f32, f16, bf16, q8_0")]
    [InlineData("--dtype", "q8_0", "an encoding of GGUF files")]
    [InlineData("--format", "gguf", "ends with .gguf")]
    [InlineData("--format", "onnx", "allowed is hf, gguf")]
    [InlineData("--base-name", "org/name", "--base-name is given without --adapter")]
    [InlineData("--adapter", "--base-name= ", "--base-name is empty")]
    [InlineData("--adapter", "--base-name=org/name", "a whole model, no adapters")]
    public async Task Export_WrongOption_NamesItAndLeavesNothing(string option, string value, string message)
    {
        string path = tiny.Fresh();

        Output output = await Program.RunAsync("export", tiny.Model, "--out", path, option, value);

        output.Code.ShouldBe(2);
        output.Error.ShouldContain(message);
        output.Text.ShouldBeEmpty();
        Path.Exists(path).ShouldBeFalse();
        Directory.GetFileSystemEntries(Path.GetDirectoryName(path)!, Path.GetFileName(path) + "*").ShouldBeEmpty();
    }

    [Fact]
    public async Task Export_NoSuchModel_ExitsWith2()
    {
        Output output = await Program.RunAsync("export", "nowhere", "--out", tiny.Fresh());

        output.Code.ShouldBe(2);
        output.Error.ShouldContain("nowhere: no such model");
    }
}
